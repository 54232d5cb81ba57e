namespace Pare.Export.CSource;

/// <summary>A constant array of a file.</summary>
/// <param name="Name">Its name there.</param>
/// <param name="Type">The type of a value.</param>
/// <param name="Values">The values as C reads them.</param>
/// <param name="Bytes">The values as they lie in the memory of a little-endian machine.</param>
internal sealed record CArray(string Name, string Type, IReadOnlyList<string> Values, byte[] Bytes);
