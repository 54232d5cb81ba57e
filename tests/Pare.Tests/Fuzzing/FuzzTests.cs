using System.Globalization;
using System.Text.RegularExpressions;
using Pare.Runs;
using Pare.Tests.Support;

namespace Pare.Tests.Fuzzing;

/// <summary>
/// What strangers' files can do: nothing but what is documented comes out of a reader, in a second, and in so much memory.
/// <c>PARE_FUZZ=1000000</c> reads that many changed files each and appends what it saw to the file that <c>PARE_FUZZ_LOG</c> names, a line
/// a reader as in <c>docs/testing.md</c>; <c>PARE_FUZZ_FOUND</c> names a folder for files at which something was wrong,
/// <c>PARE_FUZZ_SEED</c> draws others.
/// </summary>
public sealed partial class FuzzTests
{
    // What the system or the library itself wrote, what was compared with a published checksum, and who reads through others of the list.
    private static readonly string[] s_ours =
    [
        "AvailableMemory.cs", "Data/Downloads.cs", "Export/CSource/CortexM4.cs", "Inference/ModelCard.cs", "Inference/PictureClassifier.cs",
        "Kernels/Processor.cs", "Reporting/Resources.cs", "Runs/AblationFolder.cs", "Runs/BuildFolder.cs", "Runs/InitialWeights.cs",
        "Runs/Interruption.cs",
    ];

    public static TheoryData<string> Names => [.. Readers.All.Select(static reader => reader.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Nothing_but_what_is_documented_comes_out_of(string name)
    {
        Reader reader = Readers.All.Single(reader => reader.Name == name);
        int inputs = Number("PARE_FUZZ", reader.Inputs), seed = Number("PARE_FUZZ_SEED", 1);
        Fuzzer.Outcome outcome = Fuzzer.Run(reader, inputs, seed, Environment.GetEnvironmentVariable("PARE_FUZZ_FOUND"));
        if (Environment.GetEnvironmentVariable("PARE_FUZZ_LOG") is { Length: > 0 } log)
            File.AppendAllText(log, string.Create(
                CultureInfo.InvariantCulture,
                $"| {name} | {outcome.Inputs:N0} | {outcome.Seconds:N0} | {outcome.Accepted:N0} | {outcome.Messages} | "
                + $"{1e3 * outcome.Slowest:N0} | {outcome.MostBytes / 1e6:N1} | {outcome.Faults.Count} |\n"));
        Assert.True(outcome.Faults.Count == 0, string.Join("\n\n", outcome.Faults));

        // Fuzzing that only ever hits the first check would show nothing.
        Assert.True(outcome.Messages > 1 || reader.IsLenient, $"{outcome.Messages} different refusals");
        Assert.True(outcome.Accepted > 0, "no changed file was taken");
    }

    // A new place that opens or parses a file must say who fuzzes it.
    [Fact]
    public void Every_place_that_reads_files_of_others_is_fuzzed()
    {
        string root = Path.GetFullPath(Path.Combine(TechniqueCard.Tests, "..", "..", "src", "Pare"));
        string[] reading = [.. Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories)
            .Where(static file => !file.Split(Path.DirectorySeparatorChar).Any(static folder => folder is "obj" or "bin"))
            .Where(static file => Reading().IsMatch(File.ReadAllText(file)))
            .Select(file => Path.GetRelativePath(root, file).Replace('\\', '/')).Order(StringComparer.Ordinal)];
        string[] fuzzed = [.. Readers.All.SelectMany(static reader => reader.Sources).Distinct().Order(StringComparer.Ordinal)];

        // Mended by a line in Readers.All, or in the list above where others of that list do the reading.
        Assert.Empty(reading.Except(fuzzed).Except(s_ours));
        Assert.Empty(fuzzed.Concat(s_ours).Except(reading));
        Assert.Empty(
            typeof(IRunRecord).Assembly.GetTypes().Where(static type => type.IsClass && type.IsAssignableTo(typeof(IRunRecord)))
                .Select(static type => $"Runs/{type.Name}.cs").Except(fuzzed));
    }

    [GeneratedRegex(@"File\.(OpenRead|OpenText|Open|ReadAll\w+|ReadLines)\b|\.OpenRead\b|FileMode\.Open\b|"
        + @"RegularFile\.((Try)?Open|ReadText)\b|RunRecords\.(Open|Read|TryRead)\b|JsonDocument\.Parse|JsonSerializer\.Deserialize|"
        + @"Parser\.ParseFrom|new StreamReader|: IRunRecord\b")]
    private static partial Regex Reading();

    private static int Number(string variable, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out int number) ? number : otherwise;
}
