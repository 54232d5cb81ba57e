using System.CommandLine;
using Pare.Data;

namespace Pare.Cli.Commands;

/// <summary><c>pare data download</c>: the one command that uses the network.</summary>
internal sealed class DataDownloadCommand : CliCommand
{
    private readonly CliConsole _console;
    private readonly CancellationToken _cancellation;
    private readonly Argument<string> _name = new("NAME") { Description = $"Which: {string.Join(" or ", Downloads.Names)}." };

    public DataDownloadCommand(CliConsole console, CancellationToken cancellation)
        : base("download", "Fetches a public data set into the cache, and checks that it arrived as published.")
    {
        (_console, _cancellation) = (console, cancellation);
        Add(_name);
        Examples = [("pare data download mnist", null)];
        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        string name = parsed.GetRequiredValue(_name);
        Messages messages = _console.Messages(json: false);
        if (!Downloads.Names.Contains(name))
        {
            string near = Nearest.Find(name, Downloads.Names) is string found ? $"Did you mean {found}? " : "";
            throw new RecipeException($"There is no download called `{name}`.", "pare data download",
                $"{near}There is: {string.Join(", ", Downloads.Names)}.");
        }

        string cache = DataLocations.Of(given: null).Cache!;
        if (!messages.IsTerminal) messages.Line($"Fetching {name} into {cache}");
        using var client = new HttpClient { Timeout = Timeout.InfiniteTimeSpan };
        string folder;
        try
        {
            folder = Downloads.DownloadAsync(name, cache, client, new View(messages), _cancellation).GetAwaiter().GetResult();
        }
        finally
        {
            messages.EndLive();
        }

        messages.Line($"{name} is in {folder}");
        messages.Line($"next: pare train {name}");
        return ExitCode.Done;
    }

    private sealed class View(Messages messages) : IProgress<DownloadProgress>
    {
        public void Report(DownloadProgress value) => messages.Live(width =>
        {
            double share = value.TotalBytes == 0 ? 0 : (double)value.Bytes / value.TotalBytes;
            string after =
                Invariant($" {100 * share,3:F0} %  {Amounts.Bytes(value.Bytes)} of {Amounts.Bytes(value.TotalBytes)}  {value.File}");
            return ProgressBar.Draw(share, width - after.Length) + after;
        });
    }
}
