namespace Pare;

/// <summary>
/// A part of a training that remembers something from one step to the next. What it names is kept in a checkpoint, and a resumed training
/// goes on with it; what follows from seed, step and epoch need not be remembered.
/// </summary>
public interface IStateful
{
    /// <summary>Names all that is remembered, the same names in each call.</summary>
    /// <param name="state">Takes the values, or gives those of a state.</param>
    void Exchange(StateExchange state);
}
