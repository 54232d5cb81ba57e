using System.Globalization;

namespace Pare.Training;

/// <summary>A training that diverged, and went back with half the learning rate.</summary>
/// <param name="Epoch">The epoch that it diverged in, counted from 1.</param>
/// <param name="Step">The step that it diverged in, counted from 0 since the start of the run.</param>
/// <param name="Begin">What left the finite numbers first, such as a layer.</param>
/// <param name="BackTo">The steps that were done where it went on.</param>
/// <param name="RateFactor">What the learning rate is multiplied by from there on.</param>
public sealed record Restart(int Epoch, long Step, string Begin, long BackTo, double RateFactor)
{
    /// <summary>What happened, as a sentence without its stop.</summary>
    public string Describe() => string.Create(CultureInfo.InvariantCulture,
        $"the training diverged in epoch {Epoch} ({Begin} was no longer a finite number) and went back to the epoch's beginning, with " +
        $"{RateFactor:G3} of the learning rate from there on");
}
