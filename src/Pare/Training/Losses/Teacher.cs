using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Pare.Data;
using Pare.Graphs;

namespace Pare.Training.Losses;

/// <summary>A trained network that another one learns from. One that lies in a file is read when a training begins.</summary>
public sealed class Teacher
{
    private readonly Lazy<(Network Network, Normalization Normalization, IReadOnlyList<string>? Classes, string? Location)> _model;
    private readonly Func<string>? _digest;

    /// <summary>Takes a network that is at hand.</summary>
    /// <param name="network">The network; it is only read.</param>
    /// <param name="normalization">What its images were shifted and scaled by in its training.</param>
    /// <param name="classes">The names of its classes in the order of its outputs; null where they are the student's.</param>
    public Teacher(Network network, Normalization normalization, IReadOnlyList<string>? classes = null)
        : this(() => (network, normalization, classes, null))
    {
    }

    /// <summary>Takes a network that is read at the first use.</summary>
    /// <param name="read">Reads it, with the names of its classes where they are known and its file.</param>
    public Teacher(Func<(Network Network, Normalization Normalization, IReadOnlyList<string>? Classes, string? Location)> read) =>
        _model = new(read);

    /// <summary>Takes one of several that stand for the same file, which is digested once for all of them.</summary>
    /// <param name="file">Reads the file.</param>
    internal Teacher(Lazy<Teacher> file)
        : this(() => (file.Value.Network, file.Value.Normalization, file.Value.Classes, file.Value.Location)) =>
        _digest = () => file.Value.Digest;

    /// <summary>The network.</summary>
    public Network Network => _model.Value.Network;

    /// <summary>What its images must be shifted and scaled by.</summary>
    public Normalization Normalization => _model.Value.Normalization;

    /// <summary>The names of its classes in the order of its outputs; null where they are not known.</summary>
    public IReadOnlyList<string>? Classes => _model.Value.Classes;

    /// <summary>The file that it was read from; null for one that was at hand.</summary>
    public string? Location => _model.Value.Location;

    /// <summary>
    /// A digest of what it teaches: its weights, what its images are shifted and scaled by, the order of its classes. What else a file
    /// says, as how sure the model is, teaches nothing.
    /// </summary>
    internal string Digest => field ??= _digest?.Invoke() ?? DigestOf();

    private string DigestOf()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (Parameter parameter in Network.Parameters)
        {
            Add(parameter.Name);
            hash.AppendData(MemoryMarshal.AsBytes<float>(Network.Values(parameter)));
        }

        hash.AppendData(MemoryMarshal.AsBytes<float>(Normalization.Mean.ToArray()));
        hash.AppendData(MemoryMarshal.AsBytes<float>(Normalization.StandardDeviation.ToArray()));
        foreach (string name in Classes ?? []) Add(name);
        return "sha256:" + Convert.ToHexStringLower(hash.GetHashAndReset())[..16];

        // Ended by what no text has in UTF-8.
        void Add(string text) => hash.AppendData([.. Encoding.UTF8.GetBytes(text), 0xFF]);
    }
}
