using System.Diagnostics.CodeAnalysis;

namespace Pare;

/// <summary>
/// One technique of efficient training, as settings with defaults: a recipe switches it on by its key under <c>techniques:</c>, C#
/// by naming it in a run's options. Where in a training step it acts follows from the record that it derives from.
/// </summary>
/// <remarks>Only the library derives from it: what a technique does within a step is not part of the public interface.</remarks>
[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicProperties)]
public abstract record Technique
{
    private protected Technique()
    {
    }

    /// <summary>The key in recipes, in snake case.</summary>
    public abstract string Key { get; }

    /// <summary>Checks the settings, alone and against the run that they are for.</summary>
    /// <param name="run">The run.</param>
    /// <exception cref="ArgumentException">
    /// A setting is out of range or does not fit the run; the message names it and says what would.
    /// </exception>
    public abstract void Validate(RunFacts run);

    /// <summary>Whether the technique, as it is set, changes anything.</summary>
    public virtual bool Acts => true;

    /// <summary>What the technique is one way of, where a run can take only one; null otherwise.</summary>
    internal virtual string? Purpose => null;

    /// <summary>Reads what the technique needs from files before the training begins, and checks that it fits.</summary>
    /// <exception cref="ArgumentException">It does not; the message names the setting.</exception>
    /// <exception cref="RecipeException">A file cannot be read.</exception>
    internal virtual void Open(RunFacts run)
    {
    }

    private protected static void Check(double value, string name, double min, double max)
    {
        if (!(value >= min && value <= max))
            throw new ArgumentException(
                string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{name} is {value:G6}; it must be {min} to {max}."));
    }
}
