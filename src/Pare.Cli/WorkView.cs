using Pare.Inference;
using Pare.Robustness;

namespace Pare.Cli;

/// <summary>Shows how far a work of many images is, and how long it will take.</summary>
/// <param name="messages">Where.</param>
/// <param name="what">What is done all the time, such as <c>calibrating</c>.</param>
internal sealed class WorkView(Messages messages, string what) : IProgress<CalibrationProgress>, IProgress<RobustnessProgress>
{
    private readonly long _start = messages.Clock.GetTimestamp();

    public void Report(CalibrationProgress value) => Show(value.Doing, value.Done, value.Total);

    public void Report(RobustnessProgress value) => Show(value.Doing, value.Done, value.Total);

    private void Show(string doing, long done, long total) => messages.Live(width =>
    {
        double share = (double)done / total, seconds = messages.Clock.GetElapsedTime(_start).TotalSeconds;
        string left = Amounts.Remaining(TimeSpan.FromSeconds(seconds * (1 - share) / Math.Max(share, 1e-9)));
        string before = $"{what} ";
        string after = Invariant($" {100 * share,3:F0} %  {left} left: {doing}");
        return before + ProgressBar.Draw(share, width - before.Length - after.Length) + after;
    });
}
