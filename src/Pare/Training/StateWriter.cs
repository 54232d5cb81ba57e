namespace Pare.Training;

/// <summary>Copies what a training keeps.</summary>
internal sealed class StateWriter : StateExchange
{
    public Dictionary<string, float[]> Arrays { get; } = [];

    public Dictionary<string, long> Counters { get; } = [];

    private protected override void ArrayOf(string name, float[] values) => Arrays.Add(name, [.. values]);

    private protected override void CounterOf(string name, ref long value) => Counters.Add(name, value);
}
