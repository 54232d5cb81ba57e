using System.Globalization;
using Pare.Training;

namespace Pare.Cli;

/// <summary>
/// Shows a training as it goes: a line an epoch, of which a terminal gets some twenty and a live line below; a log, which one searches,
/// gets all.
/// </summary>
internal sealed class TrainingView(Messages messages) : IProgress<TrainingProgress>
{
    private const int MostLines = 25;

    public void Report(TrainingProgress value)
    {
        if (value.EpochEnd is EpochMetrics epoch)
        {
            if (!messages.IsTerminal || epoch.Epoch % Every(value.Epochs) == 0 || epoch.Epoch == 1 || epoch.Epoch == value.Epochs)
                ShowEpoch(epoch, value.Epochs);
        }
        else messages.Live(width => LiveLine(value, width));
    }

    // 1, 2, 5, 10, 20 and so on.
    private static int Every(int epochs)
    {
        for (int ten = 1; ; ten *= 10)
        {
            foreach (int step in (ReadOnlySpan<int>)[1, 2, 5])
            {
                if ((long)step * ten * MostLines >= epochs) return step * ten;
            }
        }
    }

    // A narrow terminal gets the short form, then one without the rate, and one that is narrower still a second line.
    private void ShowEpoch(EpochMetrics epoch, int epochs)
    {
        string[] brief = EpochValues(epoch, epochs, "valid.", "img/s");
        string[][] forms = [EpochValues(epoch, epochs, "validation", "images/s"), brief, [.. brief[..^2], brief[^1]]];
        messages.Values(2, Array.Find(forms, Fits) ?? brief);
    }

    private bool Fits(string[] values) =>
        messages.Columns is not int columns || values.Sum(static value => value.Length + 2) - 2 <= columns;

    private static string[] EpochValues(EpochMetrics epoch, int epochs, string validation, string rate) =>
    [
        Epoch(epoch.Epoch, epochs),
        $"loss {Amounts.Loss(epoch.TrainLoss)}",
        $"train {Amounts.Percent(epoch.TrainAccuracy),8}",
        .. epoch.ValidationAccuracy is float accuracy ? [$"{validation} {Amounts.Percent(accuracy),8}"] : Array.Empty<string>(),
        Amounts.Rate(epoch.ImagesPerSecond, rate),
        Amounts.Seconds(epoch.Seconds),
    ];

    private static string LiveLine(TrainingProgress progress, int width)
    {
        double fraction = progress.Steps == 0 ? 0 : (double)progress.Step / progress.Steps;
        string before = $"{Epoch(progress.Epoch, progress.Epochs)} ";
        string after = Invariant($" {100 * fraction,3:F0} %")
            + $"  loss {Amounts.Loss(progress.Loss)}  {Amounts.Rate(progress.ImagesPerSecond)}  {Amounts.Remaining(progress.Remaining)} " +
                $"left";
        return before + ProgressBar.Draw(fraction, width - before.Length - after.Length) + after;
    }

    private static string Epoch(int epoch, int epochs)
    {
        string all = epochs.ToString(CultureInfo.InvariantCulture);
        return $"epoch {epoch.ToString(CultureInfo.InvariantCulture).PadLeft(all.Length)}/{all}";
    }
}
