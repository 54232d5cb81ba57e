using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Pare.Tests.Cli;

namespace Pare.Tests.Runs;

/// <summary>
/// Runs <c>pare train</c>, <c>down</c> and <c>ablate</c> as processes of their own on a recipe in which everything is on that a checkpoint
/// has to carry, and says what lies in their folders.
/// </summary>
internal sealed partial class CrashRig : IDisposable
{
    private const string RecipeText = """
        name: crash
        dataset: { name: mnist }
        model:
          input: 1x8x8
          layers:
            - conv: { channels: 4, stride: 2 }
            - batch_norm
            - relu
            - dropout: 0.1
            - flatten
            - linear: 10
        training:
          epochs: EPOCHS
          batch_size: 20
          validation: 0.2
          optimizer: { adamw: { weight_decay: 0.01 } }
          schedule: { one_cycle: { peak_rate: 0.01 } }
        techniques: { swa: { start: 0 }, sam: 0.05, mixup: 0.2, random_crop: true }
        train: averaged
        phases:
          - averaged: { target: everything }
          - moving:
              target: the other average
              set:
                techniques: { swa: false, ema: 0.9 }
        """;

    // What differs from run to run: times, and that a run went on.
    private static readonly string[] s_times =
        ["seconds", "images_per_second", "latency_milliseconds", "started", "command_line", "run", "resumed"];

    private readonly CliData _files = new();
    private readonly string _recipe, _minutes;

    /// <param name="epochs">Epochs of each training, of four steps each.</param>
    /// <param name="minutes">Minutes from checkpoint to checkpoint.</param>
    public CrashRig(int epochs, double minutes)
    {
        _recipe = _files.Write("crash.yaml",
            RecipeText.Replace("EPOCHS", epochs.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal));
        _minutes = minutes.ToString("F9", CultureInfo.InvariantCulture);
    }

    /// <summary>A folder of the rig.</summary>
    public string this[string name] => _files.Folder[name];

    /// <summary>Starts a command.</summary>
    /// <param name="command">train, down or ablate.</param>
    /// <param name="folder">Its folder.</param>
    /// <param name="environment">Further variables.</param>
    public Process Start(string command, string folder, params (string Name, string Value)[] environment)
    {
        string host = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", "dotnet"));
        var start = new ProcessStartInfo(host,
        [
            Path.Combine(AppContext.BaseDirectory, "Pare.Cli.dll"), command, _recipe, "--data", _files.Data, "--out", folder,
            "--threads", "1", "--checkpoint-minutes", _minutes,
            .. command == "ablate" ? ["--seeds", "1"] : Array.Empty<string>(),
        ])
        { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach ((string name, string value) in environment) start.Environment[name] = value;
        return Process.Start(start)!;
    }

    /// <summary>Runs a command to its end.</summary>
    public (int Code, string Output) Run(string command, string folder, params (string Name, string Value)[] environment)
    {
        using Process process = Start(command, folder, environment);
        return Finish(process);
    }

    /// <summary>What a process ended with and wrote.</summary>
    public static (int Code, string Output) Finish(Process process)
    {
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        Assert.True(process.WaitForExit(TimeSpan.FromMinutes(3)), "the command did not end");
        return (process.ExitCode, output + error.Result);
    }

    /// <summary>
    /// Each file below a folder with its content, times left out. What a killed writer left behind does not count: a later start sweeps it.
    /// </summary>
    public static SortedDictionary<string, string> Content(string folder)
    {
        var content = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (string file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        {
            if (!WholeFile.IsLeftover(file))
                content.Add(EventTime().Replace(Path.GetRelativePath(folder, file), "tfevents"), ContentOf(file));
        }

        return content;
    }

    public void Dispose() => _files.Dispose();

    private static string ContentOf(string file)
    {
        string name = Path.GetFileName(file);
        if (name.EndsWith(".json", StringComparison.Ordinal)) return Without(JsonNode.Parse(File.ReadAllText(file)))!.ToJsonString();
        if (name == "metrics.csv")
            return string.Join('\n', File.ReadLines(file).Select(static row => string.Join(',', row.Split(',').Take(6))));
        if (name == "metrics.jsonl")
            return string.Join('\n', File.ReadLines(file).Select(static row => row.Split(",\"seconds\"")[0]));
        if (name.StartsWith("events", StringComparison.Ordinal)) return new FileInfo(file).Length.ToString(CultureInfo.InvariantCulture);

        // Tables and reports are made of the others, with times in them.
        return Path.GetExtension(name) is ".safetensors" or ".yaml" ? Convert.ToHexString(File.ReadAllBytes(file)) : "there";
    }

    private static JsonNode? Without(JsonNode? node)
    {
        if (node is JsonObject record)
        {
            foreach (string name in s_times) record.Remove(name);
            foreach ((_, JsonNode? value) in record) Without(value);
        }
        else if (node is JsonArray list)
        {
            foreach (JsonNode? item in list) Without(item);
        }

        return node;
    }

    [GeneratedRegex(@"tfevents\.\d+")]
    private static partial Regex EventTime();
}
