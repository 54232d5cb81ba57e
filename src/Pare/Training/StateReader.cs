namespace Pare.Training;

/// <summary>Gives back what a training kept, and sees to it that nothing is missing or left over.</summary>
/// <param name="arrays">The values that it kept.</param>
/// <param name="counters">The whole numbers.</param>
internal sealed class StateReader(IReadOnlyDictionary<string, float[]> arrays, IReadOnlyDictionary<string, long> counters)
    : StateExchange
{
    private readonly HashSet<string> _left = [.. arrays.Keys, .. counters.Keys];

    /// <summary>To be called when all have taken theirs.</summary>
    /// <exception cref="RunException">Something was not asked for.</exception>
    public void End()
    {
        if (_left.Count > 0)
            throw StateCheck.Misfit($"It keeps {string.Join(", ", _left.Order(StringComparer.Ordinal))}, which this training does not.");
    }

    private protected override void ArrayOf(string name, float[] values)
    {
        if (!_left.Remove(name) || !arrays.TryGetValue(name, out float[]? kept))
            throw StateCheck.Misfit($"It does not have {name}, which this training keeps.");
        if (kept.Length != values.Length)
            throw StateCheck.Misfit($"Its {name} has {kept.Length} values, and this training's has {values.Length}.");
        kept.CopyTo(values, 0);
    }

    private protected override void CounterOf(string name, ref long value)
    {
        if (!_left.Remove(name) || !counters.TryGetValue(name, out value))
            throw StateCheck.Misfit($"It does not have {name}, which this training keeps.");
    }
}
