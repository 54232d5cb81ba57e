using Pare.Execution;
using Pare.Graphs;
using Pare.Training.Averaging;

namespace Pare.Tests.Support.Parity;

/// <summary>Fixtures of kind <c>bn_recalibrate</c>: the running statistics of a network, measured anew over some batches.</summary>
internal static class RecalibrationParity
{
    public static void Run(FixtureCase fixture)
    {
        Network network = NetworkParity.Build(fixture, "input.batch0");
        FixtureWeights.Load(fixture, network, string.Empty);
        using var team = new ThreadTeam(2);
        var plan = new TrainingPlan(network, fixture.Shape("input.batch0")[0], team, dropout: false);
        var recalibration = new StatisticsRecalibration(plan, fixture.Text("weighting") switch
        {
            "equal" => BatchWeighting.Equal,
            "by_samples" => BatchWeighting.Size,
            var other => throw new InvalidDataException($"{fixture.Name}: unknown weighting '{other}'"),
        });
        for (int i = 0; i < fixture.Int("batches"); i++)
            recalibration.Add(new ArraySource(fixture.Floats($"input.batch{i}")), fixture.Shape($"input.batch{i}")[0]);
        FixtureWeights.AssertValues(fixture, "after.buffer.", network, string.Empty);
    }
}
