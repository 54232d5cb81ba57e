namespace Pare.Training.Averaging;

/// <summary>How batches count when the running statistics of norms are measured anew.</summary>
public enum BatchWeighting
{
    /// <summary>By its images, so that a short last batch does no harm; as the code of Izmailov et al. does.</summary>
    Size,

    /// <summary>Each alike, as PyTorch's <c>update_bn</c> does.</summary>
    Equal,
}
