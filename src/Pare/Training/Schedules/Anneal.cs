namespace Pare.Training.Schedules;

/// <summary>The curve from one rate to another.</summary>
public enum Anneal
{
    /// <summary>Half a cosine wave: slow at both ends.</summary>
    Cosine,

    /// <summary>A straight line.</summary>
    Linear,
}
