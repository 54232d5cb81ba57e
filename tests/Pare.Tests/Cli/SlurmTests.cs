using System.Diagnostics;
using System.Runtime.InteropServices;
using Pare.Cli;
using Pare.Runs;
using Pare.Tests.Support;

namespace Pare.Tests.Cli;

/// <summary>What only a real Slurm shows: tasks on several nodes, one of which dies, and one task that is sent away.</summary>
public sealed class SlurmTests : IDisposable
{
    private readonly CliData _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void An_ablation_over_two_nodes_survives_a_dead_node_and_a_signal_and_comes_to_the_table_of_one_machine()
    {
        using var cluster = new SlurmCluster();
        string recipe = _files.Write("four.yaml", CliData.RecipeText.Replace("epochs: 3", "epochs: 5000", StringComparison.Ordinal)
            + "\ntechniques: { label_smoothing: 0.3, mixup: 0.2, ema: { decay: 0.9 } }\n");
        string folder = _files.Folder["over two nodes"], whole = _files.Folder["whole"];
        Run(new TestCli(), "ablate", recipe, "--data", _files.Data, "--seeds", "3", "--plan-only", folder);
        var plan = RunPlan.Read(folder);
        Assert.Equal(12, plan.Runs.Count);

        var submitting = new TestCli(start: (program, arguments) =>
        {
            (int code, string output, string error) = cluster.TryRun(program, arguments);
            return new ProgramAnswer(code, output, error);
        });
        long start = Stopwatch.GetTimestamp();
        Run(submitting, "submit", "slurm", folder, "--command", $"'{Host}' '{Path.Combine(AppContext.BaseDirectory, "Pare.Cli.dll")}'");
        string job = submitting.Out.Split("job ")[1].Split(',')[0];
        int killed = WaitForTask(cluster, plan, folder, job, "n2", except: -1);
        cluster.Kill("n2");
        int signalled = WaitForTask(cluster, plan, folder, job, "n1", except: killed);
        cluster.Terminate($"{job}_{signalled}");
        cluster.Revive("n2");
        WaitFor("the end", () => cluster.Run("squeue", "-h", "-j", job).Trim().Length == 0);
        TimeSpan over = Stopwatch.GetElapsedTime(start);
        foreach (int task in new[] { killed, signalled })
        {
            string told = cluster.Run("scontrol", "-o", "show", "job", $"{job}_{task}");
            Assert.Matches(" JobState=COMPLETED .* Restarts=1 ", told);
        }

        Assert.Contains("Stopping; what is done is kept.", File.ReadAllText(Path.Combine(folder, "slurm", $"{job}_{signalled}.out")),
            StringComparison.Ordinal);
        var gathered = new TestCli();
        Run(gathered, "ablate", folder, "--json");
        Assert.Contains("12 runs are in the folder already", gathered.Error, StringComparison.Ordinal);
        var alone = new TestCli();
        start = Stopwatch.GetTimestamp();
        Run(alone, "ablate", recipe, "--data", _files.Data, "--seeds", "3", "--threads", "1", "--json", "--out", whole);
        Assert.Equal(RunCommandTests.WithoutTimes(alone.Out), RunCommandTests.WithoutTimes(gathered.Out));
        TestContext.Current.SendDiagnosticMessage(
            $"12 runs over two nodes: {over.TotalSeconds:F0} s; in one process, one thread: "
            + $"{Stopwatch.GetElapsedTime(start).TotalSeconds:F0} s");
    }

    [Fact]
    public void A_task_that_is_cancelled_is_not_begun_again()
    {
        using var cluster = new SlurmCluster();
        string recipe = _files.Write("long.yaml", CliData.RecipeText.Replace("epochs: 3", "epochs: 500000", StringComparison.Ordinal)
            + "\ntechniques: { label_smoothing: 0.3 }\n");
        string folder = _files.Folder["cancelled"];
        Run(new TestCli(), "ablate", recipe, "--data", _files.Data, "--plan-only", folder);
        TestCli Submitting() => new(start: (program, arguments) =>
        {
            (int code, string output, string error) = cluster.TryRun(program, arguments);
            return new ProgramAnswer(code, output, error);
        });
        string[] submit = ["submit", "slurm", folder, "--command", $"'{Host}' '{Path.Combine(AppContext.BaseDirectory, "Pare.Cli.dll")}'"];
        TestCli submitting = Submitting(), again = Submitting();
        Run(submitting, submit);
        string job = submitting.Out.Split("job ")[1].Split(',')[0];
        Assert.Equal(ExitCode.Failed, again.Run(submit));
        Assert.Contains($"job {job}", again.Error, StringComparison.Ordinal);
        var plan = RunPlan.Read(folder);
        int task = WaitForTask(cluster, plan, folder, job, "n1", except: -1);
        cluster.Run("scancel", job);
        WaitFor("the end", () => cluster.Run("squeue", "-h", "-j", job).Trim().Length == 0);
        Assert.Matches(" JobState=CANCELLED .* Restarts=0 ", cluster.Run("scontrol", "-o", "show", "job", $"{job}_{task}"));
    }

    private static string Host =>
        Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", "dotnet"));

    // The number of a task that trains on a node at this moment.
    private static int WaitForTask(SlurmCluster cluster, RunPlan plan, string folder, string job, string node, int except)
    {
        int found = -1;
        WaitFor($"task on {node}", () =>
        {
            foreach (string line in cluster.Run("squeue", "-h", "-r", "-t", "R", "-j", job, "-o", "%K %N").Split('\n'))
            {
                if (line.Split(' ') is not [var task, var place] || place != node || !int.TryParse(task, out int index) || index == except)
                    continue;
                if (plan.HolderOf(plan.Runs[index], folder) is not null) found = index;
            }

            return found >= 0;
        });
        return found;
    }

    private static void WaitFor(string what, Func<bool> isThere)
    {
        long start = Stopwatch.GetTimestamp();
        while (!isThere())
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromMinutes(5), $"no {what}");
            Thread.Sleep(50);
        }
    }

    private static void Run(TestCli cli, params string[] line)
    {
        int code = cli.Run(line);
        Assert.True(code == ExitCode.Done, $"exit code {code}: {cli.Error}");
    }
}
