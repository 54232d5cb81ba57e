using System.Globalization;
using Pare.Benchmarking;
using Pare.Graphs;
using Pare.Kernels;
using Pare.Models;
using Pare.Recipes;
using Pare.Tests.Support;

namespace Pare.Tests.Benchmarking;

/// <summary>
/// Guards the speed of a training step where clocks tell little: what it computes and moves is counted, kernel call by kernel call, and
/// held to what is recorded in <c>Benchmarking/Work</c>.
/// </summary>
public sealed class StepWorkTests
{
    private const int Batch = 32;
    private const string Record = "PARE_RECORD=1 dotnet test tests/Pare.Tests --filter FullyQualifiedName~StepWorkTests";

    private static readonly string[] Recorded =
        ["a,conv1 (conv),Y,100,40,60", "a,conv1 (conv),dW,100,40,60", "a,whole step,all,200,80,120"];

    private static string Folder => Path.Combine(TechniqueCard.Tests, "Benchmarking", "Work");

    [Fact]
    public void A_step_does_as_much_as_is_recorded()
    {
        string file = Path.Combine(Folder, string.Create(CultureInfo.InvariantCulture, $"{Simd.Lanes}-lanes.csv"));
        string[] counted = [.. Networks().SelectMany(static network => StepWork.Count(network.Name, network.Graph, Batch))];
        if (Environment.GetEnvironmentVariable("PARE_RECORD") is { Length: > 0 })
        {
            File.WriteAllLines(file, counted.Prepend(StepWork.Columns));
            if (SimdLevels.IsChild) return;
            foreach ((string runtimeSwitch, int lanes) in new[] { ("DOTNET_EnableAVX512", 8), ("DOTNET_EnableAVX2", 4) })
            {
                if (SimdLevels.WhyNot(lanes) is not null) continue;
                (int status, string output) = SimdLevels.Run(runtimeSwitch, lanes, typeof(StepWorkTests).FullName!);
                Assert.True(status == 0, output);
            }

            return;
        }

        (IReadOnlyList<string> differences, bool more) = StepWork.Compare(File.ReadLines(file), counted);
        string toDo = more
            ? "A fusion may be lost, or a map be read once more than before. If it is meant, and faster (`pare bench`), record it:"
            : "The step does less, or otherwise, than is recorded. Record the new figures, so that they are held:";
        Assert.True(differences.Count == 0, string.Join('\n', [.. differences, toDo, "    " + Record]));
    }

    [Fact]
    public void An_equal_count_has_no_difference() =>
        Assert.Empty(StepWork.Compare(Recorded.Prepend(StepWork.Columns), Recorded).Differences);

    [Theory]
    [InlineData("a,conv1 (conv),Y,100,40,72",
        "a, conv1 (conv), Y: 72 bytes read from maps and written to them, 60 are recorded (+20.0 %)", true)]
    [InlineData("a,conv1 (conv),Y,100,30,60",
        "a, conv1 (conv), Y: 30 bytes across memory, 40 are recorded (-25.0 %)", false)]
    [InlineData("a,relu1 (relu),Y,0,8,9",
        "a, relu1 (relu), Y is new: 0 FLOPs, 8 bytes across memory, 9 bytes read from maps and written to them", true)]
    public void A_difference_is_named_by_operation(string line, string difference, bool more)
    {
        (IReadOnlyList<string> differences, bool isMore) = StepWork.Compare(Recorded, [line, .. Recorded[1..]]);
        Assert.Equal(difference, differences[0]);
        Assert.Equal(more, isMore);
    }

    [Fact]
    public void An_operation_that_is_gone_is_less_work()
    {
        (IReadOnlyList<string> differences, bool more) = StepWork.Compare(Recorded, Recorded[..2]);
        Assert.Equal(["a, whole step, all is gone"], differences);
        Assert.False(more);
    }

    [Fact]
    public void An_activation_that_is_not_folded_into_the_map_before_is_counted()
    {
        // A norm behind an activation has a map of its own.
        GraphBuilder plain = GraphBuilder.Input(2, 6, 5).Conv(4).BatchNorm().Relu().GlobalAveragePool().Linear(3);
        GraphBuilder copied = GraphBuilder.Input(2, 6, 5).Conv(4).Relu().BatchNorm().GlobalAveragePool().Linear(3);
        (IReadOnlyList<string> differences, bool more) =
            StepWork.Compare(StepWork.Count("net", plain.Build(), 8), StepWork.Count("net", copied.Build(), 8));
        Assert.True(more);
        Assert.Contains(differences,
            static difference => difference.StartsWith("net, batch_norm1 (batch_norm), Y is new", StringComparison.Ordinal));
    }

    [Fact]
    public void All_operations_together_touch_most_of_what_a_step_does()
    {
        (IReadOnlyList<OperationProfile> operations, long step) = Profiler.Count(BenchmarkNetworks.Create("bench-mnist"), Batch);
        double sum = operations.Sum(static operation => operation.Total.TouchedBytes);
        Assert.InRange(sum, 0.95 * step, step);
    }

    private static IEnumerable<(string Name, Graph Graph)> Networks() =>
    [
        .. BenchmarkNetworks.Names.Select(static name => (name, BenchmarkNetworks.Create(name))),
        .. new[] { ("mnist", "shared"), ("mnist", "blur_pool"), ("cifar10", "long"), ("cifar10", "wide") }
            .Select(static recipe => ($"{recipe.Item1} {recipe.Item2}", RecipeStore.Open(recipe.Item1, null, recipe.Item2).Graph)),
    ];
}
