using System.Globalization;
using Pare.Benchmarking;
using Pare.Execution;
using Pare.Graphs;
using Pare.Kernels;
using Pare.Tests.Support;
using Pare.Training;

namespace Pare.Tests.Benchmarking;

/// <summary>
/// The instructions of a training step, where the processor's counters can be read; they see what <see cref="StepWork"/> does not.
/// </summary>
public sealed class StepInstructionsTests
{
    private const int Batch = 32, WarmupSteps = 10, Steps = 10;

    // Of the same machine code; the runtime's own work on the thread differs a little from run to run.
    private const double Tolerance = 0.02;

    [Fact]
    public void A_step_takes_no_more_instructions_than_are_recorded()
    {
        using EventCounter? counter = EventCounter.Open(EventCounter.Hardware, EventCounter.Instructions, out string? whyNot);
        Assert.SkipWhen(counter is null, $"instructions cannot be counted: {whyNot}");
        string file = Path.Combine(TechniqueCard.Tests, "Benchmarking", "Work",
            string.Create(CultureInfo.InvariantCulture, $"{Simd.Lanes}-lanes-instructions.csv"));
        var counted = BenchmarkNetworks.Names.ToDictionary(static name => name, name => OfAStep(counter!, name));
        if (Environment.GetEnvironmentVariable("PARE_RECORD") is { Length: > 0 })
            File.WriteAllLines(file, counted.Select(static of => string.Create(CultureInfo.InvariantCulture, $"{of.Key},{of.Value}")));
        Assert.SkipWhen(!File.Exists(file),
            $"no instructions are recorded for {Simd.Lanes} lanes: PARE_RECORD=1 dotnet test tests/Pare.Tests --filter " +
            $"FullyQualifiedName~StepInstructionsTests; counted: {string.Join(", ", counted)}");
        foreach (string[] line in File.ReadLines(file).Select(static line => line.Split(',')))
        {
            long recorded = long.Parse(line[1], CultureInfo.InvariantCulture);
            Assert.InRange(counted[line[0]], (long)(recorded * (1 - Tolerance)), (long)(recorded * (1 + Tolerance)));
        }
    }

    [Fact]
    public void A_counter_counts_this_thread()
    {
        using EventCounter? counter = EventCounter.Open(EventCounter.Software, EventCounter.TaskClock, out string? whyNot);
        Assert.SkipWhen(counter is null, $"no counter can be opened: {whyNot}");
        long before = counter!.Read();
        PeakKernel.Run(1_000_000);
        Assert.InRange(counter.Read() - before, 1, long.MaxValue);
    }

    private static long OfAStep(EventCounter counter, string name)
    {
        Graph graph = BenchmarkNetworks.Create(name);
        using var team = new ThreadTeam(1);
        var step = new TrainingStep(new Network(graph, seed: 1), Batch, team, new TrainingOptions());
        var images = new RandomImages(graph.Input.Shape.Count, graph.Output.Shape.Channels, Batch);
        for (int i = 0; i < WarmupSteps; i++) step.RunTimed(images, Batch, i);
        long before = counter.Read();
        for (int i = 0; i < Steps; i++) step.RunTimed(images, Batch, WarmupSteps + i);
        return (counter.Read() - before) / Steps;
    }
}
