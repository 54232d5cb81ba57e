namespace Pare;

/// <summary>
/// Values on their way into a training's state or back out of it. Who keeps any names them once, and the same call does both: what is
/// kept and what is restored cannot drift apart.
/// </summary>
public abstract class StateExchange
{
    private string _prefix = string.Empty;

    private protected StateExchange()
    {
    }

    /// <summary>Values that change from step to step, copied out or overwritten in place.</summary>
    /// <param name="name">Unique with its owner, in snake case.</param>
    /// <param name="values">As many each time.</param>
    /// <exception cref="RunException">A state that is read has none of that name, or another number of them.</exception>
    public void Array(string name, float[] values) => ArrayOf(_prefix + name, values);

    /// <summary>A whole number that changes from step to step.</summary>
    /// <param name="name">Unique with its owner, in snake case.</param>
    /// <param name="value">Read, or set.</param>
    /// <exception cref="RunException">A state that is read has none of that name.</exception>
    public void Counter(string name, ref long value) => CounterOf(_prefix + name, ref value);

    /// <summary>What an owner keeps, under its name; nothing when it keeps none.</summary>
    internal void Of(string name, object owner)
    {
        if (owner is not IStateful stateful) return;
        string outer = _prefix;
        _prefix = $"{outer}{name}.";
        stateful.Exchange(this);
        _prefix = outer;
    }

    private protected abstract void ArrayOf(string name, float[] values);

    private protected abstract void CounterOf(string name, ref long value);
}
