using System.Runtime.InteropServices;
using System.Text.Json.Serialization;
using Pare.Kernels;

namespace Pare.Runs;

/// <summary>On what and how a run was made: what else is needed to repeat and to cite it beside the recipe.</summary>
public sealed record RunEnvironment : IRunRecord
{
    /// <summary>The version of this library, and after a plus sign the commit that it was built from.</summary>
    public static string Version => LibraryVersion.Full;

    /// <summary>What names and numbers of the file mean; a version of Pare refuses a higher one than it knows.</summary>
    public int Format { get; init => field = Checks.Format(value); } = 1;

    /// <summary>The version of the library that made the run, with its commit.</summary>
    [JsonPropertyName("pare")]
    public string PareVersion { get; init; } = Version;

    /// <summary>When the run began, in universal time.</summary>
    public required DateTimeOffset Started { get; init => field = value.ToUniversalTime(); }

    /// <summary>The command line, program first.</summary>
    public required IReadOnlyList<string> CommandLine { get; init; }

    /// <summary>The seed that everything random is drawn from.</summary>
    public required int Seed { get; init; }

    /// <summary>Threads that computed.</summary>
    public required int Threads { get; init; }

    /// <summary>Where the data came from: a path, or <c>built in</c>.</summary>
    [JsonPropertyName("data")]
    public required string DataSource { get; init; }

    /// <summary>What the data are, wherever they lie: the data set's fingerprint; null, and not written, where it is not known.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? DataFingerprint { get; init; }

    /// <summary>The widest vector instructions in use.</summary>
    public string InstructionSet { get; init; } = Simd.InstructionSet;

    /// <summary>Images that such a vector holds.</summary>
    public int Lanes { get; init; } = Simd.Lanes;

    /// <summary>What the processor calls itself.</summary>
    public string Processor { get; init; } = Kernels.Processor.Name;

    /// <summary>Processors that the system lets the program use.</summary>
    public int Processors { get; init; } = Environment.ProcessorCount;

    /// <summary>The processor's architecture.</summary>
    public string Architecture { get; init; } = RuntimeInformation.ProcessArchitecture.ToString();

    /// <summary>The operating system.</summary>
    public string Os { get; init; } = RuntimeInformation.OSDescription;

    /// <summary>The runtime.</summary>
    public string Runtime { get; init; } = RuntimeInformation.FrameworkDescription;

    /// <summary>
    /// The model whose weights the run began with, and a digest of it; null, and not written, for weights that were drawn.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? InitialWeights { get; init; }

    /// <summary>
    /// A digest of the weights that the run learned from, whose place the recipe names; null, and not written, where none teaches.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Teacher { get; init; }

    /// <summary>
    /// Where the run was interrupted and went on, in their order; null, and not written, for one that was never interrupted.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<Resumption>? Resumed { get; init; }

    /// <summary>Which images they are.</summary>
    [JsonIgnore]
    internal DataIdentity Data => new(DataSource, DataFingerprint);

    /// <summary>Reads a record that was written.</summary>
    /// <param name="file">The path of <c>environment.json</c>.</param>
    /// <returns>The record, or null when there is none or a damaged one.</returns>
    /// <exception cref="RunException">A later version of Pare wrote it in a form that this one does not know.</exception>
    public static RunEnvironment? Read(string file) => RunRecords.TryRead<RunEnvironment>(file);

    /// <summary>Reads from a written record where its data came from.</summary>
    /// <param name="file">The path of the record.</param>
    /// <returns>What <see cref="DataSource"/> was, or null when there is no such record.</returns>
    /// <exception cref="RunException">A later version of Pare wrote it in a form that this one does not know.</exception>
    public static string? ReadDataSource(string file) => Read(file)?.DataSource;

    void IRunRecord.Check()
    {
        Checks.Text(PareVersion, "pare");
        Checks.List(CommandLine, "command_line");
        Checks.Text(DataSource, "data");
        if (Resumed is not null) Checks.List(Resumed, "resumed");
    }
}
