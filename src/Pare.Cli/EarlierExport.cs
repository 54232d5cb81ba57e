using System.Security.Cryptography;
using System.Text.Json;

namespace Pare.Cli;

/// <summary>What an earlier export of the same network left in a folder, as its card says: a later one may replace it.</summary>
internal static class EarlierExport
{
    private const long MostBytes = 16 << 20;

    /// <summary>The names of the files that it wrote and nobody has changed since, each with the digest of its bytes.</summary>
    /// <param name="card">The path of its card for programs; there need be none.</param>
    /// <param name="network">The digest of the network.</param>
    public static IReadOnlyDictionary<string, string> Files(string card, string network)
    {
        var files = new Dictionary<string, string>();
        try
        {
            if (!File.Exists(card) || new FileInfo(card).Length > MostBytes) return files;
            byte[] bytes = File.ReadAllBytes(card);
            using JsonDocument json = JsonDocument.Parse(bytes);
            if (json.RootElement.GetProperty("network").GetString() != network) return files;
            files[Path.GetFileName(card)] = Digest(bytes);
            foreach (JsonProperty file in json.RootElement.GetProperty("files").EnumerateObject())
            {
                string path = Path.Combine(Path.GetDirectoryName(card)!, Path.GetFileName(file.Name));
                if (File.Exists(path) && Digest(File.ReadAllBytes(path)) == file.Value.GetString())
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

    /// <summary>What tells a file from any other.</summary>
    public static string Digest(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
