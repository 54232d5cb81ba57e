namespace Pare.Runs;

/// <summary>Where a run of a plan stands.</summary>
public enum RunState
{
    /// <summary>It needs a run that is not finished.</summary>
    Waiting,

    /// <summary>It can begin.</summary>
    Open,

    /// <summary>It has begun, and nobody trains it: it goes on when it is trained again.</summary>
    Stopped,

    /// <summary>Somebody trains it.</summary>
    Training,

    /// <summary>It came to its end.</summary>
    Finished,

    /// <summary>Of an ablation: it came to its end without a figure, such as with a loss that is no longer finite.</summary>
    Failed,
}
