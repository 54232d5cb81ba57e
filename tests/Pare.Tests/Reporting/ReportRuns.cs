using System.Xml.Linq;
using Pare.Cli;
using Pare.Tests.Cli;

namespace Pare.Tests.Reporting;

/// <summary>Small runs and builds to report on, and their reports as XML.</summary>
internal sealed class ReportRuns : IDisposable
{
    public CliData Files { get; } = new();

    public string this[string name] => Files.Folder[name];

    public void Train(string name, params string[] more) => Assert.Equal(
        ExitCode.Done, new TestCli().Run(["train", Files.Recipe, "--data", Files.Data, "--out", this[name], "--threads", "1", .. more]));

    /// <summary>A build of two phases of two seeds, the last undone.</summary>
    public string Build()
    {
        foreach (
            string run in new[] { "build/01-baseline/seed-1", "build/01-baseline/seed-2", "build/02-wide/seed-1", "build/02-wide/seed-2" })
            Train(run, "--seed", run[^1..], "--set",
                $"model.layers.0.conv.channels={(run.Contains("wide", StringComparison.Ordinal) ? 8 : 4)}");
        Files.Write("build/build.json", """
            { "recipe": "tiny", "description": "rows & columns", "seeds": [1, 2], "epochs_scale": 1, "auto": true, "phases": [
              { "name": "baseline", "target": "something to <measure> against", "change": "", "parameters": 250, "macs": 1312, "runs": ["01-baseline/seed-1", "01-baseline/seed-2"],
                "train": { "mean": 0.95, "sd": 0.01 }, "validation": { "mean": 0.92, "sd": 0.02 }, "test": { "mean": 0.9123, "sd": 0.0045 }, "gap": 0.0377, "seconds": 1.5, "kept": true, "why": "what the others are measured against" },
              { "name": "wide", "target": "", "change": "model.layers.0.conv.channels: 8", "parameters": 494, "macs": 2624, "runs": ["02-wide/seed-1", "02-wide/seed-2", "02-wide/seed-3"],
                "train": { "mean": 0.96, "sd": 0 }, "validation": null, "test": { "mean": 0.9, "sd": 0.01 }, "gap": 0.06, "seconds": 2, "kept": false, "why": "+98 % parameters" } ],
              "environment": { "pare": "0.1.0", "started": "2026-01-02T03:04:05+00:00", "command_line": ["pare", "down", "my recipe.yaml"], "seed": 1, "threads": 2, "data": "built in" }, "finished": true }
            """);
        return this["build"];
    }

    public static XElement Read(string file)
    {
        string text = File.ReadAllText(file);
        Assert.StartsWith("<!DOCTYPE html>\n", text, StringComparison.Ordinal);
        return XElement.Parse(text["<!DOCTYPE html>\n".Length..], LoadOptions.PreserveWhitespace);
    }

    public static string[] Headings(XElement page) => [.. page.Descendants("h2").Select(static heading => heading.Value)];

    public void Dispose() => Files.Dispose();
}
