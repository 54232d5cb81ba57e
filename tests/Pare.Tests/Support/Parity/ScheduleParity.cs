using Pare.Training.Averaging;
using Pare.Training.Schedules;

namespace Pare.Tests.Support.Parity;

/// <summary>Fixtures of kind <c>lr_schedule</c>: the rate, and the momentum if it cycles, of every step.</summary>
internal static class ScheduleParity
{
    public static void Run(FixtureCase fixture)
    {
        (Schedule schedule, long length) = Read(fixture);
        schedule.Validate();
        Rates[] rates = [.. Enumerable.Range(0, fixture.Int("steps")).Select(step => schedule.At(step, length))];
        AssertNear(fixture, "output.lr", [.. rates.Select(static rate => rate.LearningRate)]);
        if (fixture.Has("output.momentum"))
            AssertNear(fixture, "output.momentum", [.. rates.Select(static rate => rate.Momentum ?? float.NaN)]);
        else Assert.All(rates, static rate => Assert.Null(rate.Momentum));
    }

    private static (Schedule Schedule, long Length) Read(FixtureCase fixture)
    {
        int steps = fixture.Int("steps");
        switch (fixture.Text("schedule"))
        {
            case "cosine":
                return (new Cosine { Rate = fixture.Double("lr"), MinRate = fixture.Double("eta_min", 0) }, fixture.Int("T_max"));
            case "one_cycle":
                return (new OneCycle
                {
                    PeakRate = fixture.Double("max_lr"),
                    WarmupFraction = fixture.Double("pct_start"),
                    Div = fixture.Double("div_factor"),
                    FinalDiv = fixture.Double("final_div_factor"),
                    Anneal = ReadAnneal(fixture),
                    ThreePhase = fixture.Flag("three_phase"),
                    CycleMomentum = fixture.Flag("cycle_momentum"),
                    BaseMomentum = fixture.Double("base_momentum", 0.85),
                    MaxMomentum = fixture.Double("max_momentum", 0.95),
                }, fixture.Int("total_steps"));
            case "cyclic":
                int up = fixture.Int("step_size_up"), down = fixture.Int("step_size_down");
                return (new Cyclical
                {
                    BaseRate = fixture.Double("base_lr"),
                    PeakRate = fixture.Double("max_lr"),
                    CycleSteps = up + down,
                    UpFraction = (double)up / (up + down),
                    Mode = fixture.Text("mode") switch
                    {
                        "triangular" => CycleMode.Triangular,
                        "triangular2" => CycleMode.Triangular2,
                        "exp_range" => CycleMode.ExpRange,
                        var mode => throw new InvalidDataException($"{fixture.Name}: unknown mode '{mode}'"),
                    },
                    Gamma = fixture.Double("gamma", 1),
                    CycleMomentum = fixture.Flag("cycle_momentum"),
                    BaseMomentum = fixture.Double("base_momentum", 0.8),
                    MaxMomentum = fixture.Double("max_momentum", 0.9),
                }, steps);
            case "range_test":
                bool linear = fixture.Text("step_mode") == "linear";
                return (new RangeTest { LowRate = fixture.Double("start_lr"), HighRate = fixture.Double("end_lr"), Linear = linear },
                    fixture.Int("num_iter"));
            case "swa_anneal":
                return (new SwaSchedule
                {
                    Before = new Constant { Rate = fixture.Double("lr") },
                    Rate = fixture.Double("swa_lr"),
                    Start = 0,
                    AnnealFraction = (double)fixture.Int("anneal_epochs") / steps,
                    Anneal = ReadAnneal(fixture),
                }, steps);
            case var other:
                throw new InvalidDataException($"{fixture.Name}: unknown schedule '{other}'");
        }
    }

    private static Anneal ReadAnneal(FixtureCase fixture) => fixture.Text("anneal_strategy") switch
    {
        "cos" => Anneal.Cosine,
        "linear" => Anneal.Linear,
        var other => throw new InvalidDataException($"{fixture.Name}: unknown anneal_strategy '{other}'"),
    };

    // A final rate is tiny beside the peak, so each element counts by its own size.
    private static void AssertNear(FixtureCase fixture, string tensor, float[] got)
    {
        float[] expected = fixture.Floats(tensor);
        Assert.Equal(expected.Length, got.Length);
        for (int i = 0; i < got.Length; i++)
        {
            double error = Math.Abs((double)got[i] - expected[i]) / Math.Max(Math.Abs(expected[i]), 1e-9);
            if (!(error <= fixture.Tolerance)) Assert.Fail($"{fixture.Name}: {tensor}[{i}] is {got[i]:g9} instead of {expected[i]:g9}");
        }
    }
}
