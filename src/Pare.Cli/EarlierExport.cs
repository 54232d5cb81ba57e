using System.Security.Cryptography;
using System.Text.Json;

namespace Pare.Cli;

/// <summary>What an earlier export of the same network left in a folder, as its card says: a later one may replace it.</summary>
internal static class EarlierExport
{
    private const long MostBytes = 1 << 30;

    /// <summary>The names of the files that it wrote and nobody has changed since, each with the digest of its bytes.</summary>
    /// <param name="card">The path of its card for programs; there need be none.</param>
    /// <param name="network">The digest of the network.</param>
    public static IReadOnlyDictionary<string, string> Files(string card, string network)
    {
        var files = new Dictionary<string, string>();
        try
        {
            if (Read(card) is not { } bytes) return files;
            using JsonDocument json = JsonDocument.Parse(bytes);
            if (json.RootElement.GetProperty("network").GetString() != network) return files;
            files[Path.GetFileName(card)] = Digest(bytes);
            foreach (JsonProperty file in json.RootElement.GetProperty("files").EnumerateObject())
            {
                string path = Path.Combine(Path.GetDirectoryName(card)!, Path.GetFileName(file.Name));
                if (Read(path) is { } there && Digest(there) == file.Value.GetString())
                    files[Path.GetFileName(path)] = file.Value.GetString()!;
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException or InvalidOperationException
            or KeyNotFoundException or ArgumentException)
        {
            // It is no card, or none of this version: then nothing is known to be an export's.
        }

        return files;
    }

    // A pipe, which would wait for a writer, has no length.
    private static byte[]? Read(string path) =>
        new FileInfo(path) is { Exists: true, Length: > 0 and <= MostBytes } ? File.ReadAllBytes(path) : null;

    /// <summary>What tells a file from any other.</summary>
    public static string Digest(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
