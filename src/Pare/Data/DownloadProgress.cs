namespace Pare.Data;

/// <summary>How far a download is.</summary>
/// <param name="File">The file that is being fetched.</param>
/// <param name="Bytes">What has arrived of all files of the data set, those already in the cache included.</param>
/// <param name="TotalBytes">The length of all files.</param>
public readonly record struct DownloadProgress(string File, long Bytes, long TotalBytes);
