using System.Text;
using System.Text.Json;

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

        writer.WriteLine(Encoding.UTF8.GetString(buffer.ToArray()));
        writer.Flush();
    }
}
