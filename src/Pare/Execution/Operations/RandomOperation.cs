namespace Pare.Execution.Operations;

/// <summary>
/// An operation that draws at random in training. What it draws follows from the run's seed, the step and its place in the network, so both
/// passes of a step see the same, a step that is taken twice too, and the number of threads does not matter.
/// </summary>
internal abstract class RandomOperation(string name, int index, FeatureMap output, InputEdge input) : Operation(name, output, input)
{
    private const long Stream = 0x44524F50; // "DROP": keeps its draws apart from those of other uses of the same seed.

    /// <summary>The seed of this step's draws.</summary>
    private protected long Key { get; private set; }

    /// <summary>To be called before a step.</summary>
    public void BeginStep(int seed, long step) => Key = (long)new SeededRandom(seed, Stream, step, index).NextUInt64();
}
