using System.CommandLine;
using Pare.Data;

namespace Pare.Cli.Commands;

/// <summary><c>pare data check</c>: looks through a whole data set and names what is wrong with it.</summary>
internal sealed class DataCheckCommand : CliCommand
{
    private const int MostListed = 20;

    private readonly CliConsole _console;
    private readonly CancellationToken _cancellation;
    private readonly Argument<string> _path = new("PATH") { Description = "A data set: a folder or an archive." };

    public DataCheckCommand(CliConsole console, CancellationToken cancellation)
        : base("check", "Counts classes and sizes, and names unreadable files and images that are there twice.")
    {
        (_console, _cancellation) = (console, cancellation);
        Add(_path);
        Examples = [("pare data check data/mnist", null), ("pare data check photos.zip", null)];
        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        Messages messages = _console.Messages(json: false);
        messages.Live(_ => "looking at every image");
        DataCheckReport report;
        try
        {
            report = DataCheck.Run(parsed.GetRequiredValue(_path), _cancellation);
        }
        finally
        {
            messages.EndLive();
        }

        messages.Fact("form", Form(report.Source.Kind));
        messages.Fact("images", $"{Amounts.Count(report.Classes.Sum(static count => count.Train))} for training, {Amounts.Count(report.Classes.Sum(static count => count.Test))} for testing");
        messages.Fact("sizes", Sizes(report.Sizes));
        foreach (string note in report.Notes) messages.Fact("note", note);
        messages.Line();
        var table = new TextTable("class", ">train", ">test");
        foreach (ClassCount count in report.Classes) table.Add(count.Name, Amounts.Count(count.Train), Amounts.Count(count.Test));
        table.Write(messages);

        DuplicateGroup[] across = [.. report.Duplicates.Where(static group => group.IsAcrossParts)];
        DuplicateGroup[] mislabelled = [.. report.Duplicates.Where(static group => group.IsAcrossClasses && !group.IsAcrossParts)];
        int harmless = report.Duplicates.Count - across.Length - mislabelled.Length;
        List(messages, "problems", report.Problems);
        List(messages, "unreadable files", [.. report.Unreadable.Select(static file => $"{file.Path}: {file.Reason}")]);
        List(messages, "images in both training and test", [.. across.Select(Names)]);
        List(messages, "same images under different classes", [.. mislabelled.Select(Names)]);
        messages.Line();
        if (harmless > 0) messages.Line($"{Amounts.Count(harmless)} images are there more than once within one part and class; they only weigh more.");
        if (report.IsClean)
        {
            messages.Line("No fault that keeps it from being trained on.");
            return ExitCode.Done;
        }

        string[] faults =
        [
            .. Fault(report.Problems.Count, "problem"), .. Fault(report.Unreadable.Count, "unreadable file"),
            .. Fault(across.Length, "image in both training and test", "images in both training and test"),
        ];
        throw new DataException($"The data set has {string.Join(", ", faults)}.", report.Source.Path, "Mend or remove what is listed above, then check again.");
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
        string listed = string.Join(", ", sizes.Take(Most).Select(static size => $"{size.Width}x{size.Height} ({Amounts.Count(size.Count)})"));
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
