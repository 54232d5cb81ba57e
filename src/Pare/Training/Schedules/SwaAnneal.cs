namespace Pare.Training.Schedules;

/// <summary>
/// From the present rate to a constant one at which weights are averaged, as PyTorch's SWALR does it. Izmailov et al. 2018, arXiv
/// 1803.05407.
/// </summary>
/// <remarks>Its step 0 is the step at which averaging starts.</remarks>
public sealed record SwaAnneal : Schedule
{
    /// <summary>The rate when averaging starts, above 0.</summary>
    public double StartRate { get; init; } = 0.1;

    /// <summary>The rate that is held, above 0.</summary>
    public double SwaRate { get; init; } = 0.05;

    /// <summary>Steps from one to the other; 0 to change at once.</summary>
    public long AnnealSteps { get; init; }

    /// <summary>The curve between them.</summary>
    public Anneal Anneal { get; init; } = Anneal.Cosine;

    /// <inheritdoc/>
    public override Rates At(long step, long steps) =>
        new(RateAt(step, StartRate, SwaRate, AnnealSteps, Anneal));

    /// <summary>The rate so many steps after averaging started.</summary>
    internal static float RateAt(long step, double startRate, double swaRate, long annealSteps, Anneal anneal) =>
        (float)anneal.Between(startRate, swaRate, step < annealSteps ? (double)step / annealSteps : 1);

    /// <inheritdoc/>
    public override void Validate()
    {
        CheckRate(StartRate, "start_rate");
        CheckRate(SwaRate, "swa_rate");
        if (AnnealSteps < 0) throw new ArgumentException($"anneal_steps is {AnnealSteps}; it must be 0 or more.");
    }
}
