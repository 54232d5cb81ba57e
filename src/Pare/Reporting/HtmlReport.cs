using System.Text;
using System.Xml.Linq;
using Pare.Data;
using Pare.Graphs.Lowering;
using Pare.Runs;

namespace Pare.Reporting;

/// <summary>
/// Writes what lies in run folders as one HTML file for people: no other file, nothing from the network, and no script but the one that
/// runs the trained network in the last section. It is made from the files alone, so that it can be made again at any time; what is
/// missing is left out and named at its end.
/// </summary>
public static class HtmlReport
{
    /// <summary>The name of a report in its run's folder.</summary>
    public const string ReportFile = "report.html";

    // The chart of parameters against accuracy in a build's folder.
    private const string ChartFile = "results.svg";

    /// <summary>
    /// Writes <c>report.html</c> into the folder of a run, a build or an ablation, and a build's chart as <c>results.svg</c> beside it.
    /// </summary>
    /// <param name="folder">The folder that <c>pare train</c>, <c>pare down</c> or <c>pare ablate</c> made.</param>
    /// <param name="leftOut">Told of each file that is missing or cannot be read, and why, as the page is.</param>
    /// <param name="to">A file to be written in their place, as where the folder can only be read; null for none.</param>
    /// <returns>The path of the report.</returns>
    /// <exception cref="RecipeException">There is none of them in the folder, or an ablation without its table.</exception>
    /// <exception cref="RunException">The report cannot be written, or the record of a build or an ablation is damaged.</exception>
    public static string Save(string folder, Action<string>? leftOut = null, string? to = null)
    {
        ArgumentNullException.ThrowIfNull(folder);
        string file = to ?? Path.Combine(folder, ReportFile);
        if (AblationFolder.IsAt(folder))
        {
            (XElement page, IReadOnlyList<string> missing) = AblationPage.Create(folder);
            Write(file, page);
            Tell(missing, leftOut);
            return file;
        }

        var source = ReportSource.Read(folder);
        if (source.IsBuild && to is null && SizeSection.Chart([source]) is { } chart)
            FolderFiles.WriteText(folder, ChartFile, chart.ToFile());
        RunRecord? shown = source.Final.Shown;
        InferenceGraph? network = shown?.Lowered;
        Write(file, ReportPage.Create(
            source.Name,
            [
                SummarySections.Header(source),
                SummarySections.Phases(source),
                SizeSection.Create([source]),
                CurveSections.Create(source),
                SetupSection.Create(source),
                NetworkSection.Create(source),
                .. EvaluationSections.Create(source),
                .. RobustnessSections.Create(source),
                SummarySections.Axes(source),
                SummarySections.Repetition(source.Environment, source.Final.Runs),
                SummarySections.Missing(source.Missing),
                network is null ? null : TrySection.Create(network, shown!.Confidence),
            ],
            network is null ? null : TrySection.Script(network)));
        Tell(source.Missing, leftOut);
        return file;
    }

    /// <summary>Writes a comparison of runs and builds.</summary>
    /// <param name="folders">Their folders.</param>
    /// <param name="file">The path of the report; what was there is replaced.</param>
    /// <param name="leftOut">Told of each file that is missing or cannot be read, and why, as the page is.</param>
    /// <returns>Why the figures cannot be held against each other, each a sentence; empty when they can be.</returns>
    /// <exception cref="RecipeException">There is neither a run nor a build in a folder.</exception>
    /// <exception cref="RunException">The report cannot be written, or the record of a build is damaged.</exception>
    public static IReadOnlyList<string> SaveComparison(IReadOnlyList<string> folders, string file, Action<string>? leftOut = null)
    {
        ReportSource[] sources = [.. folders.Select(ReportSource.Read)];
        string[] missing =
            [.. sources.SelectMany(static source =>
                source.IsBuild ? source.Missing : source.Missing.Select(what => $"{source.Folder}: {what}"))];
        IReadOnlyList<string> doubts = [.. ComparisonSections.Doubts(sources), .. RobustnessComparison.Doubts(sources)];
        Write(file, ReportPage.Create(
            "Comparison",
            [
                Html.Element("header", Html.Element("h1", "Comparison"),
                    Html.Element("p", string.Join(", ", sources.Select(ComparisonSections.Name))),
                    SummarySections.Remarks([.. doubts, .. ComparisonSections.Remarks(sources)])),
                ComparisonSections.Table(sources),
                PairedSection.Create(sources),
                SizeSection.Create(sources),
                RobustnessComparison.Create(sources),
                ComparisonSections.Curves(sources),
                ComparisonSections.Recipes(sources),
                SummarySections.Missing(missing),
            ]));
        Tell(missing, leftOut);
        return doubts;
    }

    private static void Tell(IReadOnlyList<string> missing, Action<string>? leftOut)
    {
        foreach (string what in missing) leftOut?.Invoke(what);
    }

    private static void Write(string file, XElement page)
    {
        try
        {
            RegularFile.CheckReplaces(file, "<!"u8, "HTML");
            WholeFile.Write(file, stream => stream.Write(Encoding.UTF8.GetBytes(Html.Write(page))));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new RunException($"The report cannot be written: {error.Message}", Path.GetFullPath(file),
                "Free some space there, or check the permissions of the folder.", error);
        }
    }
}
