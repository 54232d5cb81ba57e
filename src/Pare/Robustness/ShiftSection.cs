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
        int[] still = inputs.CleanClasses;
        bool[] steady = new bool[inputs.Count], right = new bool[inputs.Count];
        Array.Fill(steady, true);
        Array.Fill(right, true);
        var shifts = new List<ShiftAccuracy>();
        for (int down = -ShiftsRecord.Reach; down <= ShiftsRecord.Reach; down++)
        {
            for (int across = -ShiftsRecord.Reach; across <= ShiftsRecord.Reach; across++)
            {
                inputs.Doing = $"shifts, {down:+0;-0;0} rows, {across:+0;-0;0} columns";
                int[] classes = inputs.Moved((down, across));
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
    }

    private static double Share(bool[] images) => (double)images.Count(static image => image) / images.Length;
}
