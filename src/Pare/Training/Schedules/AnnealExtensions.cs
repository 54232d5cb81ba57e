namespace Pare.Training.Schedules;

internal static class AnnealExtensions
{
    /// <summary>
    /// The value at <paramref name="progress"/>, 0 up to 1, on the way from <paramref name="start"/> to <paramref name="end"/>.
    /// </summary>
    public static double Between(this Anneal anneal, double start, double end, double progress) => anneal == Anneal.Cosine
        ? end + ((start - end) * (1 + Math.Cos(Math.PI * progress)) / 2)
        : start + ((end - start) * progress);
}
