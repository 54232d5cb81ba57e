using System.CommandLine;
using Pare.Data;

namespace Pare.Cli.Commands;

/// <summary><c>pare data cache</c>: how many decoded images are kept, and an end to them.</summary>
internal sealed class DataCacheCommand : CliCommand
{
    private readonly CliConsole _console;
    private readonly Option<bool> _clear = new("--clear") { Description = "Deletes the decoded images; downloads stay." };
    private readonly Option<bool> _json = CommonOptions.Json();

    public DataCacheCommand(CliConsole console)
        : base("cache", "Shows or clears the cache of decoded images, from which large photographs are read after the first time.")
    {
        _console = console;
        Add(_clear);
        Add(_json);
        Examples = [("pare data cache", null), ("pare data cache --clear", null)];
        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        string folder = DataLocations.Of(given: null).ImageCache!;
        bool clear = parsed.GetValue(_clear);
        (int files, long bytes) = clear ? ImageCache.Clear(folder) : ImageCache.Measure(folder);
        if (parsed.GetValue(_json))
        {
            JsonOutput.WriteObject(_console.Out, json =>
            {
                json.WriteString("folder", folder);
                json.WriteBoolean("cleared", clear);
                json.WriteNumber("data_sets", files);
                json.WriteNumber("bytes", bytes);
                json.WriteNumber("limit", ImageCache.Limit);
            });
            return ExitCode.Done;
        }

        Messages messages = _console.Messages(json: false);
        messages.Exact("folder", folder);
        messages.Fact(
            clear ? "cleared" : "kept",
            $"{Amounts.Count(files)} data {(files == 1 ? "set" : "sets")} in one size each, {Amounts.Bytes(bytes)}"
            + (clear ? "" : $" of at most {Amounts.Bytes(ImageCache.Limit)}"));
        return ExitCode.Done;
    }
}
