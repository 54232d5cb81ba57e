using System.Globalization;
using Pare.Inference;

namespace Pare.Cli;

/// <summary>Shows how far a calibration is, and how long it will take.</summary>
internal sealed class CalibrationView(Messages messages) : IProgress<CalibrationProgress>
{
    private readonly long _start = messages.Clock.GetTimestamp();

    public void Report(CalibrationProgress value) => messages.Live(width =>
    {
        double share = (double)value.Done / value.Total, seconds = messages.Clock.GetElapsedTime(_start).TotalSeconds;
        string left = Amounts.Remaining(TimeSpan.FromSeconds(seconds * (1 - share) / Math.Max(share, 1e-9)));
        string before = "calibrating ";
        string after = string.Create(CultureInfo.InvariantCulture, $" {100 * share,3:F0} %  {left} left: {value.Doing}");
        return before + ProgressBar.Draw(share, width - before.Length - after.Length) + after;
    });
}
