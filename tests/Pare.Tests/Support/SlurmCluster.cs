using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Pare.Tests.Support;

/// <summary>
/// A real Slurm on this machine: one controller and two nodes of one processor each, on the loopback address, with ports, folders and
/// a key of their own. What it begins ends with it.
/// </summary>
internal sealed class SlurmCluster : IDisposable
{
    private static readonly string[] s_programs = ["munged", "slurmctld", "slurmd", "srun", "sbatch", "scancel", "scontrol", "squeue"];

    private readonly string _folder = Directory.CreateTempSubdirectory("pare-slurm-").FullName;
    private readonly List<Process> _daemons = [];
    private readonly Dictionary<string, Process> _nodes = [];

    /// <summary>Starts it; the test is skipped where Slurm is not installed or may not be started.</summary>
    public SlurmCluster()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "Slurm's daemons need root on Linux.");
        string? missing = Array.Find(s_programs, static program => Find(program) is null);
        Assert.SkipWhen(missing is not null, $"Slurm is not installed: there is no {missing}.");
        Begin();
    }

    public static string[] Nodes => ["n1", "n2"];

    /// <summary>The file that the clients of this cluster, and no others, find it by.</summary>
    public string Configuration => Path.Combine(_folder, "slurm.conf");

    /// <summary>Runs a client to its end.</summary>
    /// <returns>What it wrote.</returns>
    public string Run(string program, params string[] arguments)
    {
        (int code, string output, string error) = TryRun(program, arguments);
        Assert.True(code == 0, $"{program} {string.Join(' ', arguments)}: {code}, {output} {error}");
        return output;
    }

    /// <summary>Runs a client to its end, which may fail.</summary>
    public (int Code, string Out, string Error) TryRun(string program, params IReadOnlyList<string> arguments)
    {
        using Process process = Start(program, arguments);
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }

    /// <summary>
    /// Signals a task. Beside a dead node scancel may take its own success for a failure and try again after 5 s, which by then would hit
    /// the task's next start: it gets less.
    /// </summary>
    public void Terminate(string task)
    {
        using Process process = Start("scancel", ["--signal=TERM", task]);
        if (!process.WaitForExit(TimeSpan.FromSeconds(4))) process.Kill();
    }

    /// <summary>Ends a node as a power cut does: its daemon, the steps and all that they run.</summary>
    public void Kill(string node)
    {
        _nodes[node].Kill();
        _nodes[node].WaitForExit();
        int[] tasks = TasksOf(node);
        foreach (int process in tasks.Select(Parent).Where(IsStep).Distinct().Concat(tasks).ToArray()) Kill(process);
        Run("scontrol", "update", $"nodename={node}", "state=down", "reason=killed");
    }

    /// <summary>Starts a node again.</summary>
    public void Revive(string node)
    {
        StartNode(node);

        // A node that has come back by itself, as it may, refuses it.
        WaitFor($"node {node}", () =>
        {
            TryRun("scontrol", "update", $"nodename={node}", "state=resume");
            return TryRun("sinfo", "-h", "-n", node, "-o", "%T").Out.Trim() is "idle" or "allocated";
        });
    }

    public void Dispose()
    {
        foreach (string node in Nodes)
        {
            int[] tasks = TasksOf(node);
            foreach (int process in tasks.Select(Parent).Where(IsStep).Distinct().Concat(tasks).ToArray()) Kill(process);
        }

        foreach (Process daemon in Enumerable.Reverse(_daemons))
        {
            if (!daemon.HasExited) daemon.Kill();
            daemon.WaitForExit();
            daemon.Dispose();
        }

        Directory.Delete(_folder, recursive: true);
    }

    private void Begin()
    {
        string socket = Path.Combine(_folder, "munge.socket"), key = Path.Combine(_folder, "munge.key"), host = Dns.GetHostName();
        byte[] secret = new byte[128];
        Random.Shared.NextBytes(secret);
        File.WriteAllBytes(key, secret);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(key, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            File.SetUnixFileMode(_folder, (UnixFileMode)0b111_101_101);
        }

        Directory.CreateDirectory(Path.Combine(_folder, "state"));
        int[] ports = FreePorts(3);
        File.WriteAllText(Configuration, string.Create(CultureInfo.InvariantCulture, $"""
            ClusterName=pare
            SlurmctldHost={host}(127.0.0.1)
            SlurmctldPort={ports[0]}
            SlurmUser=root
            SlurmdUser=root
            AuthType=auth/munge
            AuthInfo=socket={socket},cred_expire=5
            CredType=cred/munge
            StateSaveLocation={_folder}/state
            SlurmdSpoolDir={_folder}/spool.%n
            SlurmctldPidFile={_folder}/slurmctld.pid
            SlurmdPidFile={_folder}/slurmd.%n.pid
            SlurmctldLogFile={_folder}/slurmctld.log
            SlurmdLogFile={_folder}/slurmd.%n.log
            ProctrackType=proctrack/linuxproc
            TaskPlugin=task/none
            SelectType=select/cons_tres
            SelectTypeParameters=CR_Core
            SchedulerParameters=sched_interval=1,bf_interval=1
            SlurmdParameters=config_overrides
            ReturnToService=2
            MpiDefault=none
            JobRequeue=1
            KillWait=5
            MaxArraySize=40
            NodeName=n1 NodeHostname={host} NodeAddr=127.0.0.1 Port={ports[1]} CPUs=1 RealMemory=4000
            NodeName=n2 NodeHostname={host} NodeAddr=127.0.0.1 Port={ports[2]} CPUs=1 RealMemory=4000
            PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP

            """), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        StartDaemon("munged", "--foreground", "--force", $"--socket={socket}", $"--key-file={key}", $"--pid-file={_folder}/munged.pid",
            $"--log-file={_folder}/munged.log", $"--seed-file={_folder}/munged.seed");
        WaitFor("munged", () => File.Exists(socket));
        StartDaemon("slurmctld", "-D", "-i", "-f", Configuration);
        foreach (string node in Nodes) StartNode(node);
        WaitFor("the nodes", () => TryRun("sinfo", "-h", "-o", "%T").Out.Trim() == "idle");
    }

    private void StartNode(string node) => _nodes[node] = StartDaemon("slurmd", "-D", "-f", Configuration, "-N", node);

    private Process StartDaemon(string program, params IReadOnlyList<string> arguments)
    {
        Process process = Start(program, arguments);
        process.OutputDataReceived += static (_, _) => { };
        process.ErrorDataReceived += static (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        _daemons.Add(process);
        return process;
    }

    private Process Start(string program, IReadOnlyList<string> arguments)
    {
        var start = new ProcessStartInfo(Find(program)!, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["SLURM_CONF"] = Configuration;
        return Process.Start(start)!;
    }

    // What a node runs carries its name and this cluster's file in its environment.
    private int[] TasksOf(string node)
    {
        var found = new List<int>();
        foreach (string folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out int process)) continue;
            string[] environment = Text($"/proc/{process}/environ").Split('\0');
            if (environment.Contains($"SLURMD_NODENAME={node}") && environment.Contains($"SLURM_CONF={Configuration}")) found.Add(process);
        }

        return [.. found];
    }

    private static int Parent(int process) => Text($"/proc/{process}/stat") is { Length: > 0 } line
        && int.TryParse(line[(line.LastIndexOf(')') + 2)..].Split(' ')[1], CultureInfo.InvariantCulture, out int parent) ? parent : 0;

    private static bool IsStep(int process) =>
        process > 1 && Text($"/proc/{process}/cmdline").StartsWith("slurmstepd", StringComparison.Ordinal);

    private static string Text(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    private static void Kill(int process)
    {
        try
        {
            using var found = Process.GetProcessById(process);
            found.Kill();
        }
        catch (Exception error) when (error is ArgumentException or InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            // It is gone.
        }
    }

    private void WaitFor(string what, Func<bool> isThere)
    {
        long start = Stopwatch.GetTimestamp();
        while (!isThere())
        {
            if (Stopwatch.GetElapsedTime(start) > TimeSpan.FromSeconds(60)) throw new TimeoutException($"No {what}: {Logs()}");
            Thread.Sleep(50);
        }
    }

    private string Logs() => string.Join('\n', Directory.GetFiles(_folder, "*.log")
        .Select(static file => $"{Path.GetFileName(file)}:\n{string.Join('\n', File.ReadLines(file).TakeLast(20))}"));

    private static int[] FreePorts(int count)
    {
        TcpListener[] listeners = [.. Enumerable.Range(0, count).Select(static _ => new TcpListener(IPAddress.Loopback, 0))];
        foreach (TcpListener listener in listeners) listener.Start();
        int[] ports = [.. listeners.Select(static listener => ((IPEndPoint)listener.LocalEndpoint).Port)];
        foreach (TcpListener listener in listeners) listener.Dispose();
        return ports;
    }

    private static string? Find(string program) => (Environment.GetEnvironmentVariable("PATH") + ":/usr/sbin:/sbin").Split(':')
        .Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);
}
