using System.CommandLine;
using Pare.Reporting;

namespace Pare.Cli.Commands;

/// <summary><c>pare report</c>: writes runs as HTML.</summary>
internal sealed class ReportCommand : CliCommand
{
    private const string ComparisonFile = "comparison.html";

    private readonly CliConsole _console;
    private readonly Argument<string[]> _runs = new("RUN")
    {
        Description = "The folder of a run, a build or an ablation; several are compared.",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<string?> _out =
        new("--out")
        {
            HelpName = "FILE",
            Description = $"The file. Default: {HtmlReport.ReportFile} in the run's folder; of a comparison {ComparisonFile}.",
        };

    public ReportCommand(CliConsole console)
        : base("report", "Writes a run, a build or an ablation, or a comparison of several, as one HTML file.")
    {
        _console = console;
        Add(_runs);
        Add(_out);
        Examples =
            [("pare report runs/mnist-20260304-050607", "makes its report.html again"),
            ("pare report runs/a runs/b --out both.html", "one over the other")];
        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        string[] runs = parsed.GetRequiredValue(_runs);
        string? given = parsed.GetValue(_out);
        Messages messages = _console.Messages(json: false);
        string file = given ?? ComparisonFile;
        if (runs.Length == 1) file = HtmlReport.Save(runs[0], messages.LeftOut, given);
        else foreach (string doubt in HtmlReport.SaveComparison(runs, file, messages.LeftOut)) messages.Fact("note", doubt);
        messages.Exact("report", file);
        return ExitCode.Done;
    }
}
