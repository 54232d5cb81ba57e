using k8s;
using k8s.Models;
using Pare.Cli;
using Pare.Runs;

namespace Pare.Tests.Cli;

public sealed class SubmitCommandTests : IDisposable
{
    private readonly DownFiles _files = new();

    private string Plan => _files.Files.Folder["a plan's \"100 %\""];

    public void Dispose() => _files.Dispose();

    [Fact]
    public void A_dry_run_shows_an_array_job_a_wave()
    {
        Write(seeds: 2);
        TestCli cli = Run(ExitCode.Done, "submit", "slurm", Plan, "--dry-run", "--command", "pare", "--partition", "short",
            "--time", "1:00:00", "--cpus", "2", "--max-tasks", "3", "--sbatch", "account=mine", "--sbatch", "mem=2G");
        Assert.StartsWith("wave 0    4 runs in 4 tasks\n\n#!/bin/bash\n#SBATCH --job-name=pare-paring-0\n#SBATCH --array=0-3%3\n", cli.Out,
            StringComparison.Ordinal);
        Assert.Contains(
            $"""
            #SBATCH --ntasks=1
            #SBATCH --cpus-per-task=2
            #SBATCH --partition=short
            #SBATCH --time=1:00:00
            #SBATCH --signal=TERM@120
            #SBATCH --output="{Path.GetDirectoryName(Plan)}/a plan's \"100 %%\"/slurm/%A_%a.out"
            #SBATCH --open-mode=append
            #SBATCH --requeue
            #SBATCH --account=mine
            #SBATCH --mem=2G

            """,
            cli.Out, StringComparison.Ordinal);
        Assert.Contains($"run '{Path.GetDirectoryName(Plan)}/a plan'\\''s \"100 %\"' --wave 0 --per-task 1\n", cli.Out,
            StringComparison.Ordinal);
        Assert.Contains("\nwave 1    2 runs in 2 tasks, after wave 0: --dependency=afterok:JOB\n", cli.Out, StringComparison.Ordinal);
        Assert.Contains("trap 'scancel --signal=TERM \"$SLURM_JOB_ID.0\" &' TERM\n", cli.Out, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(Plan, "slurm")));
    }

    [Theory]
    [InlineData("USR1@60", "#SBATCH --signal=B:USR1@60\n", "' TERM USR1\n")]
    [InlineData("B:TERM@300", "#SBATCH --signal=B:TERM@300\n", "' TERM\n")]
    [InlineData("TERM@30", "#SBATCH --signal=TERM@30\n", "' TERM\n")]
    public void A_signal_that_would_end_a_run_goes_to_the_shell(string signal, string option, string trap)
    {
        Write(seeds: 1);
        string script = Run(ExitCode.Done, "submit", "slurm", Plan, "--dry-run", "--signal", signal).Out;
        Assert.Contains(option, script, StringComparison.Ordinal);
        Assert.Contains(trap, script, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--signal", "soon")]
    [InlineData("--signal", "TERM")]
    [InlineData("--signal", "KILL@60")]
    [InlineData("--signal", "B:SIGKILL@60")]
    [InlineData("--signal", "TERM@120\n")]
    [InlineData("--time", "1h")]
    [InlineData("--time", "1:2:3:4")]
    [InlineData("--time", "0 ; rm")]
    [InlineData("--time", "3")]
    [InlineData("--time", "2:59")]
    [InlineData("--time", "0:02:30")]
    [InlineData("--time", "0-0:03")]
    [InlineData("--sbatch", "=")]
    [InlineData("--sbatch", "array=1-3")]
    [InlineData("--sbatch", "array 1-3")]
    [InlineData("--sbatch", "account=a\nrm -rf /")]
    [InlineData("--command", "pare\n")]
    public void What_cannot_stand_in_a_script_is_refused(string option, string value)
    {
        Write(seeds: 1);
        Run(ExitCode.Usage, "submit", "slurm", Plan, "--dry-run", option, value);
    }

    [Fact]
    public void Each_wave_is_submitted_after_the_one_before_it()
    {
        Write(seeds: 2);
        var calls = new List<string>();
        TestCli cli = Submit(calls, arraySize: 1001);
        Assert.Equal(
            ["squeue --noheader --format=%F %o", "scontrol show config", $"sbatch --parsable {Script(0)}", "scontrol show config",
            $"sbatch --parsable --dependency=afterok:101 {Script(1)}"], calls);
        Assert.Contains("wave 0    job 101, 4 runs in 4 tasks\nwave 1    job 102, 2 runs in 2 tasks\n", cli.Out, StringComparison.Ordinal);
        Assert.Contains("--array=0-3\n", File.ReadAllText(Script(0)), StringComparison.Ordinal);
    }

    [Fact]
    public void More_runs_than_an_array_has_places_share_tasks()
    {
        Write(seeds: 5);
        TestCli cli = Submit([], arraySize: 4);
        Assert.Contains("a task trains up to 3 runs", cli.Out, StringComparison.Ordinal);
        Assert.Contains("wave 0    job 101, 10 runs in 4 tasks\n", cli.Out, StringComparison.Ordinal);
        Assert.Contains("--array=0-3\n", File.ReadAllText(Script(0)), StringComparison.Ordinal);
        Assert.Contains("--wave 0 --per-task 3\n", File.ReadAllText(Script(0)), StringComparison.Ordinal);
        Run(ExitCode.Usage, Console([], arraySize: 4), "submit", "slurm", Plan, "--per-task", "2");
    }

    [Fact]
    public void More_runs_a_task_than_there_are_is_one_task()
    {
        const string most = "2147483647";
        Write(seeds: 2);
        Assert.Contains("wave 0    4 runs in 1 task\n",
            Run(ExitCode.Done, "submit", "slurm", Plan, "--dry-run", "--per-task", most).Out, StringComparison.Ordinal);
        Assert.Contains("wave 0    job 101, 4 runs in 4 tasks\n", Submit([], arraySize: int.MaxValue).Out, StringComparison.Ordinal);
        Assert.Contains("  completions: 1\n",
            Run(ExitCode.Done, "submit", "kubernetes", Plan, "--image", "i", "--claim", "c", "--per-task", most).Out,
            StringComparison.Ordinal);
        Assert.Contains("is not finished, and this one learns from it",
            Run(ExitCode.Failed, "run", Plan, "--wave", "1", "--index", "0", "--per-task", most).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_script_that_cannot_be_written_is_told()
    {
        Write(seeds: 1);
        File.WriteAllText(Path.Combine(Plan, "slurm"), "in the way");
        string error = Run(ExitCode.Failed, Console([], arraySize: 1001), "submit", "slurm", Plan).Error;
        Assert.StartsWith("error: The script cannot be written: ", error, StringComparison.Ordinal);
        Assert.Contains($"\nwhere: {Script(0)}\n", error, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_finished_is_not_submitted_again()
    {
        Write(seeds: 2);
        foreach (string index in new[] { "0", "2", "3" }) Run(ExitCode.Done, "run", Plan, "--index", index);
        TestCli cli = Submit([], arraySize: 1001);
        Assert.Contains("wave 0    job 101, 1 run in 1 task\n", cli.Out, StringComparison.Ordinal);
        Assert.Contains("--array=1\n", File.ReadAllText(Script(0)), StringComparison.Ordinal);
        Run(ExitCode.Done, "run", Plan, "--index", "1");
        var calls = new List<string>();
        Assert.Contains("wave 0    4 runs, all finished\nwave 1    job 101, 2 runs", Submit(calls, arraySize: 1001).Out,
            StringComparison.Ordinal);
        Assert.DoesNotContain(calls, static call => call.Contains("dependency", StringComparison.Ordinal));
    }

    [Fact]
    public void Without_Slurm_and_where_it_refuses_that_is_told()
    {
        Write(seeds: 1);
        Assert.StartsWith("error: There is no sbatch here.", Run(ExitCode.Failed, "submit", "slurm", Plan).Error, StringComparison.Ordinal);
        var refusing = new TestCli(start: static (_, _) => new ProgramAnswer(1, "", "sbatch: error: invalid partition specified: short\n"));
        Assert.Equal(ExitCode.Failed, refusing.Run("submit", "slurm", Plan));
        Assert.StartsWith("error: sbatch takes no job: sbatch: error: invalid partition specified: short", refusing.Error,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Slurm_takes_ranges()
    {
        Assert.Equal("0-3,7,9-10", SlurmScript.Ranges([0, 1, 2, 3, 7, 9, 10]));
        Assert.Equal("5", SlurmScript.Ranges([5]));
    }

    [Fact]
    public void Kubernetes_gets_an_indexed_job_a_wave_by_its_own_models()
    {
        Write(seeds: 2);
        TestCli cli = Run(ExitCode.Done, "submit", "kubernetes", Plan, "--image", "registry.example/pare:0.1", "--claim", "work", "--path",
            "/pare/my plan", "--data", "/pare/data", "--namespace", "vision", "--cpus", "2", "--memory", "4Gi", "--max-tasks", "3",
            "--per-task", "2", "--retries", "5", "--grace", "90");
        V1Job[] jobs = [.. cli.Out.Split("---\n").Select(static text => KubernetesYaml.Deserialize<V1Job>(text, strict: true))];
        Assert.Equal(["pare-paring-0", "pare-paring-1"], jobs.Select(static job => job.Metadata.Name));
        Assert.All(jobs, static job =>
        {
            Assert.Equal(("batch/v1", "Job", "vision"), (job.ApiVersion, job.Kind, job.Metadata.NamespaceProperty));
            Assert.Equal("Indexed", job.Spec.CompletionMode);
            Assert.Equal(5, job.Spec.BackoffLimitPerIndex);
            Assert.Equal(job.Spec.Completions, job.Spec.MaxFailedIndexes);
            Assert.Equal("Failed", job.Spec.PodReplacementPolicy);
            Assert.Equal(["FailIndex", "Ignore"], job.Spec.PodFailurePolicy.Rules.Select(static rule => rule.Action));
            V1PodFailurePolicyOnExitCodesRequirement codes = job.Spec.PodFailurePolicy.Rules[0].OnExitCodes;
            Assert.Equal((ExitCode.Usage, ExitCode.Data, "In"), (codes.Values[0], codes.Values[1], codes.OperatorProperty));
            V1PodFailurePolicyOnPodConditionsPattern condition = Assert.Single(job.Spec.PodFailurePolicy.Rules[1].OnPodConditions);
            Assert.Equal(("DisruptionTarget", "True"), (condition.Type, condition.Status));
            V1PodSpec pod = job.Spec.Template.Spec;
            Assert.Equal(("Never", 90), (pod.RestartPolicy, pod.TerminationGracePeriodSeconds));
            V1Container container = Assert.Single(pod.Containers);
            Assert.Equal((codes.ContainerName, "registry.example/pare:0.1"), (container.Name, container.Image));
            Assert.Equal("2", container.Resources.Limits["cpu"].ToString());
            Assert.Equal("4Gi", container.Resources.Requests["memory"].ToString());
            Assert.Equal(["PARE_JOB", "PARE_INDEX", LockHolder.TaskVariable], container.Env.Select(static variable => variable.Name));
            Assert.Equal("metadata.annotations['batch.kubernetes.io/job-completion-index']",
                container.Env[1].ValueFrom.FieldRef.FieldPath);
            Assert.Equal(Assert.Single(container.VolumeMounts).Name, Assert.Single(pod.Volumes).Name);
            Assert.Equal(("/pare", "work"), (container.VolumeMounts[0].MountPath, pod.Volumes[0].PersistentVolumeClaim.ClaimName));
        });
        Assert.Equal([2, 1], jobs.Select(static job => job.Spec.Completions));
        Assert.Equal([2, 1], jobs.Select(static job => job.Spec.Parallelism));
        Assert.Equal([false, true], jobs.Select(static job => job.Spec.Suspend));
        Assert.Equal(["run", "/pare/my plan", "--wave", "1", "--per-task", "2", "--data", "/pare/data"],
            jobs[1].Spec.Template.Spec.Containers[0].Args);
        Assert.Contains("#   kubectl -n vision wait --for=condition=complete --timeout=-1s job/pare-paring-0\n", cli.Out,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_that_Kubernetes_would_refuse_is_made_one_that_it_takes()
    {
        string recipe = _files.Files.Write("odd.yaml",
            DownFiles.RecipeText.Replace("name: paring", $"name: \"_{new string('x', 80)} Größe.v2\"", StringComparison.Ordinal));
        Run(ExitCode.Done, "down", recipe, "--data", _files.Files.Data, "--plan-only", Plan);
        V1Job job = KubernetesYaml.Deserialize<V1Job>(
            Run(ExitCode.Done, "submit", "kubernetes", Plan, "--image", "i", "--claim", "c").Out, strict: true);
        Assert.Matches("^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", job.Metadata.Name);
        Assert.Equal("/pare/a plan's \"100 %\"", job.Spec.Template.Spec.Containers[0].Args[1]);
    }

    [Theory]
    [InlineData("/data/été 写真")]
    [InlineData("/data/🐈/\"a\" \\ 'b'\t\n#\u0085\u2028\ufeff")]
    public void A_path_stands_in_the_manifest_as_every_reader_of_YAML_takes_it(string data)
    {
        Write(seeds: 1);
        string[] line = ["submit", "kubernetes", Plan, "--image", "i", "--claim", "c", "--wave", "0"];
        string manifest = Run(ExitCode.Done, [.. line, "--data", data]).Out;
        Assert.Equal(data, KubernetesYaml.Deserialize<V1Job>(manifest, strict: true).Spec.Template.Spec.Containers[0].Args[^1]);

        // That of kubectl refuses half a character.
        Assert.DoesNotContain("\\uD83D", manifest, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(data.Contains("🐈", StringComparison.Ordinal), manifest.Contains("🐈", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("--claim", "c")]
    [InlineData("--image", "i")]
    [InlineData("--image", "i", "--claim", "c", "--mount", "work")]
    [InlineData("--image", "i", "--claim", "c", "--wave", "2")]
    [InlineData("--image", "an image", "--claim", "c")]
    [InlineData("--image", "i", "--claim", "Bad_Name")]
    [InlineData("--image", "i", "--claim", "c", "--namespace", "a.b")]
    [InlineData("--image", "i", "--claim", "c", "--memory", "2XB")]
    public void What_Kubernetes_needs_is_asked_for(params string[] options)
    {
        Write(seeds: 1);
        Run(ExitCode.Usage, ["submit", "kubernetes", Plan, .. options]);
    }

    private string Script(int wave) => Path.Combine(Plan, "slurm", $"wave-{wave}.sh");

    private TestCli Submit(List<string> calls, int arraySize) =>
        Run(ExitCode.Done, Console(calls, arraySize), "submit", "slurm", Plan, "--command", "pare");

    // A Slurm that takes every job and numbers them from 101.
    private static TestCli Console(List<string> calls, int arraySize) => new(start: (program, arguments) =>
    {
        calls.Add($"{program} {string.Join(' ', arguments)}");
        return program == "sbatch"
            ? new ProgramAnswer(0, $"{100 + calls.Count(static call => call.StartsWith("sbatch", StringComparison.Ordinal))};cluster\n", "")
            : new ProgramAnswer(0, $"MaxArrayTasks           = 7\nMaxArraySize            = {arraySize}\n", "");
    });

    private void Write(int seeds)
    {
        string recipe = _files.Files.Write("taught.yaml",
            DownFiles.RecipeText.Replace("label_smoothing: 0.1", "distillation: { teacher: phase:wide }", StringComparison.Ordinal));
        Run(ExitCode.Done, "down", recipe, "--data", _files.Files.Data, "--seeds", $"{seeds}", "--plan-only", Plan);
    }

    private static TestCli Run(int code, params string[] line) => Run(code, new TestCli(), line);

    private static TestCli Run(int code, TestCli cli, params string[] line)
    {
        int ended = cli.Run(line);
        Assert.True(code == ended, $"exit code {ended}: {cli.Error}");
        return cli;
    }
}
