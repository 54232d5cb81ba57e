using System.Text.Json;
using Pare.Export;

namespace Pare.Tests.Support;

/// <summary>One case of a fixture folder: what an operation is fed and what it must answer.</summary>
internal sealed class FixtureCase
{
    private readonly SafetensorsFile _file;

    public FixtureCase(JsonElement entry, string folder)
    {
        Name = entry.GetProperty("name").GetString()!;
        Kind = entry.GetProperty("kind").GetString()!;
        Tolerance = entry.GetProperty("tolerance").GetDouble();
        Attrs = entry.GetProperty("attrs");
        _file = Safetensors.Read(Path.Combine(folder, entry.GetProperty("file").GetString()!));
    }

    public string Name { get; }

    public string Kind { get; }

    public double Tolerance { get; }

    public JsonElement Attrs { get; }

    public IEnumerable<string> TensorNames => _file.Tensors.Keys;

    public bool Has(string tensor) => _file.Tensors.ContainsKey(tensor);

    public int[] Shape(string tensor) => [.. _file[tensor].Shape];

    public float[] Floats(string tensor) => _file[tensor].Floats;

    public long[] Longs(string tensor) => _file[tensor].Integers;

    /// <summary>The names behind a prefix: <c>w</c> for <c>param.w</c> under <c>param.</c>.</summary>
    public IEnumerable<string> NamesUnder(string prefix) =>
        TensorNames.Where(name => name.StartsWith(prefix, StringComparison.Ordinal)).Select(name => name[prefix.Length..]);

    public bool HasAttr(string key) => Attrs.TryGetProperty(key, out JsonElement value) && value.ValueKind != JsonValueKind.Null;

    public int Int(string key) => Attrs.GetProperty(key).GetInt32();

    public double Double(string key) => Attrs.GetProperty(key).GetDouble();

    public double Double(string key, double absent) => HasAttr(key) ? Double(key) : absent;

    public bool Flag(string key) => HasAttr(key) && Attrs.GetProperty(key).GetBoolean();

    public string Text(string key) => Attrs.GetProperty(key).GetString()!;

    /// <summary>Fails when |got - expected| / |expected| exceeds the case's tolerance.</summary>
    public void AssertNear(string tensor, ReadOnlySpan<float> got) => AssertNear(tensor, Floats(tensor), got);

    /// <summary>The same for a part of a tensor, such as one step of a trace.</summary>
    public void AssertNear(string what, ReadOnlySpan<float> expected, ReadOnlySpan<float> got)
    {
        double error = RelativeL2(expected, got);
        if (!(error <= Tolerance)) Assert.Fail($"{Name}: {what} is off by {error:g3}, more than {Tolerance:g3}");
    }

    /// <summary>|got - expected| / |expected|, both as one long vector; with an expected length of 0 the length of what was got.</summary>
    public static double RelativeL2(ReadOnlySpan<float> expected, ReadOnlySpan<float> got)
    {
        if (expected.Length != got.Length) Assert.Fail($"{got.Length} values instead of {expected.Length}");
        double difference = 0, length = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            double d = (double)got[i] - expected[i];
            difference += d * d;
            length += (double)expected[i] * expected[i];
        }

        return length == 0 ? Math.Sqrt(difference) : Math.Sqrt(difference / length);
    }
}
