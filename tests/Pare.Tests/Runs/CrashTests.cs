using System.Diagnostics;
using System.Globalization;
using Pare.Tests.Support.Faults;

namespace Pare.Tests.Runs;

/// <summary>
/// Processes that die at any moment, machines that lose power, disks that are full or fail: the same command, started again, ends with the
/// bytes of one that nothing befell. <c>PARE_KILLS=200</c> kills as often, <c>PARE_FAULTS=all</c> goes through every file operation,
/// <c>PARE_FAULTS=1-60</c> through those, so that several processes can share them.
/// </summary>
public sealed class CrashTests
{
    private const int Killed = 128 + 9;

    [Theory]
    [InlineData("train")]
    [InlineData("down")]
    [InlineData("ablate")]
    public void Killed_at_random_moments_it_ends_the_same(string command)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "a kill is a signal");
        int all = int.Parse(Environment.GetEnvironmentVariable("PARE_KILLS") ?? "20", CultureInfo.InvariantCulture);
        int kills = (all + 2) / 3, done = 0, finished = 0, seed = Environment.TickCount;
        var random = new Random(seed);
        using var rig = new CrashRig(epochs: command == "ablate" ? 30 : 100, minutes: 0.0003);
        var watch = Stopwatch.StartNew();
        Expect(0, rig.Run(command, rig["whole"]));
        double most = 1.2 * watch.Elapsed.TotalSeconds;
        SortedDictionary<string, string> whole = CrashRig.Content(rig["whole"]);
        for (int build = 1; done < kills || finished < build - 1; build++)
        {
            string folder = rig[$"killed-{build}"];
            while (true)
            {
                using Process process = rig.Start(command, folder);
                if (done < kills && !process.WaitForExit(TimeSpan.FromSeconds(random.NextDouble() * most))) process.Kill();
                (int code, string output) = CrashRig.Finish(process);
                if (code == Killed)
                {
                    done++;
                    continue;
                }

                Expect(0, (code, output));
                break;
            }

            finished++;
            Same(whole, folder, string.Create(CultureInfo.InvariantCulture, $"{command}, seed {seed}, {done} kills"));
        }

        TestContext.Current.SendDiagnosticMessage($"{command}: {done} kills, {finished} times to the end");
    }

    [Theory]
    [InlineData("train")]
    [InlineData("down")]
    [InlineData("ablate")]
    public void Whatever_befalls_a_file_operation_the_same_command_goes_on_to_the_same(string command)
    {
        string library = FaultLibrary.Path;
        using var rig = new CrashRig(epochs: 1, minutes: 1e-6);
        string list = rig["operations"];
        Expect(0, rig.Run(command, rig["whole"],
            ("LD_PRELOAD", library), ("PARE_FAULTS_UNDER", rig["whole"]), ("PARE_FAULTS_LOG", list)));
        SortedDictionary<string, string> whole = CrashRig.Content(rig["whole"]);
        string[] operations = File.ReadAllLines(list);
        Assert.InRange(operations.Length, 50, 2000);
        List<string> lost = [];
        foreach ((int at, (string mode, int error)) in Chosen(operations.Length))
        {
            string folder = rig["faulty"], what = string.Create(CultureInfo.InvariantCulture, $"{mode} {error} at {operations[at - 1]}");
            string keep = Directory.CreateDirectory(rig["keep"]).FullName;
            if (Befall(rig, command, folder, whole,
                ("LD_PRELOAD", library), ("PARE_FAULTS_UNDER", folder), ("PARE_FAULTS_AT", at.ToString(CultureInfo.InvariantCulture)),
                ("PARE_FAULTS_MODE", mode), ("PARE_FAULTS_ERRNO", error.ToString(CultureInfo.InvariantCulture)),
                ("PARE_FAULTS_KEEP", keep)) is { } wrong)
            {
                lost.Add($"{what}: {wrong}");
            }

            Directory.Delete(folder, recursive: true);
            Directory.Delete(keep, recursive: true);
        }

        Assert.True(lost.Count == 0, $"{lost.Count} not survived:\n{string.Join('\n', lost)}");
    }

    // What was lost or ended unlike what is promised where a fault befalls a command; null where nothing was.
    private static string? Befall(
        CrashRig rig, string command, string folder, SortedDictionary<string, string> whole, params (string Name, string Value)[] fault)
    {
        bool dies = fault.Contains(("PARE_FAULTS_ERRNO", "0"));
        (int code, string output) = rig.Run(command, folder, fault);

        // What only tidies up may fail.
        if (dies ? code != Killed : code is not (0 or 1) || !IsClear(code, output)) return $"{code}, {output}";
        (code, output) = rig.Run(command, folder);
        if (code != 0) return $"started again: {code}, {output}";
        string[] others = Others(whole, folder);
        return others.Length == 0 ? null : $"others: {string.Join(", ", others)}";
    }

    // All with PARE_FAULTS=all, or those from one number to another; otherwise one operation a mode, wherever chance has it.
    private static IEnumerable<(int At, (string Mode, int Error) Fault)> Chosen(int operations)
    {
        string? asked = Environment.GetEnvironmentVariable("PARE_FAULTS");
        if (string.IsNullOrEmpty(asked)) return FaultLibrary.Modes.Select(fault => (Random.Shared.Next(1, operations + 1), fault));
        int[] ends = asked == "all" ? [1, operations]
            : [.. asked.Split('-').Select(static end => int.Parse(end, CultureInfo.InvariantCulture))];
        return Enumerable.Range(1, operations).Where(at => at >= ends[0] && at <= ends[1])
            .SelectMany(static at => FaultLibrary.Modes.Select(fault => (at, fault)));
    }

    private static bool IsClear(int code, string output) =>
        !output.Contains("   at ", StringComparison.Ordinal) && !output.Contains("in a way it should not", StringComparison.Ordinal)
            && (code == 0 || output.Contains("error: ", StringComparison.Ordinal));

    private static void Expect(int code, (int Code, string Output) got) => Assert.True(got.Code == code, $"{got.Code}: {got.Output}");

    private static void Same(SortedDictionary<string, string> whole, string folder, string what)
    {
        string[] others = Others(whole, folder);
        Assert.True(others.Length == 0, $"{what}: {string.Join(", ", others)}");
    }

    private static string[] Others(SortedDictionary<string, string> whole, string folder)
    {
        SortedDictionary<string, string> got = CrashRig.Content(folder);
        return [.. whole.Keys.Union(got.Keys).Where(name => whole.GetValueOrDefault(name) != got.GetValueOrDefault(name))];
    }
}
