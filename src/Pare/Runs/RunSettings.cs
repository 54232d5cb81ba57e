namespace Pare.Runs;

/// <summary>How runs begin, are kept while they are trained, and go on.</summary>
public sealed record RunSettings
{
    /// <summary>The longest time of training that an interruption can cost, above 0.</summary>
    public TimeSpan CheckpointInterval { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>
    /// Whether a run may go on with other vector instructions than those of its checkpoint: its bytes are then not those of a run that was
    /// never interrupted.
    /// </summary>
    public bool AcceptOtherWidth { get; init; }

    /// <summary>A trained model whose weights a new run begins with: its file, or the folder of its run; null to draw them.</summary>
    public string? InitialWeights { get; init; }

    /// <summary>Told what one should know, a sentence at a time, on the thread of the training.</summary>
    public Action<string>? Note { get; init; }
}
