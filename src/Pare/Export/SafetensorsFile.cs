using System.Security.Cryptography;
using System.Text;

namespace Pare.Export;

/// <summary>The content of a safetensors file.</summary>
public sealed class SafetensorsFile
{
    private readonly SortedDictionary<string, SafetensorsTensor> _tensors = new(StringComparer.Ordinal);

    internal SafetensorsFile(string source, IEnumerable<SafetensorsTensor> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        Source = source;
        Metadata = metadata;
        foreach (SafetensorsTensor tensor in tensors) _tensors.Add(tensor.Name, tensor);
    }

    /// <summary>Where it was read from, for messages.</summary>
    public string Source { get; }

    /// <summary>The tensors by name, in ordinal order of the names.</summary>
    public IReadOnlyDictionary<string, SafetensorsTensor> Tensors => _tensors;

    /// <summary>The free texts of <c>__metadata__</c>; empty when the file has none.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>A digest of names, shapes and values of the tensors; what the metadata say is not in it.</summary>
    internal string Digest
    {
        get
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            foreach (SafetensorsTensor tensor in _tensors.Values)
            {
                hash.AppendData(Encoding.UTF8.GetBytes($"{tensor.Name}\0{string.Join(',', tensor.Shape)}\0"));
                hash.AppendData(Safetensors.Bytes(tensor));
            }

            return "sha256:" + Convert.ToHexStringLower(hash.GetHashAndReset())[..32];
        }
    }

    /// <summary>The tensor of that name.</summary>
    /// <exception cref="DataException">The file has no such tensor; the message lists those it has.</exception>
    public SafetensorsTensor this[string name] => _tensors.TryGetValue(name, out SafetensorsTensor? tensor)
        ? tensor
        : throw new DataException($"The file has no tensor '{name}'.", Source, $"It has: {string.Join(", ", _tensors.Keys.Take(20))}.");
}
