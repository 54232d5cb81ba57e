namespace Pare.Cli;

/// <summary>A bar out of two characters that old code pages have, too.</summary>
internal static class ProgressBar
{
    private const int Least = 5;
    private const int Most = 30;

    /// <summary>A bar that fits into the columns that are left; empty when it would be too short to tell anything.</summary>
    public static string Draw(double fraction, int columns)
    {
        if (columns < Least) return "";
        int width = Math.Min(columns, Most);
        int full = (int)Math.Round(Math.Clamp(fraction, 0, 1) * width);
        return new string('█', full) + new string('░', width - full);
    }
}
