using System.Runtime.InteropServices;
using System.Text.Json;
using Pare.Kernels;

namespace Pare.Runs;

/// <summary>On what and how a run was made: what else is needed to repeat it beside the recipe.</summary>
public sealed record RunEnvironment
{
    /// <summary>The version of this library.</summary>
    public static string Version => LibraryVersion.Text;

    /// <summary>The version of the library that made the run.</summary>
    public string PareVersion { get; init; } = Version;

    /// <summary>When the run began, in universal time.</summary>
    public required DateTimeOffset Started { get; init; }

    /// <summary>The command line, program first.</summary>
    public required IReadOnlyList<string> CommandLine { get; init; }

    /// <summary>The seed that everything random is drawn from.</summary>
    public required int Seed { get; init; }

    /// <summary>Threads that computed.</summary>
    public required int Threads { get; init; }

    /// <summary>Where the data came from: a path, or <c>built in</c>.</summary>
    public required string DataSource { get; init; }

    /// <summary>Reads from a written record where its data came from.</summary>
    /// <param name="file">The path of the record.</param>
    /// <returns>What <see cref="DataSource"/> was, or null when there is no such record.</returns>
    public static string? ReadDataSource(string file)
    {
        try
        {
            using FileStream stream = File.OpenRead(file);
            using JsonDocument json = JsonDocument.Parse(stream);
            return json.RootElement.TryGetProperty("data", out JsonElement data) ? data.GetString() : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>Writes the properties into a JSON object that is open.</summary>
    /// <param name="json">The writer.</param>
    public void Write(Utf8JsonWriter json)
    {
        json.WriteString("pare", PareVersion);
        json.WriteString("started", Started.ToUniversalTime());
        json.WriteStartArray("command_line");
        foreach (string argument in CommandLine) json.WriteStringValue(argument);
        json.WriteEndArray();
        json.WriteNumber("seed", Seed);
        json.WriteNumber("threads", Threads);
        json.WriteString("data", DataSource);
        json.WriteString("instruction_set", Simd.InstructionSet);
        json.WriteNumber("lanes", Simd.Lanes);
        json.WriteNumber("processors", Environment.ProcessorCount);
        json.WriteString("architecture", RuntimeInformation.ProcessArchitecture.ToString());
        json.WriteString("os", RuntimeInformation.OSDescription);
        json.WriteString("runtime", RuntimeInformation.FrameworkDescription);
    }
}
