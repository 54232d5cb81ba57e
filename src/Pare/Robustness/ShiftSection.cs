using Pare.Graphs;

namespace Pare.Robustness;

/// <summary>
/// Test images moved by up to three pixels each way: what a network without aliasing should not notice. Zhang 2019, "Making Convolutional
/// Networks Shift-Invariant Again", arXiv 1904.11486.
/// </summary>
internal sealed class ShiftSection : RobustnessSection
{
    private const int Side = (2 * ShiftsRecord.Reach) + 1;

    public override string Name => "shifts";

    public override long Passes(RobustnessInputs inputs) => (long)Side * Side * inputs.Count;

    public override RobustnessRecord Measure(RobustnessInputs inputs, RobustnessRecord record)
    {
        Shape form = inputs.Classifier.Input;
        int[] still = inputs.Classify(inputs.Count, Maker(0, 0));
        bool[] steady = new bool[inputs.Count], right = new bool[inputs.Count];
        Array.Fill(steady, true);
        Array.Fill(right, true);
        var shifts = new List<ShiftAccuracy>();
        for (int down = -ShiftsRecord.Reach; down <= ShiftsRecord.Reach; down++)
        {
            for (int across = -ShiftsRecord.Reach; across <= ShiftsRecord.Reach; across++)
            {
                inputs.Doing = $"shifts, {down:+0;-0;0} rows, {across:+0;-0;0} columns";
                int[] classes = (down, across) == (0, 0) ? still : inputs.Classify(inputs.Count, Maker(down, across));
                for (int i = 0; i < classes.Length; i++)
                {
                    steady[i] &= classes[i] == still[i];
                    right[i] &= classes[i] == inputs.Labels[i];
                }

                shifts.Add(new ShiftAccuracy(down, across, inputs.AccuracyOf(classes)));
            }
        }

        return record with
        {
            Shifts = new ShiftsRecord(Share(steady), Share(right), shifts.Average(static shift => shift.Accuracy), shifts),
        };

        ImageMaker Maker(int down, int across) => (place, to) =>
            Shift(inputs.Image(place), form.Height, form.Width, down, across, to);
    }

    /// <summary>Moves an image; what comes in is the nearest pixel of its border.</summary>
    /// <param name="image"><c>[channel][row][column]</c>.</param>
    /// <param name="height">Rows.</param>
    /// <param name="width">Columns.</param>
    /// <param name="down">Pixels down; up where negative.</param>
    /// <param name="right">Pixels to the right; to the left where negative.</param>
    /// <param name="to">As <paramref name="image"/>.</param>
    public static void Shift(ReadOnlySpan<byte> image, int height, int width, int down, int right, Span<byte> to)
    {
        for (int row = 0; row < image.Length / width; row++)
        {
            int plane = row / height * height;
            ReadOnlySpan<byte> from = image.Slice((plane + Math.Clamp(row - plane - down, 0, height - 1)) * width, width);
            Span<byte> line = to.Slice(row * width, width);
            for (int column = 0; column < width; column++) line[column] = from[Math.Clamp(column - right, 0, width - 1)];
        }
    }

    private static double Share(bool[] images) => (double)images.Count(static image => image) / images.Length;
}
