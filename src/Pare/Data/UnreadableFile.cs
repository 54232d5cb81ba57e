namespace Pare.Data;

/// <summary>A file that does not decode.</summary>
/// <param name="Path">Its path below the folder or in the archive.</param>
/// <param name="Reason">What is wrong with it, as the rest of a sentence.</param>
public sealed record UnreadableFile(string Path, string Reason);
