namespace Pare.Cli;

/// <summary>A bar out of two characters that old code pages have, too.</summary>
internal static class ProgressBar
{
    public static string Draw(double fraction, int width)
    {
        int full = (int)Math.Round(Math.Clamp(fraction, 0, 1) * width);
        return new string('█', full) + new string('░', width - full);
    }
}
