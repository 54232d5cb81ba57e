using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Serialization;

namespace Pare.Runs;

/// <summary>
/// Who works in a folder, as it stands in the folder's lock: enough to tell a process that is gone from one that goes on, and to name it
/// to who is refused.
/// </summary>
internal sealed record LockHolder : IRunRecord
{
    /// <summary>
    /// The environment variable in which a scheduler names a task that it never runs twice at once, so that a restart knows its predecessor
    /// to be gone, on whatever machine it ran. Slurm's own variables are read without it.
    /// </summary>
    public const string TaskVariable = "PARE_TASK";

    // The first namespace of a kernel, which is a machine's own; those of containers have other numbers.
    private const string MachineNamespace = "pid:[4026531836]";

    /// <summary>A lock is no longer than this.</summary>
    public static long MostBytes => 1 << 16;

    /// <summary>The command that works there.</summary>
    public required string Command { get; init; }

    /// <summary>The machine's name.</summary>
    public required string Host { get; init; }

    /// <summary>The number of the process.</summary>
    public required int Process { get; init; }

    /// <summary>When the process began, in units of its own: the number of a process that is gone is given to others.</summary>
    public required long Began { get; init; }

    /// <summary>Since when the folder is held, in universal time.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>Tells two holders apart, also of one process.</summary>
    public required Guid Token { get; init; }

    /// <summary>The start of the machine's kernel; null where the system does not number them.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Boot { get; init; }

    /// <summary>The machine, beyond its name.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Machine { get; init; }

    /// <summary>Where the number of the process counts: containers on one kernel have their own.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Namespace { get; init; }

    /// <summary>The task of a scheduler; null outside of one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Task { get; init; }

    /// <summary>How often the scheduler had started the task again; null where it does not count.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? TaskRestarts { get; init; }

    /// <summary>This process.</summary>
    public static LockHolder Current(string command)
    {
        (string? task, int? restarts) = SchedulerTask();
        return new LockHolder
        {
            Command = command,
            Host = Environment.MachineName,
            Process = Environment.ProcessId,
            Began = Start(Environment.ProcessId) ?? 0,
            Since = DateTimeOffset.UtcNow,
            Token = Guid.NewGuid(),
            Boot = Line("/proc/sys/kernel/random/boot_id"),
            Machine = Line("/etc/machine-id"),
            Namespace = OperatingSystem.IsLinux() ? LinkTarget("/proc/self/ns/pid") : null,
            Task = task,
            TaskRestarts = restarts,
        };
    }

    /// <summary>What can be known of this holder from the process that asks.</summary>
    /// <param name="asking">The process that asks.</param>
    public HolderStanding SeenBy(LockHolder asking)
    {
        bool isSameKernel = Boot is not null ? Boot == asking.Boot : asking.Boot is null && Host == asking.Host;
        if (isSameKernel && Namespace == asking.Namespace) return OfProcess();
        if (Task is not null && Task == asking.Task && (TaskRestarts is null || TaskRestarts < asking.TaskRestarts))
            return HolderStanding.Gone;
        if (isSameKernel) return HolderStanding.OnThisKernel;

        // A machine of its own, not a container, which has been started again since.
        bool isSameMachine = Host == asking.Host && Machine is { Length: > 0 } && Machine == asking.Machine
            && Namespace == MachineNamespace && asking.Namespace == MachineNamespace;
        return isSameMachine ? HolderStanding.Gone : HolderStanding.Elsewhere;
    }

    /// <summary>Such as <c>process 1234 on node7, since 2026-03-04 05:06:07 UTC</c>.</summary>
    public override string ToString() => Invariant($"process {Process} on {Host}, since {Since.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC");

    /// <inheritdoc/>
    public void Check()
    {
        Checks.Text(Command, "command");
        Checks.Text(Host, "host");
    }

    private HolderStanding OfProcess() => Start(Process) == Began ? HolderStanding.Alive : HolderStanding.Gone;

    // Null of a process that is gone, also when nobody has asked yet how it ended.
    private static long? Start(int process)
    {
        if (OperatingSystem.IsLinux())
        {
            // The name may hold anything; behind its last bracket the state is the first field and the start the twentieth.
            string? line = Line(Invariant($"/proc/{process}/stat"));
            string[] fields = line is null ? [] : line[(line.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            return fields.Length > 19 && fields[0] is not ("Z" or "X") && long.TryParse(fields[19], CultureInfo.InvariantCulture,
                out long ticks) ? ticks : null;
        }

        try
        {
            using var running = System.Diagnostics.Process.GetProcessById(process);
            return new DateTimeOffset(running.StartTime).ToUnixTimeSeconds();
        }
        catch (Exception error) when (error is ArgumentException or InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }

    private static (string? Task, int? Restarts) SchedulerTask()
    {
        if (Environment.GetEnvironmentVariable(TaskVariable) is { Length: > 0 } named) return (named, null);
        if (Environment.GetEnvironmentVariable("SLURM_JOB_ID") is not { Length: > 0 } job) return (null, null);
        _ = int.TryParse(Environment.GetEnvironmentVariable("SLURM_RESTART_COUNT"), CultureInfo.InvariantCulture, out int restarts);
        return ($"slurm {job}", restarts);
    }

    private static string? Line(string file)
    {
        try
        {
            return File.Exists(file) ? File.ReadLines(file).FirstOrDefault() : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string? LinkTarget(string file)
    {
        try
        {
            return new FileInfo(file).LinkTarget;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
