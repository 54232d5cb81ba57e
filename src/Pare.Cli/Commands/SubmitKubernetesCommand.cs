using System.CommandLine;
using System.Text.RegularExpressions;
using Pare.Recipes;
using Pare.Runs;

namespace Pare.Cli.Commands;

/// <summary><c>pare submit kubernetes</c>: prints an Indexed Job a wave.</summary>
internal sealed partial class SubmitKubernetesCommand : CliCommand
{
    private const int MostProcessors = 1024, MostRetries = 1000, MostGrace = 86_400, MostIndices = 100_000;

    private readonly CliConsole _console;
    private readonly Argument<string> _folder = CommonOptions.Planned();
    private readonly Option<string?> _image = new("--image")
    {
        HelpName = "IMAGE",
        Description = "The container image, built from the repository's Dockerfile. Required.",
    };

    private readonly Option<string?> _claim = new("--claim")
    {
        HelpName = "NAME",
        Description = "The claim of the volume with the plan's folder, shared by all pods (ReadWriteMany). Required.",
    };

    private readonly Option<string?> _mount =
        new("--mount") { HelpName = "PATH", Description = "The path where the volume is mounted. Default: /pare." };
    private readonly Option<string?> _path = new("--path")
    {
        HelpName = "PATH",
        Description = "The plan's folder in the pods. Default: the folder's name below the mount.",
    };

    private readonly Option<string?> _data = CommonOptions.PlannedData();
    private readonly Option<string?> _namespace = new("--namespace") { HelpName = "NAME", Description = "The namespace." };
    private readonly Option<int?> _wave =
        CommonOptions.WholeNumber("--wave", 0, "Prints this wave alone. Default: all, with the later ones suspended.");

    private readonly Option<int?> _cpus =
        CommonOptions.WholeNumber("--cpus", 1, "Processors per pod, which is also its number of threads. Default: 1.", MostProcessors);

    private readonly Option<string?> _memory = new("--memory") { HelpName = "SIZE", Description = "Memory per pod. Default: 2Gi." };
    private readonly Option<int?> _maxTasks =
        CommonOptions.WholeNumber("--max-tasks", 1, "The largest number of pods of a wave at once.", MostIndices);
    private readonly Option<int?> _perTask = CommonOptions.WholeNumber("--per-task", 1, "Runs per pod, one after another. Default: 1.");
    private readonly Option<int?> _retries =
        CommonOptions.WholeNumber("--retries", 0, "How often a failed run is tried again. Default: 3.", MostRetries);

    private readonly Option<int?> _grace =
        CommonOptions.WholeNumber("--grace", 1, "Seconds to write a checkpoint before a pod is killed. Default: 120.", MostGrace);

    public SubmitKubernetesCommand(CliConsole console)
        : base("kubernetes", "Prints one Indexed Job per wave, for kubectl apply -f -.")
    {
        _console = console;
        Add(_folder);
        AddOptions(
            _image, _claim, _mount, _path, _data, _namespace, _wave, _cpus, _memory, _maxTasks, _perTask, _retries, _grace);
        Examples =
        [
            ("pare submit kubernetes study --image registry.example/pare --claim work | kubectl apply -f -", null),
            ("pare submit kubernetes study --image registry.example/pare --claim work --wave 1 --max-tasks 20", "20 pods at once"),
        ];
        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        string folder = parsed.GetRequiredValue(_folder);
        var plan = RunPlan.Read(folder);
        KubernetesJob pattern = Pattern(parsed, plan, folder);
        if (parsed.GetValue(_wave) is int only) PlanText.CheckWave(plan, only);
        int[] waves = parsed.GetValue(_wave) is int wave ? [wave] : [.. Enumerable.Range(0, plan.Waves)];
        for (int i = 0; i < waves.Length; i++)
        {
            int runs = plan.Wave(waves[i]).GetOffsetAndLength(plan.Runs.Count).Length;
            KubernetesJob job = pattern with
            {
                Name = Invariant($"{pattern.Name}-{waves[i]}"),
                Wave = waves[i],
                Runs = runs,
            };
            if (job.Completions > MostIndices)
                throw new RecipeException(
                    Invariant($"{job.Completions} pods are more than a Job can have, {MostIndices}."),
                    _perTask.Name, "Train several runs per pod.");
            if (i > 0) _console.Out.WriteLine("---");
            _console.Out.WriteLine($"# Wave {waves[i]}: {PlanText.Count(runs)}.");
            if (job.Suspended)
            {
                string kubectl = job.Namespace is { } space ? $"kubectl -n {space}" : "kubectl";
                _console.Out.WriteLine("# Suspended, since it needs what earlier waves train. When they are complete:");
                _console.Out.WriteLine($"#   {kubectl} wait --for=condition=complete --timeout=-1s " +
                    Invariant($"job/{pattern.Name}-{waves[i] - 1}"));
                _console.Out.WriteLine($"#   {kubectl} patch job {job.Name} -p '{{\"spec\":{{\"suspend\":false}}}}'");
            }

            _console.Out.Write(job.ToYaml());
        }

        _console.Out.Flush();
        return ExitCode.Done;
    }

    private KubernetesJob Pattern(ParseResult parsed, RunPlan plan, string folder)
    {
        string Needed(Option<string?> option) => parsed.GetValue(option)
            ?? throw new RecipeException($"{option.Name} is missing.", option.Name, $"Give it: {option.Name} {option.HelpName}.");
        string mount = parsed.GetValue(_mount) ?? "/pare";
        string name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));
        string path = parsed.GetValue(_path) ?? $"{mount.TrimEnd('/')}/{name}";
        foreach ((Option<string?> option, string place) in new[] { (_mount, mount), (_path, path) })
        {
            if (!place.StartsWith('/') || place.Any(char.IsControl))
                throw new RecipeException($"{option.Name} is '{place}'.", option.Name, "Give a path in the pods, from the root on.");
        }

        foreach ((Option<string?> option, Regex form, string remedy) in new[]
        {
            (_image, ImageForm(), "Give the image's name as for docker pull."),
            (_claim, NameForm(), "A claim has small letters, digits, hyphens and points, and begins and ends with a letter or digit."),
            (_namespace, SpaceForm(), "A namespace has small letters, digits and hyphens, and begins and ends with a letter or digit."),
            (_memory, AmountForm(), "Write it like 2Gi or 500M."),
        })
        {
            if (parsed.GetValue(option) is { } value && !form.IsMatch(value))
                throw new RecipeException($"{option.Name} is '{value}', which Kubernetes would refuse.", option.Name, remedy);
        }

        return new KubernetesJob
        {
            Name = NameOf(plan.Recipe),
            Namespace = parsed.GetValue(_namespace),
            Image = Needed(_image),
            Claim = Needed(_claim),
            Mount = mount,
            Folder = path,
            Data = parsed.GetValue(_data),
            Wave = 0,
            Runs = 0,
            PerTask = parsed.GetValue(_perTask) ?? 1,
            MostTasks = parsed.GetValue(_maxTasks),
            Processors = parsed.GetValue(_cpus) ?? 1,
            Memory = parsed.GetValue(_memory) ?? "2Gi",
            Retries = parsed.GetValue(_retries) ?? 3,
            GraceSeconds = parsed.GetValue(_grace) ?? 120,
        };
    }

    // Letters, digits and hyphens, beginning and ending with one of the former, and room for the wave's number.
    private static string NameOf(string recipe)
    {
        string name = "pare-" + NoLetter().Replace(recipe.ToLowerInvariant(), "-").Trim('-');
        return name[..Math.Min(name.Length, KubernetesJob.LongestName)].TrimEnd('-');
    }

    [GeneratedRegex(@"^[^\s]+\z")]
    private static partial Regex ImageForm();

    [GeneratedRegex(@"^(?=.{1,253}\z)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*\z")]
    private static partial Regex NameForm();

    [GeneratedRegex(@"^(?=.{1,63}\z)[a-z0-9]([a-z0-9-]*[a-z0-9])?\z")]
    private static partial Regex SpaceForm();

    [GeneratedRegex(@"^[0-9]+(\.[0-9]+)?([eE][0-9]+|[kMGTPE]|[KMGTPE]i)?\z")]
    private static partial Regex AmountForm();

    [GeneratedRegex("[^a-z0-9]+")]
    private static partial Regex NoLetter();
}
