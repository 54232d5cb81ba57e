using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Pare.Recipes;
using Pare.Runs;

namespace Pare.Cli.Commands;

/// <summary><c>pare submit slurm</c>: one array job a wave.</summary>
internal sealed partial class SubmitSlurmCommand : CliCommand
{
    // Slurm's own default: an array's numbers are below it.
    private const int UsualArraySize = 1001, MostProcessors = 1024;

    private readonly CliConsole _console;
    private readonly Argument<string> _folder = CommonOptions.Planned();
    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Shows the scripts and submits nothing." };
    private readonly Option<string?> _partition = new("--partition") { HelpName = "NAME", Description = "The partition." };
    private readonly Option<string?> _time = new("--time")
    {
        HelpName = "LIMIT",
        Description = "The time limit of a task, such as 4:00:00. A run that is not done by then is requeued and resumes.",
    };

    private readonly Option<int?> _cpus =
        CommonOptions.WholeNumber("--cpus", 1, "Processors per task, which is also its number of threads. Default: 1.", MostProcessors);

    private readonly Option<int?> _maxTasks = CommonOptions.WholeNumber("--max-tasks", 1, "The largest number of tasks of a wave at once.");
    private readonly Option<int?> _perTask =
        CommonOptions.WholeNumber("--per-task", 1,
            "Runs per task, one after another. Default: 1, or as many as the cluster's array limit requires.");

    private readonly Option<string?> _signal = new("--signal")
    {
        HelpName = "NAME@S",
        Description = "The signal and the seconds before the time limit at which it is sent; the task then saves and is requeued. " +
            "Default: TERM@120.",
    };

    private readonly Option<string[]> _sbatch = new("--sbatch")
    {
        HelpName = "OPTION",
        Description = "One more option of sbatch, such as account=mine or mem=2G; may be repeated.",
    };

    private readonly Option<string?> _data = CommonOptions.PlannedData();
    private readonly Option<string?> _command = new("--command")
    {
        HelpName = "WORDS",
        Description = "The shell command that starts Pare on a node. Default: this program.",
    };

    public SubmitSlurmCommand(CliConsole console)
        : base("slurm", "Submits one array job per wave, each starting when the one before it is done.")
    {
        _console = console;
        Add(_folder);
        AddOptions(
            _dryRun, _partition, _time, _cpus, _maxTasks, _perTask, _signal, _sbatch, _data, _command);
        Examples =
        [
            ("pare submit slurm study --dry-run", "shows what would be submitted"),
            ("pare submit slurm study --partition short --time 1:00:00 --cpus 2 --max-tasks 50", null),
            ("pare submit slurm study --sbatch account=mine --signal B:USR1@300", null),
        ];
        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        string folder = Path.GetFullPath(parsed.GetRequiredValue(_folder));
        var plan = RunPlan.Read(folder);
        Messages messages = _console.Messages(json: false);
        bool dry = parsed.GetValue(_dryRun);
        SlurmScript pattern = Pattern(parsed, plan, folder);
        if (!dry) CheckQueue(pattern.Place);
        IReadOnlyList<RunProgress> runs = RunProgress.Of(plan, folder);
        string? before = null;
        for (int wave = 0; wave < plan.Waves; wave++)
        {
            (int offset, int count) = plan.Wave(wave).GetOffsetAndLength(plan.Runs.Count);
            bool[] open = [.. runs.Skip(offset).Take(count).Select(static run => run.State is not (RunState.Finished or RunState.Failed))];
            int each = PerTask(parsed, count, messages);
            int[] tasks =
                [.. Enumerable.Range(0, 1 + ((count - 1) / each)).Where(task => open.Skip(task * each).Take(each).Contains(true))];
            string title = string.Create(CultureInfo.InvariantCulture, $"wave {wave}");
            if (tasks.Length == 0)
            {
                messages.Fact(title, $"{PlanText.Count(count)}, all finished");
                continue;
            }

            SlurmScript script = pattern with { Name = $"{pattern.Name}-{wave}", Wave = wave, Tasks = tasks, PerTask = each };
            string what = $"{PlanText.Count(open.Count(static isOpen => isOpen))} in {Amounts.Count(tasks.Length)} "
                + (tasks.Length == 1 ? "task" : "tasks");
            if (dry)
            {
                messages.Fact(title, before is null ? what : $"{what}, after {before}: --dependency=afterok:JOB");
                messages.Line();
                foreach (string line in script.ToText().TrimEnd().Split('\n')) messages.Line(line);
                messages.Line();
                before = title;
                continue;
            }

            before = Submit(script, before);
            messages.Fact(title, $"job {before}, {what}");
        }

        if (!dry) messages.Exact("messages", pattern.Place);
        messages.Exact("then", $"pare status {CommandLine.Quoted(folder)}");
        messages.Exact("finally", PlanText.Gather(plan, folder));
        return ExitCode.Done;
    }

    private SlurmScript Pattern(ParseResult parsed, RunPlan plan, string folder)
    {
        string signal = parsed.GetValue(_signal) ?? "TERM@120";
        if (!SignalForm().IsMatch(signal))
            throw new RecipeException($"{_signal.Name} is '{signal}'.", _signal.Name,
                "Write it like TERM@120, or B:USR1@60 for the batch shell.");

        // Another signal than TERM would end what it reaches: it goes to the shell, which hands TERM on.
        bool isForPare = signal.Contains(':', StringComparison.Ordinal) || signal.StartsWith("TERM@", StringComparison.Ordinal);
        if (!isForPare) signal = $"B:{signal}";
        if (signal.Split('@')[0].Split(':')[^1] is "KILL" or "STOP" or "SIGKILL" or "SIGSTOP")
            throw new RecipeException($"{_signal.Name} is '{signal}', which nothing can answer: a task would end without saving.",
                _signal.Name, "Write it like TERM@120, or B:USR1@60 for the batch shell.");
        if (parsed.GetValue(_time) is { } time && !TimeForm().IsMatch(time))
            throw new RecipeException($"{_time.Name} is '{time}', which is no time of Slurm.", _time.Name,
                "Write minutes, hours as 4:00:00, days as 1-12:00:00, or UNLIMITED.");
        var ahead = TimeSpan.FromSeconds(int.Parse(signal.Split('@')[1], CultureInfo.InvariantCulture));

        // Slurm may be up to a minute early.
        if (parsed.GetValue(_time) is { } limit && Limit(limit) is { } length && length <= ahead + TimeSpan.FromMinutes(1))
            throw new RecipeException(
                $"{_time.Name} is '{limit}', and {signal} would stop a task before it has begun to train, again and again.", _time.Name,
                Invariant($"Use more than {Math.Floor(ahead.TotalMinutes) + 2} minutes, or less ahead: {_signal.Name} TERM@30."));
        foreach (string option in parsed.GetValue(_sbatch) ?? [])
        {
            if (!OptionForm().IsMatch(option))
                throw new RecipeException($"{_sbatch.Name} is '{option}', which names no option.", _sbatch.Name,
                    "Write it like account=mine or mem=2G.");
            if (ArrayOption().IsMatch(option))
                throw new RecipeException($"{_sbatch.Name} is '{option}', and which tasks there are follows from the plan.", _sbatch.Name,
                    $"Leave it out; {_maxTasks.Name} limits how many run at once.");
        }

        foreach (string value in new[] { folder, parsed.GetValue(_partition), parsed.GetValue(_time), parsed.GetValue(_data),
            parsed.GetValue(_command) }.Concat(parsed.GetValue(_sbatch) ?? []).OfType<string>())
        {
            if (value.Any(char.IsControl))
                throw new RecipeException("A line of a script cannot hold a line break or a control character.", Printable.Text(value),
                    "Use other names.");
        }

        return new SlurmScript
        {
            Name = "pare-" + Plain().Replace(plan.Recipe, "-"),
            Folder = folder,
            Wave = 0,
            Tasks = [],
            PerTask = 1,
            Command = parsed.GetValue(_command) ?? ThisProgram(),
            Processors = parsed.GetValue(_cpus) ?? 1,
            MostTasks = parsed.GetValue(_maxTasks),
            Partition = parsed.GetValue(_partition),
            Time = parsed.GetValue(_time),
            Signal = signal,
            Data = parsed.GetValue(_data) is { } data ? Path.GetFullPath(data) : null,
            Options = [.. (parsed.GetValue(_sbatch) ?? []).Select(static option => option.StartsWith('-') ? option : $"--{option}")],
        };
    }

    // As Slurm reads it; null for none.
    private static TimeSpan? Limit(string time)
    {
        string[] parts = time.Split('-');
        if (!char.IsAsciiDigit(time[0])) return null;
        double[] numbers = [.. parts[^1].Split(':').Select(static part => double.Parse(part, CultureInfo.InvariantCulture))];
        double days = parts.Length == 2 ? double.Parse(parts[0], CultureInfo.InvariantCulture) : 0;

        // Days are followed by hours; without them two numbers are minutes and seconds, and one is minutes.
        double[] hours = parts.Length == 2 || numbers.Length == 3 ? numbers : [0, .. numbers];
        double seconds = hours.Select(static (number, place) => number * (place == 0 ? 3600 : place == 1 ? 60 : 1)).Sum();
        return (days * 86400) + seconds is var all && all < TimeSpan.MaxValue.TotalSeconds / 2 ? TimeSpan.FromSeconds(all) : null;
    }

    // Two tasks that train the same run stand in each other's way: the second fails, and with it all waves after its own.
    private void CheckQueue(string place)
    {
        if (_console.Start("squeue", ["--noheader", "--format=%F %o"]) is not { Code: 0 } answer) return;
        string[] jobs =
        [
            .. answer.Out.Split('\n').Select(static line => line.Split(' ', 2))
                .Where(line => line.Length == 2 && Path.GetDirectoryName(line[1].TrimEnd()) == place)
                .Select(static line => line[0]).Distinct(),
        ];
        if (jobs.Length > 0)
            throw new RunException($"This plan is in the queue already: job {string.Join(", ", jobs)}.", Path.GetDirectoryName(place)!,
                $"Wait until it is done, or end it first: scancel {string.Join(' ', jobs)}.");
    }

    private int PerTask(ParseResult parsed, int runs, Messages messages)
    {
        int most = ArrayLimit(), least = 1 + ((runs - 1) / most);
        if (parsed.GetValue(_perTask) is int each)
        {
            if (each < least)
                throw new RecipeException(
                    string.Create(CultureInfo.InvariantCulture,
                    $"{runs} runs with {each} a task are more tasks than an array of this cluster can have, {most}."), _perTask.Name,
                    string.Create(CultureInfo.InvariantCulture, $"Use {least} or more, or none for what fits."));
            return each;
        }

        if (least > 1)
            messages.Fact("note", string.Create(CultureInfo.InvariantCulture,
                $"an array of this cluster has at most {most} tasks (MaxArraySize), so that a task trains up to {least} runs"));
        return least;
    }

    private int ArrayLimit()
    {
        if (_console.Start("scontrol", ["show", "config"]) is not { Code: 0 } answer) return UsualArraySize;
        Match found = ArraySize().Match(answer.Out);
        return found.Success && int.TryParse(found.Groups[1].Value, CultureInfo.InvariantCulture, out int size) && size > 0 ? size
            : UsualArraySize;
    }

    // The number of the job.
    private string Submit(SlurmScript script, string? before)
    {
        string file = Path.Combine(script.Place, string.Create(CultureInfo.InvariantCulture, $"wave-{script.Wave}.sh"));
        try
        {
            Directory.CreateDirectory(script.Place);
            WholeFile.Write(file, stream => stream.Write(Encoding.UTF8.GetBytes(script.ToText())));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new RunException($"The script cannot be written: {error.Message}", file,
                "See that there is space and that the plan's folder may be written to, and submit again.", error);
        }

        string[] arguments = ["--parsable", .. before is null ? Array.Empty<string>() : [$"--dependency=afterok:{before}"], file];
        if (_console.Start("sbatch", arguments) is not { } answer)
            throw new RunException("There is no sbatch here.", file,
                "Submit on a machine of the cluster, or look at the scripts with --dry-run.");
        string job = answer.Out.Trim().Split(';')[0];
        if (answer.Code == 0 && job.Length > 0 && job.All(char.IsAsciiDigit)) return job;
        string said = answer.Error.Trim().ReplaceLineEndings(" ");
        throw new RunException($"sbatch takes no job: {(said.Length > 0 ? said : answer.Out.Trim())}", file,
            before is null ? "Correct the options; nothing was submitted."
                : $"Correct the options and submit again: what is submitted, up to job {before}, leaves out what is finished.");
    }

    // The runtime's own program starts others; a native one starts itself.
    private static string ThisProgram()
    {
        string program = Environment.ProcessPath ?? "pare", library = Path.Combine(AppContext.BaseDirectory, "Pare.Cli.dll");
        return Path.GetFileNameWithoutExtension(program) == "dotnet"
            ? $"{CommandLine.QuotedForPosix(program)} {CommandLine.QuotedForPosix(library)}" : CommandLine.QuotedForPosix(program);
    }

    [GeneratedRegex(@"^(R?B?:)?(SIG)?[A-Z][A-Z0-9]*@[0-9]{1,5}\z")]
    private static partial Regex SignalForm();

    // Minutes, minutes:seconds, hours:minutes:seconds, days-hours and so on.
    [GeneratedRegex(@"^([0-9]+(:[0-9]{1,2}){0,2}|[0-9]+-[0-9]{1,2}(:[0-9]{1,2}){0,2}|UNLIMITED|INFINITE)\z", RegexOptions.IgnoreCase)]
    private static partial Regex TimeForm();

    [GeneratedRegex("^-{0,2}[A-Za-z]")]
    private static partial Regex OptionForm();

    [GeneratedRegex("^(--)?array([= ]|$)|^-a")]
    private static partial Regex ArrayOption();

    [GeneratedRegex(@"^MaxArraySize\s*=\s*([0-9]+)", RegexOptions.Multiline)]
    private static partial Regex ArraySize();

    [GeneratedRegex("[^A-Za-z0-9_.-]+")]
    private static partial Regex Plain();
}
