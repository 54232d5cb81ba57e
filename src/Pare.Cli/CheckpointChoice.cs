using System.CommandLine;
using Pare.Runs;

namespace Pare.Cli;

/// <summary>
/// The part of a command that trains which is about interruptions: how much one may cost, and on which machine a run is resumed.
/// </summary>
internal sealed class CheckpointChoice
{
    private readonly Option<double?> _minutes = CommonOptions.PositiveNumber("--checkpoint-minutes",
        "The most minutes of training that an interruption can lose. Default: 2.", most: 100_000);
    private readonly Option<bool> _acceptOtherWidth = new("--accept-other-width")
    {
        Description = "Resumes even if the checkpoint was made with other vector instructions; the result then differs.",
    };

    /// <summary>The options.</summary>
    public IEnumerable<Option> Options => [_minutes, _acceptOtherWidth];

    /// <summary>How runs are kept, as the user wants it.</summary>
    public RunSettings Settings(ParseResult parsed, Messages messages) => new()
    {
        CheckpointInterval = TimeSpan.FromMinutes(parsed.GetValue(_minutes) ?? 2),
        AcceptOtherWidth = parsed.GetValue(_acceptOtherWidth),
        Note = note =>
        {
            messages.EndLive();
            messages.Fact("note", note);
        },
    };
}
