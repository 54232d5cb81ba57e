using System.Text;
using System.Text.Json;
using Pare.Data;

namespace Pare.Cli;

/// <summary>Writes one JSON object as one line.</summary>
internal static class JsonOutput
{
    public static void WriteObject(TextWriter writer, Action<Utf8JsonWriter> properties)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            properties(json);
            json.WriteEndObject();
        }

        WriteLine(writer, Encoding.UTF8.GetString(buffer.ToArray()));
    }

    public static void WriteLine(TextWriter writer, string json)
    {
        writer.WriteLine(json);
        writer.Flush();
    }

    public static void WriteArray<T>(Utf8JsonWriter json, string name, IEnumerable<T> items, Action<T> properties)
    {
        json.WriteStartArray(name);
        foreach (T item in items)
        {
            json.WriteStartObject();
            properties(item);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    public static void WriteClasses(Utf8JsonWriter json, IEnumerable<ClassCount> classes) =>
        WriteArray(json, "classes", classes, count =>
        {
            json.WriteString("name", count.Name);
            json.WriteNumber("train", count.Train);
            json.WriteNumber("validation", count.Validation);
            json.WriteNumber("test", count.Test);
        });

    /// <summary>Writes the ends of an interval; null where there is none.</summary>
    public static void WriteInterval(Utf8JsonWriter json, (double Low, double High)? interval)
    {
        if (interval is not (double low, double high))
        {
            json.WriteNull("interval");
            return;
        }

        json.WriteStartArray("interval");
        json.WriteNumberValue(low);
        json.WriteNumberValue(high);
        json.WriteEndArray();
    }

    /// <summary>Writes a number; null where there is none.</summary>
    public static void WriteNumber(Utf8JsonWriter json, string name, double? value)
    {
        if (value is double number) json.WriteNumber(name, number);
        else json.WriteNull(name);
    }

    public static void WriteTexts(Utf8JsonWriter json, string name, IEnumerable<string> texts)
    {
        json.WriteStartArray(name);
        foreach (string text in texts) json.WriteStringValue(text);
        json.WriteEndArray();
    }
}
