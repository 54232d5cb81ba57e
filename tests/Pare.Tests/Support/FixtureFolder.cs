using System.Text.Json;

namespace Pare.Tests.Support;

/// <summary>The parity fixtures: the folder named by <c>PARE_FIXTURES</c>, or the copy that lies beside the tests.</summary>
internal static class FixtureFolder
{
    public static string Path => Environment.GetEnvironmentVariable("PARE_FIXTURES") is { Length: > 0 } path
        ? path
        : System.IO.Path.Combine(AppContext.BaseDirectory, "Fixtures");

    /// <summary>All cases of <c>index.json</c>, in its order.</summary>
    public static IReadOnlyList<FixtureCase> Load() => Load(static _ => true);

    /// <summary>The cases of one kind.</summary>
    public static IReadOnlyList<FixtureCase> Load(string kind) => Load(found => found == kind);

    private static List<FixtureCase> Load(Predicate<string> wanted)
    {
        string folder = Path;
        // Not disposed: the attributes of the cases point into it.
        var index = JsonDocument.Parse(File.ReadAllBytes(System.IO.Path.Combine(folder, "index.json")));
        var cases = new List<FixtureCase>();
        foreach (JsonElement entry in index.RootElement.GetProperty("cases").EnumerateArray())
        {
            if (wanted(entry.GetProperty("kind").GetString()!)) cases.Add(new FixtureCase(entry, folder));
        }

        return cases;
    }
}
