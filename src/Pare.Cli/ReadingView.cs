using Pare.Data;

namespace Pare.Cli;

/// <summary>Shows how far the reading of the images is.</summary>
internal sealed class ReadingView : IProgress<ReadingProgress>
{
    private readonly Messages _messages;
    private readonly long _start;

    public ReadingView(Messages messages)
    {
        (_messages, _start) = (messages, messages.Clock.GetTimestamp());
        messages.Live(static _ => "reading the images");
    }

    public void Report(ReadingProgress value) => _messages.Live(_ =>
    {
        double seconds = _messages.Clock.GetElapsedTime(_start).TotalSeconds;
        string rate = seconds > 0 ? Invariant($"  ({value.Images / seconds:N0}/s)") : "";
        return $"reading  {Amounts.Count(value.Images)} of {Amounts.Count(value.TotalImages)} images{rate}";
    });
}
