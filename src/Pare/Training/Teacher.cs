using Pare.Data;
using Pare.Graphs;

namespace Pare.Training;

/// <summary>A trained network that another one learns from. One that lies in a file is read when a training begins.</summary>
public sealed class Teacher
{
    private readonly Lazy<(Network Network, Normalization Normalization)> _model;

    /// <summary>Takes a network that is at hand.</summary>
    /// <param name="network">The network; it is only read.</param>
    /// <param name="normalization">What its images were shifted and scaled by in its training.</param>
    public Teacher(Network network, Normalization normalization)
        : this(() => (network, normalization))
    {
    }

    /// <summary>Takes a network that is read at the first use.</summary>
    /// <param name="read">Reads it.</param>
    public Teacher(Func<(Network Network, Normalization Normalization)> read) => _model = new(read);

    /// <summary>The network.</summary>
    public Network Network => _model.Value.Network;

    /// <summary>What its images must be shifted and scaled by.</summary>
    public Normalization Normalization => _model.Value.Normalization;
}
