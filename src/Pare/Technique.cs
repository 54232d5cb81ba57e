using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace Pare;

/// <summary>
/// One technique of efficient training, as settings with defaults: a recipe switches it on by its key under <c>techniques:</c>, C#
/// by naming it in a run's options. Where in a training step it acts follows from the record that it derives from.
/// </summary>
/// <remarks>
/// One's own derive from one of its kinds, each of which says what it is handed and by which threads: <c>ImageAugmentation</c> and
/// <c>BatchMixing</c> for images, <c>TargetTechnique</c> and <c>ImageLoss</c> for targets and loss, <c>GradientTechnique</c>,
/// <c>WeightTechnique</c> and <c>AveragingTechnique</c> for what follows. A technique is settings; what is remembered from step to step
/// belongs to an object that it makes for each run.
/// </remarks>
[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicProperties)]
public abstract record Technique
{
    private protected Technique()
    {
    }

    /// <summary>
    /// The key in recipes, in snake case; never empty. Of a technique of one's own it also decides the random draws, and names what it
    /// keeps, so it is none of the library's.
    /// </summary>
    public abstract string Key { get; }

    /// <summary>Checks the settings, alone and against the run that they are for.</summary>
    /// <param name="run">The run.</param>
    /// <exception cref="ArgumentException">
    /// A setting is out of range or does not fit the run; the message names it and says what would.
    /// </exception>
    public void Validate(RunFacts run)
    {
        SettingRanges.Check(GetType(), this);
        ValidateSettings(run);
    }

    /// <summary>Whether the technique, as it is set, changes anything.</summary>
    public virtual bool Acts => true;

    /// <summary>What the technique is one way of, where a run can take only one, in a message; null otherwise.</summary>
    public virtual string? Purpose => null;

    /// <summary>Whether it came with the library.</summary>
    internal bool IsOfLibrary => GetType().Assembly == typeof(Technique).Assembly;

    /// <summary>What a run is too short for, as the technique is set; null for nothing.</summary>
    internal virtual string? TooShort(RunLength run) => null;

    /// <summary>Reads what the technique needs from files before the training begins, and checks that it fits.</summary>
    /// <exception cref="ArgumentException">It does not; the message names the setting.</exception>
    /// <exception cref="RecipeException">A file cannot be read.</exception>
    public virtual void Open(RunFacts run)
    {
    }

    /// <summary>The stream of random numbers of a technique that is not the library's: negative, which none of the library's is.</summary>
    internal static long StreamOf(string key) =>
        BinaryPrimitives.ReadInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(key))) | long.MinValue;

    /// <summary>Checks what no range of a single setting says.</summary>
    /// <param name="run">The run.</param>
    /// <exception cref="ArgumentException">
    /// A setting does not fit another or the run; the message names it and says what would.
    /// </exception>
    protected virtual void ValidateSettings(RunFacts run)
    {
    }
}
