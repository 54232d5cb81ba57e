using System.CommandLine;
using Pare.Data;
using Pare.Evaluation;
using Pare.Kernels;
using Pare.Phases;
using Pare.Recipes;
using Pare.Reporting;
using Pare.Runs;

namespace Pare.Cli.Commands;

/// <summary><c>pare down</c>: trains a recipe's phases one after another and shows what each change bought.</summary>
internal sealed class DownCommand : CliCommand
{
    private const int MostSeeds = 1000;

    private readonly CliConsole _console;
    private readonly CancellationToken _cancellation;
    private readonly Argument<string> _recipe = CommonOptions.RecipeOr("a build");
    private readonly Option<string?> _data = CommonOptions.Data();
    private readonly Option<int?> _seeds =
        CommonOptions.WholeNumber("--seeds", 1,
        "Runs per phase, each with its own seed; the table then shows mean and standard deviation. Default: the folder's number, or 1.",
        MostSeeds);
    private readonly Option<string?> _from = new("--from") { HelpName = "PHASE", Description = "Trains this phase and those after it." };
    private readonly Option<string?> _only = new("--only") { HelpName = "PHASE", Description = "Trains this phase only." };
    private readonly Option<double?> _scale = CommonOptions.PositiveNumber(
        "--epochs-scale", "Multiplies the epochs of all phases, such as 0.1 for a quick look; the accuracy target is then not checked.",
        most: 1000);

    private readonly Option<bool> _auto =
        new("--auto")
        {
            Description = "Undoes a phase that loses more validation accuracy than `tolerance` allows for the parameters that it saves.",
        };
    private readonly Option<int?> _threads = CommonOptions.Threads();
    private readonly CheckpointChoice _checkpoints = new();
    private readonly Option<string[]> _set = CommonOptions.Set();
    private readonly Option<string?> _out =
        new("--out")
        {
            HelpName = "FOLDER",
            Description = "The build's folder; the same build there is resumed. Default: runs/RECIPE-down."
        };
    private readonly Option<string?> _planOnly = CommonOptions.PlanOnly();
    private readonly Option<bool> _json = CommonOptions.Json();

    public DownCommand(CliConsole console, CancellationToken cancellation)
        : base("down", "Pares a network down: trains a recipe phase by phase and shows what each change bought.")
    {
        (_console, _cancellation) = (console, cancellation);
        Add(_recipe);
        AddOptions([_data, _seeds, _from, _only, _scale, _auto, _threads, .. _checkpoints.Options, _set, _out, _planOnly, _json]);
        Examples =
        [
            ("pare down glyphs", "built-in drawn digits, nothing to download"),
            ("pare down glyphs --seeds 3", "with mean and standard deviation; resumes where it was stopped"),
            ("pare down my.yaml --auto --epochs-scale 0.2 --out runs/look", "a quick look that leaves out what does not pay"),
        ];
        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        bool json = parsed.GetValue(_json);
        Messages messages = _console.Messages(json);
        PhasedRecipe recipe = RecipeStore.OpenPhases(parsed.GetRequiredValue(_recipe), parsed.GetValue(_set) ?? []);
        PhaseBuildOptions options = BuildOptions(parsed, recipe, messages);
        CheckPlanOnly(parsed);
        Recipe last = recipe.Resolve(recipe.Phases[^1]);

        // What --auto undoes is only known in the end.
        foreach (Recipe held in options.Auto ? [] : recipe.Held().Where(held => options.Wants(recipe, held.Phase!)))
            if (Target.CheckSize(_console, held, TargetKey(recipe, held)) is not ExitCode.Done and int missed) return missed;
        RecipeInputs.Describe(messages, recipe.Name, recipe.Description);
        messages.Fact("machine", $"{Amounts.Threads(options.Threads)}, {Simd.InstructionSet}");
        PhaseBuild.Check(recipe, options);
        Dataset data = RecipeInputs.Load(last, parsed.GetValue(_data), parsed.GetRequiredValue(_recipe), messages, _cancellation);
        foreach (Phase phase in recipe.Phases) Evaluator.CheckFit(recipe.Resolve(phase).Graph, data.Test, data.Source);
        RecipeInputs.Describe(messages, data, last);

        using var build = PhaseBuild.Open(recipe, data, options);
        messages.Exact("folder", options.Folder);
        foreach (string note in build.Notes) messages.Fact("note", note);
        if (parsed.GetValue(_planOnly) is not null)
        {
            var before = RunPlan.TryRead(options.Folder);
            PlanText.Show(messages, build.WritePlan(), options.Folder, before);
            return ExitCode.Done;
        }

        BuildRecord record = Train(build, options, messages);
        if (json) JsonOutput.WriteLine(_console.Out, record.ToJson());
        int exit = ExitCode.Done;
        foreach ((Recipe held, PhaseOutcome outcome, double? accuracy) in PhaseBuild.Held(recipe, record))
            exit = Math.Max(exit, Target.Check(_console, held, accuracy, outcome.Parameters,
                $"{options.Folder}, phase {outcome.Name}",
                "Look in the table for the phase that costs too much, give the phases more epochs", TargetKey(recipe, held)));

        return exit;
    }

    // What `--set` changes is the file, in which the last phase that sets a target has the last word.
    private static string TargetKey(PhasedRecipe recipe, Recipe held) =>
        recipe.Phases.LastOrDefault(phase => phase.HasTarget && phase.Number <= held.Phase!.Number) is { } phase
            ? $"phases.{phase.Number - 1}.{phase.Name}.set.target" : "target";

    private BuildRecord Train(PhaseBuild build, PhaseBuildOptions options, Messages messages)
    {
        try
        {
            messages.Live(static _ => "timing some steps of each network");
            var view = new BuildView(messages, build.Plan(), options, _console.Clock);
            view.ShowPlan();
            BuildRecord record = build.Run(view, _cancellation);
            if (record.Phases.Count > 0) view.ShowEnd(record, HtmlReport.Save(options.Folder, messages.LeftOut));
            return record;
        }
        catch (OperationCanceledException)
        {
            string again = string.Join(' ', options.CommandLine.Select(CommandLine.Quoted));
            messages.Line(build.HasCheckpoint
                ? $"What is done stays in {options.Folder}, with a checkpoint of the current training. To resume: {again}"
                : build.HasFinished ? $"What is done stays in {options.Folder}. To resume: {again}"
                : $"Nothing is trained yet. To begin again: {again}");
            throw;
        }
        finally
        {
            messages.EndLive();
        }
    }

    // A plan is of all phases, and none of them hangs on how another one came out.
    private void CheckPlanOnly(ParseResult parsed)
    {
        if (parsed.GetValue(_planOnly) is not { } folder) return;
        PlanText.CheckFolder(parsed.GetValue(_out), folder);
        (string Option, bool IsGiven, string Why)[] others =
        [
            (_auto.Name, parsed.GetValue(_auto), "what a phase trains then depends on the verdict on those before it"),
            (_from.Name, parsed.GetValue(_from) is not null, "a plan is of all phases"),
            (_only.Name, parsed.GetValue(_only) is not null, "a plan is of all phases"),
        ];
        foreach ((string option, bool isGiven, string why) in others)
        {
            if (isGiven)
                throw new RecipeException($"{_planOnly.Name} does not go with {option}: {why}.", option,
                    $"Leave out one of them; `pare run` takes runs by their numbers, and a build with {_auto.Name} is trained in one " +
                    "process.");
        }
    }

    // A folder says itself what is built there, with how many seeds, and whether phases may be undone.
    private PhaseBuildOptions BuildOptions(ParseResult parsed, PhasedRecipe recipe, Messages messages)
    {
        string given = parsed.GetRequiredValue(_recipe);
        string folder = parsed.GetValue(_planOnly) ?? parsed.GetValue(_out) ?? (RunPlan.IsAt(given) || BuildRecord.IsAt(given) ? given
            : Path.Combine("runs", $"{RunFolder.NameAfter(recipe.Name)}-down"));
        RunPlan? plan = folder == given && RunPlan.IsAt(folder) ? RunPlan.Read(folder) : RunPlan.TryRead(folder);
        var before = BuildRecord.TryRead(folder);
        return new PhaseBuildOptions
        {
            Folder = folder,
            Seeds = parsed.GetValue(_seeds) ?? plan?.Seeds.Count ?? before?.Seeds.Count ?? 1,
            From = parsed.GetValue(_from),
            Only = parsed.GetValue(_only),
            EpochsScale = parsed.GetValue(_scale) ?? plan?.EpochsScale ?? before?.EpochsScale ?? 1,
            Auto = parsed.GetValue(_auto) || (folder == given && before?.Auto == true),
            Threads = parsed.GetValue(_threads) ?? Environment.ProcessorCount,
            CommandLine = CommandLine.Of(parsed),
            Clock = _console.Clock,
            Runs = _checkpoints.Settings(parsed, messages),
        };
    }
}
