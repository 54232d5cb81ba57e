using System.Text.Json;
using System.Text.Json.Serialization;

namespace Pare.Runs;

/// <summary>
/// A number as JSON knows it, which has no word for those that are not finite: they are written as null, and null is read as not a number.
/// </summary>
internal sealed class FiniteDouble : JsonConverter<double>
{
    public override bool HandleNull => true;

    public override double Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.Null) return double.NaN;
        return reader.GetDouble() is double value && double.IsFinite(value) ? value : throw new JsonException("a number is too large.");
    }

    public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options)
    {
        if (double.IsFinite(value)) writer.WriteNumberValue(value);
        else writer.WriteNullValue();
    }
}
