using System.Text.Json;
using System.Text.Json.Serialization;

namespace Pare.Runs;

/// <summary>
/// A number as JSON knows it, which has no word for those that are not finite: they are written as null, and null is read as not a number.
/// </summary>
internal sealed class FiniteSingle : JsonConverter<float>
{
    public override bool HandleNull => true;

    public override float Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.Null) return float.NaN;
        return reader.GetSingle() is float value && float.IsFinite(value) ? value : throw new JsonException("a number is too large.");
    }

    public override void Write(Utf8JsonWriter writer, float value, JsonSerializerOptions options)
    {
        if (float.IsFinite(value)) writer.WriteNumberValue(value);
        else writer.WriteNullValue();
    }
}
