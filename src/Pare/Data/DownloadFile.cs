namespace Pare.Data;

/// <summary>One file of a data set that can be fetched.</summary>
/// <param name="Name">Its name in the cache.</param>
/// <param name="Sources">Where it is published, tried in this order.</param>
/// <param name="Bytes">Its length; a mirror that sends more is cut off.</param>
/// <param name="Sha256">The SHA-256 of its bytes, in hexadecimal.</param>
internal sealed record DownloadFile(string Name, IReadOnlyList<Uri> Sources, long Bytes, string Sha256);
