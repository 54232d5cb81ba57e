using System.CommandLine;
using System.Globalization;
using Pare.Ablation;
using Pare.Data;
using Pare.Kernels;
using Pare.Phases;
using Pare.Recipes;
using Pare.Runs;

namespace Pare.Cli.Commands;

/// <summary><c>pare run</c>: trains one run of a plan, or several, as a cluster's task does.</summary>
internal sealed class RunCommand : CliCommand
{
    // What tells a task of an array its number: Slurm's and Kubernetes' variables.
    private static readonly string[] s_taskVariables = ["SLURM_ARRAY_TASK_ID", "JOB_COMPLETION_INDEX"];

    private const string ProcessorsVariable = "SLURM_CPUS_PER_TASK";

    private readonly CliConsole _console;
    private readonly CancellationToken _cancellation;
    private readonly Argument<string> _folder = CommonOptions.Planned();
    private readonly Option<int?> _index =
        CommonOptions.WholeNumber("--index", 0,
            "The run's number in the plan, or with --wave in the wave, from 0. Default: the array task's number, " +
            "SLURM_ARRAY_TASK_ID or JOB_COMPLETION_INDEX; with --wave outside of an array, all runs of the wave.");

    private readonly Option<int?> _wave =
        CommonOptions.WholeNumber("--wave", 0, "The wave, from 0: a set of runs that do not depend on each other.");

    private readonly Option<int?> _perTask =
        CommonOptions.WholeNumber("--per-task", 1, "Trains N runs, one after another: --index I is then the runs from I times N on.");

    private readonly Option<string?> _data = CommonOptions.Data();
    private readonly Option<int?> _threads = CommonOptions.Threads();
    private readonly CheckpointChoice _checkpoints = new();

    public RunCommand(CliConsole console, CancellationToken cancellation)
        : base("run", "Trains or resumes one run of a plan; other machines may train the others.")
    {
        (_console, _cancellation) = (console, cancellation);
        Add(_folder);
        AddOptions([_index, _wave, _perTask, _data, _threads, .. _checkpoints.Options]);
        Examples =
        [
            ("pare ablate my.yaml --plan-only study", "writes study/plan.json"),
            ("pare run study --index 3", "a run that is finished is left as it is"),
            ("pare run study --wave 0", "all that is open and that nobody else trains: on several machines at once"),
            ("pare ablate study", "collects the runs into table and report"),
        ];
        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        string folder = parsed.GetRequiredValue(_folder);
        var plan = RunPlan.Read(folder);
        (Range chosen, bool isOne) = Choose(plan, parsed);
        Messages messages = _console.Messages(json: false);
        Dataset? data = null;
        int code = ExitCode.Done;
        for (int index = chosen.Start.Value; index < chosen.End.Value; index++)
        {
            PlannedRun run = plan.Runs[index];
            if (plan.IsFinished(run, folder))
            {
                messages.Fact("finished", PlanText.Name(plan, index));
                continue;
            }

            // A task that does one run after another leaves what is another's, and does the rest all the same.
            if (!isOne && plan.HolderOf(run, folder) is { } holder)
            {
                messages.Fact("left out", $"{PlanText.Name(plan, index)}; {holder} trains it");
                continue;
            }

            try
            {
                CheckNeeds(plan, run, folder);
                data ??= Load(plan, run, folder, parsed, messages);
                messages.Fact("run", PlanText.Name(plan, index));
                Train(plan, run, folder, data, parsed, messages);
            }
            catch (RunException) when (!isOne && plan.HolderOf(run, folder) is { } other)
            {
                messages.Fact("left out", $"{PlanText.Name(plan, index)}; {other} trains it");
            }
            catch (RunException) when (!isOne && plan.IsFinished(run, folder))
            {
                messages.Fact("finished", PlanText.Name(plan, index));
            }
            catch (RunException error) when (!isOne)
            {
                int failed = ErrorReport.Write(_console, error, [.. parsed.Tokens.Select(static token => token.Value)]);
                code = code == ExitCode.Done ? failed : code;
            }
        }

        return code;
    }

    private void Train(RunPlan plan, PlannedRun run, string folder, Dataset data, ParseResult parsed, Messages messages)
    {
        IReadOnlyList<string> line = CommandLine.Of(parsed);
        int threads = Threads(parsed);
        RunSettings settings = _checkpoints.Settings(parsed, messages);
        try
        {
            if (plan.Kind == PlanKind.Build)
            {
                var options = new PhaseBuildOptions
                {
                    Folder = folder,
                    Threads = threads,
                    CommandLine = line,
                    Clock = _console.Clock,
                    Runs = settings,
                };
                RunSummary summary = PhaseBuild.Train(plan, run, data, options, new TrainingView(messages), _cancellation);
                messages.EndLive();
                messages.Fact("test", $"accuracy {Amounts.Percent(summary.TestAccuracy)}, in {Amounts.Seconds(summary.Seconds)}");
                if (summary.BalancedTestAccuracy is float balanced) UnevenClasses.ShowBalanced(messages, balanced);
                return;
            }

            using var place = AblationFolder.ForRuns(folder);
            var study = new AblationStudy(AblationPlan.Of(plan), data, place, threads, _console.Clock, line) { Settings = settings };
            AblationRun result = study.Run(run, new TrainingView(messages), _cancellation);
            messages.EndLive();
            messages.Fact("test", result.Failure is { } failure ? $"failed, which the table will say: {failure}"
                : $"accuracy {Amounts.Percent((float)result.TestAccuracy!.Value)}, in {Amounts.Seconds(result.Seconds)}");
            if (result.BalancedTestAccuracy is double share) UnevenClasses.ShowBalanced(messages, (float)share);
        }
        finally
        {
            messages.EndLive();
        }
    }

    private Dataset Load(RunPlan plan, PlannedRun run, string folder, ParseResult parsed, Messages messages)
    {
        Recipe recipe = plan.RecipeOf(run, folder);
        messages.Fact("machine", $"{Amounts.Threads(Threads(parsed))}, {Simd.InstructionSet}");
        Dataset data = RecipeInputs.Load(recipe, parsed.GetValue(_data), folder, messages, _cancellation);
        if (plan.Refuses(data) is { } other)
            throw new DataException(other, Path.GetFullPath(Path.Combine(folder, RunPlan.FileName)),
                "Give the images that it was made on, or make a plan of its own for these, in another folder.")
            { Setting = "data" };
        return data;
    }

    private static void CheckNeeds(RunPlan plan, PlannedRun run, string folder)
    {
        foreach (int need in run.Needs)
        {
            if (!plan.IsFinished(plan.Runs[need], folder))
                throw new RunException(
                    $"Run {PlanText.Name(plan, need)} is not finished, and this one learns from it.", RunPlan.PathOf(run, folder),
                    string.Create(CultureInfo.InvariantCulture,
                    $"Train it first: --index {need}; a wave is begun when those before it end."));
        }
    }

    // As many threads as the scheduler gave the task.
    private int Threads(ParseResult parsed) => parsed.GetValue(_threads)
        ?? (int.TryParse(_console.Variable(ProcessorsVariable), NumberStyles.None, CultureInfo.InvariantCulture, out int allotted)
            && allotted > 0 ? allotted : Environment.ProcessorCount);

    private (Range Runs, bool IsOne) Choose(RunPlan plan, ParseResult parsed)
    {
        Range all = 0..plan.Runs.Count;
        if (parsed.GetValue(_wave) is int wave)
        {
            PlanText.CheckWave(plan, wave);
            all = plan.Wave(wave);
        }

        int count = all.End.Value - all.Start.Value, each = parsed.GetValue(_perTask) ?? 1;
        int? index = parsed.GetValue(_index) ?? Task();
        if (index is null)
        {
            if (parsed.GetValue(_wave) is null)
                throw new RecipeException("Nothing says which run it is to be.", string.Join(" and ", s_taskVariables) + " are not set",
                    "Name it by its number, --index N, or take a whole wave, --wave 0.");
            return (all, false);
        }

        if ((long)index * each >= count)
            throw new RecipeException(
                string.Create(CultureInfo.InvariantCulture,
                $"There is no run {(long)index * each}: there are {count}, numbered from 0."), "--index", "Name one of them.");
        int first = all.Start.Value + (index.Value * each);
        return (first..(first + Math.Min(each, all.End.Value - first)), each == 1);
    }

    private int? Task()
    {
        foreach (string name in s_taskVariables)
        {
            if (_console.Variable(name) is not { Length: > 0 } text) continue;
            if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int index)) return index;
            throw new RecipeException($"{name} is '{text}', which is not the number of a run.", "the environment",
                "Name the run: --index N.");
        }

        return null;
    }
}
