using System.Globalization;
using System.Text;
using Pare.Runs;
using Pare.Training;

namespace Pare.Reporting;

/// <summary>A learning rate range test as a picture and a table.</summary>
public static class RateReport
{
    /// <summary>The name of the table.</summary>
    public const string CsvFile = "lr-find.csv";

    /// <summary>The name of the picture.</summary>
    public const string SvgFile = "lr-find.svg";

    /// <summary>The places on the axis of rates that matter.</summary>
    public static IReadOnlyList<ChartMark> Marks(RateCurve curve)
    {
        var marks = new List<ChartMark>();
        if (curve.SteepestRate is double steepest) marks.Add(new ChartMark(steepest, $"steepest fall, {Rate(steepest)}"));
        if (curve.HighestRate is double highest) marks.Add(new ChartMark(highest, $"a tenth of the lowest, {Rate(highest)}"));
        marks.Add(new ChartMark(curve.Lowest.Rate, $"lowest, {Rate(curve.Lowest.Rate)}"));
        return [.. marks.OrderBy(static mark => mark.X)];
    }

    /// <summary>The curve with its marks.</summary>
    internal static LineChart Chart(RateCurve curve, string recipeName) => new()
    {
        Title = $"Learning rate range test of {recipeName}",
        XLabel = "learning rate",
        YLabel = "training loss",
        LogX = true,
        RangeY = Range(curve),
        Series =
        [
            new LineSeries("of each step", [.. curve.Points.Select(static point => (point.Rate, point.Loss))]) { Faint = true },
            new LineSeries("smoothed", [.. curve.Points.Select(static point => (point.Rate, point.Smoothed))]),
        ],
        Marks = Marks(curve),
    };

    /// <summary>Writes both into a folder.</summary>
    /// <param name="location">
    /// Where; it must not hold such a test. Null for <c>runs/&lt;recipe&gt;-lr-find-&lt;date&gt;-&lt;time&gt;</c>.
    /// </param>
    /// <param name="recipeName">The recipe's name.</param>
    /// <param name="curve">The test.</param>
    /// <param name="clock">Gives date and time, in local time.</param>
    /// <returns>The folder.</returns>
    /// <exception cref="RecipeException">The folder holds a test already.</exception>
    /// <exception cref="RunException">The disk is full or gone.</exception>
    public static string Save(string? location, string recipeName, RateCurve curve, TimeProvider clock)
    {
        string folder = location ?? Path.Combine("runs", FolderFiles.Name(recipeName, "-lr-find", clock));
        if (File.Exists(Path.Combine(folder, CsvFile)))
            throw new RecipeException("The folder holds a range test already; another one is never overwritten.", Path.GetFullPath(folder),
                "Choose a new folder, or none to have it named by the time.")
            { Setting = "folder" };
        FolderFiles.Guard(folder, () => Directory.CreateDirectory(folder));
        FolderFiles.WriteText(folder, SvgFile, Chart(curve, recipeName).ToFile());
        FolderFiles.WriteText(folder, CsvFile, Csv(curve));
        return folder;
    }

    // Single steps beyond the smoothed curve's range are marked at the edge: to show them would press the curve flat.
    private static (double Low, double High)? Range(RateCurve curve)
    {
        double[] smoothed = [.. curve.Points.Select(static point => point.Smoothed).Where(double.IsFinite)];
        if (smoothed.Length == 0) return null;
        double high = 1.25 * smoothed.Max(), low = curve.Points.Select(static point => point.Loss).Where(double.IsFinite)
            .Append(smoothed.Min()).Min();
        return low < high ? (Math.Max(Math.Min(0, low), low - (0.04 * (high - low))), high) : null;
    }

    private static string Csv(RateCurve curve)
    {
        var text = new StringBuilder("lr,loss,smoothed\n");
        foreach (RatePoint point in curve.Points)
            text.Append(CultureInfo.InvariantCulture, $"{(float)point.Rate:R},{(float)point.Loss:R},{point.Smoothed:R}\n");
        return text.ToString();
    }

    private static string Rate(double rate) => rate.ToString("G2", CultureInfo.InvariantCulture);
}
