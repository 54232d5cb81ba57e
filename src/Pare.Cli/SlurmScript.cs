using System.Globalization;
using System.Text;

namespace Pare.Cli;

/// <summary>The batch script of one wave of a plan: an array job whose tasks train a run each, or several one after another.</summary>
internal sealed record SlurmScript
{
    /// <summary>The job's name.</summary>
    public required string Name { get; init; }

    /// <summary>The plan's folder, as the nodes see it.</summary>
    public required string Folder { get; init; }

    /// <summary>The wave.</summary>
    public required int Wave { get; init; }

    /// <summary>The numbers of the tasks, rising.</summary>
    public required IReadOnlyList<int> Tasks { get; init; }

    /// <summary>Runs a task.</summary>
    public required int PerTask { get; init; }

    /// <summary>The shell's words that start Pare.</summary>
    public required string Command { get; init; }

    /// <summary>Processors a task.</summary>
    public int Processors { get; init; } = 1;

    /// <summary>Tasks at once; null for no limit of ours.</summary>
    public int? MostTasks { get; init; }

    /// <summary>The partition; null for the cluster's own choice.</summary>
    public string? Partition { get; init; }

    /// <summary>The time limit of a task, as Slurm writes it; null for the partition's.</summary>
    public string? Time { get; init; }

    /// <summary>The signal before the time limit, as Slurm writes it, such as <c>TERM@120</c> or <c>B:USR1@60</c>.</summary>
    public string Signal { get; init; } = "TERM@120";

    /// <summary>Where the images are; null for where they were when the plan was made.</summary>
    public string? Data { get; init; }

    /// <summary>More options of sbatch, each as after <c>#SBATCH</c>.</summary>
    public IReadOnlyList<string> Options { get; init; } = [];

    /// <summary>The folder of scripts and of the tasks' messages.</summary>
    public string Place => Path.Combine(Folder, "slurm");

    /// <summary>The script's text.</summary>
    public string ToText()
    {
        var text = new StringBuilder("#!/bin/bash\n");
        void Option(string name, string value) => text.Append(CultureInfo.InvariantCulture, $"#SBATCH --{name}={Quoted(value)}\n");
        Option("job-name", Name);
        Option("array", Ranges(Tasks) + (MostTasks is int most ? Invariant($"%{most}") : ""));
        Option("ntasks", "1");
        Option("cpus-per-task", Processors.ToString(CultureInfo.InvariantCulture));
        if (Partition is not null) Option("partition", Partition);
        if (Time is not null) Option("time", Time);
        Option("signal", Signal);
        Option("output", Path.Combine(Place.Replace("%", "%%", StringComparison.Ordinal), "%A_%a.out"));
        text.Append("#SBATCH --open-mode=append\n#SBATCH --requeue\n");
        foreach (string option in Options) text.Append(CultureInfo.InvariantCulture, $"#SBATCH {option}\n");
        string data = Data is null ? "" : $" --data {CommandLine.QuotedForPosix(Data)}";
        text.Append(CultureInfo.InvariantCulture, $$"""

            # The task's number in the array says which of the wave's runs it trains; those that are finished are left as they are.
            task="${SLURM_ARRAY_JOB_ID}_${SLURM_ARRAY_TASK_ID}"
            train() {
                srun --ntasks=1 --cpus-per-task="$SLURM_CPUS_PER_TASK" {{Command}} \
                    run {{CommandLine.QuotedForPosix(Folder)}} --wave {{Wave}} --per-task {{PerTask}}{{data}}
            }

            # Pare answers TERM with a checkpoint and exit code 143. What this shell gets itself is handed on to its one step.
            trap 'scancel --signal=TERM "$SLURM_JOB_ID.0" &' {{Trapped}}
            train &
            step=$!
            wait $step
            code=$?
            while kill -0 $step 2>/dev/null; do
                wait $step
                code=$?
            done

            # This task goes on later, and no other of the array; one that was cancelled does not.
            if [ $code -eq 143 ] && ! squeue --noheader --jobs="$task" --format=%T | grep -q -e COMPLETING -e CANCELLED; then
                scontrol requeue "$task"
            fi

            exit $code

            """);
        return text.ToString();
    }

    /// <summary>Rising numbers as Slurm writes them: <c>0-3,7</c>.</summary>
    internal static string Ranges(IReadOnlyList<int> numbers)
    {
        var parts = new List<string>();
        for (int i = 0; i < numbers.Count; i++)
        {
            int first = i;
            while (i + 1 < numbers.Count && numbers[i + 1] == numbers[i] + 1) i++;
            parts.Add(first == i ? Invariant($"{numbers[i]}") : Invariant($"{numbers[first]}-{numbers[i]}"));
        }

        return string.Join(',', parts);
    }

    // TERM in any case: this shell gets it where somebody signals the whole task.
    private string Trapped => Signal.Split('@')[0].Split(':')[^1] is var name and not "TERM" ? $"TERM {name}" : "TERM";

    // As sbatch reads a line of options.
    private static string Quoted(string value) =>
        value.All(static letter => char.IsAsciiLetterOrDigit(letter) || "-_./:,@%+=".Contains(letter, StringComparison.Ordinal)) ? value
            : $"\"{value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
}
