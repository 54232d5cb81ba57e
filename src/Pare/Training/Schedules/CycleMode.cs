namespace Pare.Training.Schedules;

/// <summary>How the height of a cyclical rate changes over the run.</summary>
public enum CycleMode
{
    /// <summary>Every cycle is as high as the first.</summary>
    Triangular,

    /// <summary>Each cycle is half as high as the one before it.</summary>
    Triangular2,

    /// <summary>The height shrinks by a constant factor at each step.</summary>
    ExpRange,
}
