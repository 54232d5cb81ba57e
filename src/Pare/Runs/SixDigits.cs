using System.Text.Json;
using System.Text.Json.Serialization;

namespace Pare.Runs;

/// <summary>A number with at most six digits after the point: an accuracy as it stands in a table.</summary>
internal sealed class SixDigits : JsonConverter<double>
{
    private static readonly FiniteDouble s_finite = new();

    public override bool HandleNull => true;

    public override double Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        s_finite.Read(ref reader, typeToConvert, options);

    public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options) =>
        s_finite.Write(writer, Math.Round(value, 6), options);
}
