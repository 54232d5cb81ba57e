namespace Pare.Training;

/// <summary>Gives back what a training kept, and sees to it that nothing is missing or left over.</summary>
/// <param name="state">Where it is kept.</param>
internal sealed class StateReader(TrainingState state) : StateExchange
{
    private readonly HashSet<string> _left = [.. state.Arrays.Keys, .. state.Counters.Keys];

    /// <summary>To be called when all have taken theirs.</summary>
    /// <exception cref="RunException">Something was not asked for.</exception>
    public void End()
    {
        if (_left.Count > 0)
            throw StateCheck.Misfit($"It keeps {string.Join(", ", _left.Order(StringComparer.Ordinal))}, which this training does not.");
    }

    private protected override void ArrayOf(string name, float[] values)
    {
        if (!_left.Remove(name) || !state.Arrays.TryGetValue(name, out float[]? kept))
            throw StateCheck.Misfit($"It does not have {name}, which this training keeps.");
        if (kept.Length != values.Length)
            throw StateCheck.Misfit($"Its {name} has {kept.Length} values, and this training's has {values.Length}.");
        kept.CopyTo(values, 0);
    }

    private protected override void CounterOf(string name, ref long value)
    {
        if (!_left.Remove(name) || !state.Counters.TryGetValue(name, out value))
            throw StateCheck.Misfit($"It does not have {name}, which this training keeps.");
    }
}
