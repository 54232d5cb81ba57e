using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Pare.Data;

namespace Pare.Cli.Commands;

/// <summary><c>pare data check</c>: looks through a whole data set and names what is wrong with it.</summary>
internal sealed class DataCheckCommand : CliCommand
{
    private const int MostListed = 20;

    private readonly CliConsole _console;
    private readonly CancellationToken _cancellation;
    private readonly Argument<string> _path = new("PATH") { Description = "A data set: a folder or an archive." };
    private readonly Option<bool> _json = CommonOptions.Json();

    public DataCheckCommand(CliConsole console, CancellationToken cancellation)
        : base("check", "Counts classes and sizes, and names unreadable files and duplicate images.")
    {
        (_console, _cancellation) = (console, cancellation);
        Add(_path);
        Add(_json);
        Examples = [("pare data check data/mnist", null), ("pare data check photos.zip", null), ("pare data check photos --json", null)];
        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        bool asJson = parsed.GetValue(_json);
        Messages messages = _console.Messages(asJson);
        DataCheckReport report;
        try
        {
            report = DataCheck.Run(parsed.GetRequiredValue(_path), new ReadingView(messages), _cancellation);
        }
        finally
        {
            messages.EndLive();
        }

        if (asJson) JsonOutput.WriteObject(_console.Out, json => Write(json, report));
        else Show(messages, report);
        if (report.IsClean) return ExitCode.Done;
        int across = report.Duplicates.Count(static group => group.IsAcrossParts);
        int labelled = report.Duplicates.Count(static group => group.IsAcrossClasses && !group.IsAcrossParts);
        string[] faults =
        [
            .. Fault(report.Problems.Count, "problem"), .. Fault(report.Unreadable.Count, "unreadable file"),
            .. Fault(across, "image in more than one part", "images in more than one part"),
            .. Fault(labelled, "image under different classes", "images under different classes"),
        ];
        throw new DataException(
            $"The data set has {string.Join(", ", faults)}.", report.Source.Path,
            "Correct or remove what is listed above, then check again.");
    }

    private static void Show(Messages messages, DataCheckReport report)
    {
        bool hasValidation = report.Classes.Any(static count => count.Validation > 0);
        messages.Fact("form", Form(report.Source.Kind));
        string validation = hasValidation ? $", {Amounts.Count(report.Classes.Sum(static count => count.Validation))} for validation" : "";
        messages.Fact(
            "images",
            $"{Amounts.Count(report.Classes.Sum(static count => count.Train))} for training{validation}, "
            + $"{Amounts.Count(report.Classes.Sum(static count => count.Test))} for testing");
        messages.Fact("sizes", Sizes(report.Sizes));
        foreach (string note in report.Notes) messages.Fact("note", note);
        if (report.Source.Kind == DataKind.ImageFolder && report.Classes.All(static count => count.Test == 0))
            messages.Fact("note", string.Create(CultureInfo.InvariantCulture,
                $"no test images are given: a training holds {new SplitOptions().Test:0.# %} of each class out for testing"));
        UnevenClasses.Note(messages, report.Classes);
        messages.Line();
        var table = new TextTable(["class", ">train", .. hasValidation ? new[] { ">validation" } : [], ">test"]);
        foreach (ClassCount count in report.Classes)
            table.Add(
                [
                    count.Name, Amounts.Count(count.Train), .. hasValidation ? new[] { Amounts.Count(count.Validation) } : [],
                    Amounts.Count(count.Test),
                ]);
        table.Write(messages);

        DuplicateGroup[] across = [.. report.Duplicates.Where(static group => group.IsAcrossParts)];
        DuplicateGroup[] mislabelled = [.. report.Duplicates.Where(static group => group.IsAcrossClasses && !group.IsAcrossParts)];
        DuplicateGroup[] inside = [.. report.Duplicates.Where(static group => !group.IsAcrossParts && !group.IsAcrossClasses)];
        int harmless = inside.Count(static group => !group.MayBeDivided);
        List(messages, "problems", report.Problems);
        List(messages, "unreadable files", [.. report.Unreadable.Select(static file => $"{file.Path}: {file.Reason}")]);
        List(messages, "images in more than one part", [.. across.Select(Names)]);
        List(messages, "same images under different classes", [.. mislabelled.Select(Names)]);
        List(messages, "images that are there more than once", [.. inside.Where(static group => group.MayBeDivided).Select(Names)]);
        messages.Line();
        if (report.Duplicates.Any(static group => group.MayBeDivided))
        {
            string drawn = report.Classes.Any(static count => count.Test > 0) ? "No validation images are given: where some"
                : "No test images are given: where they";
            messages.Paragraph(
                $"{drawn} are drawn, copies of an image come to lie on both sides, and the figures count what was trained on. " +
                "Leave one of each.");
        }

        if (harmless > 0)
            messages.Paragraph(
                $"{Amounts.Count(harmless)} images are there more than once within one part and class; they only weigh more.");
        if (!report.IsClean) return;
        messages.Line("No fault that keeps it from being trained on.");
        if (report.Source.Kind == DataKind.ImageFolder) messages.Exact("next", $"pare init {CommandLine.Quoted(report.Source.Path)}");
    }

    private static void Write(Utf8JsonWriter json, DataCheckReport report)
    {
        json.WriteString("path", report.Source.Path);
        json.WriteString("form", Form(report.Source.Kind));
        json.WriteBoolean("clean", report.IsClean);
        JsonOutput.WriteClasses(json, report.Classes);
        JsonOutput.WriteArray(json, "sizes", report.Sizes, size =>
        {
            json.WriteNumber("width", size.Width);
            json.WriteNumber("height", size.Height);
            json.WriteNumber("images", size.Count);
        });
        JsonOutput.WriteArray(json, "unreadable", report.Unreadable, file =>
        {
            json.WriteString("path", file.Path);
            json.WriteString("reason", file.Reason);
        });
        JsonOutput.WriteArray(json, "duplicates", report.Duplicates, group =>
        {
            JsonOutput.WriteTexts(json, "images", group.Images);
            json.WriteBoolean("across_parts", group.IsAcrossParts);
            json.WriteBoolean("across_classes", group.IsAcrossClasses);
            json.WriteBoolean("may_be_divided", group.MayBeDivided);
        });
        JsonOutput.WriteTexts(json, "problems", report.Problems);
        JsonOutput.WriteTexts(json, "notes", report.Notes);
    }

    private static IEnumerable<string> Fault(int count, string one, string? many = null) =>
        count == 0 ? [] : [$"{Amounts.Count(count)} {(count == 1 ? one : many ?? one + "s")}"];

    private static void List(Messages messages, string title, IReadOnlyList<string> lines)
    {
        if (lines.Count == 0) return;
        messages.Line();
        messages.Heading($"{title}: {Amounts.Count(lines.Count)}");
        foreach (string line in lines.Take(MostListed)) messages.Line($"  {line}");
        if (lines.Count > MostListed) messages.Line($"  and {Amounts.Count(lines.Count - MostListed)} more");
    }

    private static string Names(DuplicateGroup group) => string.Join(" = ", group.Images);

    private static string Sizes(IReadOnlyList<SizeCount> sizes)
    {
        const int Most = 5;
        string listed =
            string.Join(", ", sizes.Take(Most).Select(static size => $"{size.Width}x{size.Height} ({Amounts.Count(size.Count)})"));
        return sizes.Count > Most ? $"{listed} and {Amounts.Count(sizes.Count - Most)} other sizes" : listed;
    }

    private static string Form(DataKind kind) => kind switch
    {
        DataKind.Glyphs => "built-in glyphs",
        DataKind.Mnist => "MNIST (IDX files)",
        DataKind.Cifar10 => "CIFAR-10 (binary batches)",
        _ => "image folder",
    };
}
