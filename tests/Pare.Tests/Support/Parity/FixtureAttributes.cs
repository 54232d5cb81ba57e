using System.Text.Json;

namespace Pare.Tests.Support.Parity;

/// <summary>The attributes of a case or of a graph's node. Each must be asked for: one that the test does not know fails it.</summary>
internal sealed class FixtureAttributes(string where, JsonElement values, params string[] known)
{
    private readonly HashSet<string> _read = [.. known];

    public int Int(string key) => Get(key).GetInt32();

    public float Float(string key) => Get(key).GetSingle();

    public bool Flag(string key) => Get(key).GetBoolean();

    public string Text(string key) => Get(key).GetString()!;

    public string Text(string key, string absent) => values.TryGetProperty(key, out _) ? Text(key) : absent;

    public void AssertAllRead()
    {
        string[] unknown = [.. values.EnumerateObject().Select(static value => value.Name).Where(name => !_read.Contains(name))];
        if (unknown.Length > 0) Assert.Fail($"{where}: unknown attributes {string.Join(", ", unknown)}");
    }

    private JsonElement Get(string key)
    {
        _read.Add(key);
        return values.GetProperty(key);
    }
}
