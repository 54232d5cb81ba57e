using System.Globalization;
using Pare.Inference;
using Pare.Kernels;

namespace Pare.Cli;

/// <summary>Numbers as a person reads them, the same in every culture.</summary>
internal static class Amounts
{
    public static string Count(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>1 image, 1,000 images.</summary>
    public static string Count(long value, string one) => $"{Count(value)} {one}{(value == 1 ? "" : "s")}";

    /// <summary>A share that a user named, in per cent, with the digits that it has, such as <c>99.5</c>.</summary>
    public static string InPercent(double share) => (100 * (decimal)share).ToString("0.############", CultureInfo.InvariantCulture);

    public static string Percent(double share) => Rounding.InPercent(share) + " %";

    /// <summary>An interval of two shares in percentage points, with their signs.</summary>
    public static string Points((double Low, double High) interval) => $"{Points(interval.Low)} to {Points(interval.High)}";

    /// <summary>A difference of two shares in percentage points, with its sign.</summary>
    public static string Points(double share) => (100 * share).ToString("+0.00;-0.00;0.00", CultureInfo.InvariantCulture);

    public static string Loss(double value) => value.ToString("F4", CultureInfo.InvariantCulture);

    public static string Rate(double imagesPerSecond, string unit = "images/s") =>
        $"{imagesPerSecond.ToString("N0", CultureInfo.InvariantCulture)} {unit}";

    public static string Macs(long value) => value switch
    {
        >= 10_000_000 => Invariant($"{value / 1e6:F1} million MACs"),
        >= 1_000_000 => Invariant($"{value / 1e6:F2} million MACs"),
        _ => $"{Count(value)} MACs",
    };

    /// <summary>A count in few characters: <c>9,876</c>, <c>98.8 k</c>, <c>1.23 M</c>.</summary>
    public static string Short(long value) => value switch
    {
        >= 10_000_000 => Invariant($"{value / 1e6:F1} M"),
        >= 1_000_000 => Invariant($"{value / 1e6:F2} M"),
        >= 10_000 => Invariant($"{value / 1e3:F1} k"),
        _ => Count(value),
    };

    public static string Bytes(long value) => value switch
    {
        >= 1 << 30 => Invariant($"{value / (double)(1 << 30):F1} GB"),
        >= 1 << 20 => Invariant($"{value / (double)(1 << 20):F1} MB"),
        >= 1 << 10 => Invariant($"{value / (double)(1 << 10):F1} KB"),
        _ => $"{value} bytes",
    };

    public static string Threads(int threads) => threads == 1 ? "1 thread" : $"{Count(threads)} threads";

    /// <summary>As a recipe's <c>training.storage</c> names it.</summary>
    public static string Storage(MapStorage storage) => storage == MapStorage.BFloat16 ? "bfloat16" : "float32";

    public static string Seconds(double seconds) => seconds.ToString("F1", CultureInfo.InvariantCulture) + " s";

    /// <summary>The size of a model: what was trained, and what is left of it once norms are folded into weights.</summary>
    public static string Parameters(Model model)
    {
        string folded = $"{Count(model.Graph.Parameters)} with norms folded in";
        return model.TrainedParameters is long trained ? $"{Count(trained)} parameters ({folded})"
            : $"{Count(model.Graph.Parameters)} parameters as they are used, norms folded in";
    }

    /// <summary>A learning rate in two digits, as a recipe takes it.</summary>
    public static string LearningRate(double rate) => rate.ToString("G2", CultureInfo.InvariantCulture);

    /// <summary>How long something takes, roughly: <c>less than a minute</c>, <c>about 12 minutes</c>.</summary>
    public static string Roughly(TimeSpan time) => time switch
    {
        { TotalMinutes: < 1 } => "less than a minute",
        { TotalMinutes: < 90 } => Invariant($"about {Math.Ceiling(time.TotalMinutes):F0} minutes"),
        _ => Invariant($"about {time.TotalHours:F1} hours"),
    };

    /// <summary>A time still to wait: <c>42 s</c>, <c>3:07</c>, <c>1:02:30</c>.</summary>
    public static string Remaining(TimeSpan time)
    {
        if (time < TimeSpan.Zero) time = TimeSpan.Zero;
        return time switch
        {
            { TotalSeconds: < 60 } => Invariant($"{Math.Ceiling(time.TotalSeconds):F0} s"),
            { TotalHours: < 1 } => Invariant($"{time:m\\:ss}"),
            _ => Invariant($"{(long)time.TotalHours}:{time:mm\\:ss}"),
        };
    }
}
