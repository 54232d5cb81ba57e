using System.Security.Cryptography;
using System.Text;
using Pare.Data;
using Pare.Kernels;
using Pare.Recipes;

namespace Pare.Runs;

/// <summary>
/// The folder of an ablation: <c>recipe.yaml</c> and <c>environment.json</c> of the command that planned its runs, a file a finished run
/// below <c>runs/</c>, and the table as <c>ablation.csv</c>, <c>ablation.md</c>, <c>results.tex</c> and <c>ablation.json</c>. An ablation
/// that is started again in its folder goes on after the runs that it holds. One program at a time works in it.
/// </summary>
public sealed class AblationFolder : IDisposable
{
    /// <summary>The name of the table for programs.</summary>
    public const string TableFile = "ablation.json";

    private const string RunsFolder = "runs", Command = "pare ablate";
    private const int LongestName = 100;

    private readonly string _command;
    private FolderLock? _lock;

    // Of the run at hand: others may train its neighbours at the same time.
    private FolderLock? _run;
    private string? _runLock;
    private Action? _begin;

    // What was made before the lock; where nothing was kept in it, as after a refusal, it goes with the lock.
    private readonly IReadOnlyList<string> _made;

    private AblationFolder(string location, FolderLock? held, string command, IReadOnlyList<string>? made = null) =>
        (Location, _lock, _command, _made) = (location, held, command, made ?? []);

    /// <summary>The folder, as the user would type it.</summary>
    public string Location { get; }

    private string Runs => Path.Combine(Location, RunsFolder);

    /// <summary>
    /// Whether an ablation lies in a folder: the files of its runs, and no folder of a run, such as a place that holds several runs has.
    /// </summary>
    internal static bool IsAt(string folder) =>
        Directory.Exists(Path.Combine(folder, RunsFolder)) && !Directory.EnumerateDirectories(Path.Combine(folder, RunsFolder)).Any();

    /// <summary>Refuses a folder in which no ablation can begin or go on, before anything is read.</summary>
    /// <param name="location">Where an ablation is to lie; null for a folder of its own.</param>
    /// <exception cref="RecipeException"><paramref name="location"/> holds something else.</exception>
    /// <exception cref="RunException">It cannot be looked at.</exception>
    public static void CheckFree(string? location)
    {
        if (location is null) return;
        RunFolder.RefuseFile(location);
        if (FolderFiles.Guard(location, () => !IsAt(location) && FolderFiles.HoldsSomething(location, FolderLock.FileName)))
            throw new RecipeException("The folder holds something that is not an ablation.", Path.GetFullPath(location),
                "Choose a new folder, or none to have it named by the time.")
            { Setting = "folder" };
    }

    /// <summary>Makes the folder, or opens that of an ablation that was begun.</summary>
    /// <param name="location">
    /// Where; new, empty, or the folder of an ablation. Null for <c>runs/&lt;recipe&gt;-ablation-&lt;date&gt;-&lt;time&gt;</c>, with a
    /// number when that is taken.
    /// </param>
    /// <param name="recipeName">The recipe's name.</param>
    /// <param name="clock">Gives date and time, in local time.</param>
    /// <exception cref="RecipeException"><paramref name="location"/> holds something else.</exception>
    /// <exception cref="RunException">The folder cannot be made, or another program works in it.</exception>
    public static AblationFolder Open(string? location, string recipeName, TimeProvider clock)
    {
        if (location is null) return OpenIn("runs", recipeName, clock);
        CheckFree(location);
        return Take(location, () => FolderLock.Take(location, Command))!;
    }

    /// <summary>The folder for who trains runs of it and nothing else: others may work in it at the same time.</summary>
    /// <param name="location">The folder of an ablation that was begun.</param>
    public static AblationFolder ForRuns(string location) => new(location, null, "pare run");

    /// <summary>Keeps the recipe that the rows are made from, and by which command and on what they were planned.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="environment">Of this command.</param>
    /// <param name="isPlanned">Whether the folder has this very plan already: then the command that made it stays.</param>
    /// <exception cref="RunException">The disk is full or gone.</exception>
    internal void Begin(Recipe recipe, RunEnvironment environment, bool isPlanned)
    {
        string file = Path.Combine(Location, RunFolder.EnvironmentFile);
        RunEnvironment? planned = isPlanned ? RunEnvironment.Read(file) : null;
        _begin = () =>
        {
            FolderFiles.WriteText(Location, RunFolder.RecipeFile, recipe.ToYaml());
            if (planned is null || !File.Exists(file)) RunRecords.Write(Location, RunFolder.EnvironmentFile, planned ?? environment);
        };
        _begin();
    }

    /// <summary>Where an interrupted run of a row and seed goes on; null where it begins.</summary>
    /// <param name="row">The row's name.</param>
    /// <param name="recipe">The recipe that the run trains.</param>
    /// <param name="data">The images.</param>
    /// <param name="settings">What is accepted, and who is told.</param>
    /// <exception cref="RecipeException">
    /// The run was begun with another recipe, on other images, or with instructions that give other bytes.
    /// </exception>
    internal Checkpoint? ReadCheckpoint(string row, Recipe recipe, Dataset data, RunSettings settings)
    {
        CheckpointFiles files = CheckpointsOf(row, recipe.Training.Seed);
        var left = Interruption.Of(files, recipe, DataIdentity.Of(data));
        if (left.Obstacle is { } obstacle) throw Changed(files.Newest, $"An interrupted run of '{row}' cannot be resumed. {obstacle}");
        left.CheckInstructions(files.Newest, settings);
        if (left.Note is { } note) settings.Note?.Invoke(note);
        return left.Checkpoint;
    }

    /// <summary>The checkpoints of a run that is not finished.</summary>
    internal CheckpointFiles CheckpointsOf(string row, int seed) =>
        new(Runs, $"{Path.GetFileNameWithoutExtension(HashedName(row, seed))}.checkpoint");

    /// <summary>Takes a run that is to be trained, until what is returned is disposed; the others stay free.</summary>
    /// <exception cref="RunException">The folder cannot be written, or another program trains this run.</exception>
    internal IDisposable Claim(string row, int seed)
    {
        _runLock = ClaimOf(row, seed);
        _run = FolderLock.Take(Runs, _runLock, _command);
        return new Claimed(this);
    }

    /// <summary>Takes away what a finished run no longer needs, which one that was killed in its last moment leaves.</summary>
    internal void Tidy(string row, int seed)
    {
        CheckpointFiles left = CheckpointsOf(row, seed);
        if (!left.Exist && !File.Exists(Path.Combine(Runs, ClaimOf(row, seed)))) return;
        using FolderLock? held = FolderLock.TryTake(Runs, Command, ClaimOf(row, seed));
        if (held is not null) left.Remove();
    }

    /// <summary>Sees to it that the folder is still there and this ablation's: one that was deleted is made again.</summary>
    /// <param name="note">Told that it was deleted.</param>
    /// <exception cref="RunException">The folder cannot be made again, or another program has taken it.</exception>
    internal void Watch(Action<string>? note) => FolderFiles.Guard(Location, () =>
    {
        if (_lock?.Holds() != false && _run?.Holds() != false) return;
        if (_lock?.Holds() == false) _lock = Again(_lock, Location, FolderLock.FileName);
        if (_run?.Holds() == false) _run = Again(_run, Runs, _runLock!);
        if (!File.Exists(Path.Combine(Location, RunFolder.RecipeFile))) _begin?.Invoke();
        note?.Invoke($"the ablation's folder or a lock in it was deleted; it is made again: {Path.GetFullPath(Location)}");
    });

    /// <summary>The finished run of a row and seed; null when it is still to be done.</summary>
    /// <param name="row">The row's name.</param>
    /// <param name="seed">The seed.</param>
    /// <param name="recipe">The recipe that the run trains.</param>
    /// <param name="data">The images.</param>
    /// <exception cref="RecipeException">
    /// The folder's run was trained with another recipe or on other images, or its file is damaged.
    /// </exception>
    internal AblationFile? Read(string row, int seed, Recipe recipe, Dataset data) => Read(row, seed, recipe, DataIdentity.Of(data));

    /// <summary>The finished run of a row and seed; null when it is still to be done.</summary>
    internal AblationFile? Read(string row, int seed, Recipe recipe, DataIdentity data)
    {
        if (Find(row, seed) is not { } found) return null;
        (string path, AblationFile file) = found;
        if (file.Recipe != recipe.ToYaml() && RecipeDifference.First(Written(file.Recipe, path), recipe,
            TeacherIdentity.Same(recipe, file.Teacher, SameFile)) is { } difference)
            throw Changed(path, $"The recipe has changed since this run of '{row}' was trained: {difference}.");
        if (data.Against(new DataIdentity(file.Data, file.DataFingerprint), $"This run of '{row}' was trained") is { } other)
            throw Changed(path, other);
        if (TeacherIdentity.Against(recipe, file.Teacher, $"This run of '{row}' was trained") is { } taught) throw Changed(path, taught);
        return file;
    }

    /// <summary>Who trains a run at this moment; null for nobody that is known to go on.</summary>
    internal LockHolder? HolderOf(string row, int seed) => FolderLock.HolderOf(Runs, ClaimOf(row, seed));

    /// <summary>Keeps a finished run.</summary>
    /// <param name="row">The row's name.</param>
    /// <param name="run">What it came to.</param>
    /// <param name="recipe">The recipe that it trained.</param>
    /// <param name="data">The images.</param>
    /// <param name="threads">Threads that computed.</param>
    /// <returns>What was written.</returns>
    /// <exception cref="RunException">The disk is full or gone.</exception>
    internal AblationFile Write(string row, AblationRun run, Recipe recipe, Dataset data, int threads)
    {
        var identity = DataIdentity.Of(data);
        string name = FileName(row, run.Seed);
        if (File.Exists(Path.Combine(Runs, name))) name = HashedName(row, run.Seed);
        var file = new AblationFile
        {
            Row = row,
            Data = identity.Source,
            DataFingerprint = identity.Fingerprint,
            PareVersion = RunEnvironment.Version,
            InstructionSet = Simd.InstructionSet,
            Threads = threads,
            Teacher = TeacherIdentity.Of(recipe),
            Run = run,
            Recipe = recipe.ToYaml(),
        };
        RunRecords.Write(Runs, name, file);
        CheckpointsOf(row, run.Seed).Remove();
        return file;
    }

    /// <summary>Writes the table in its forms.</summary>
    /// <param name="record">For programs.</param>
    /// <param name="csv">To compute with.</param>
    /// <param name="markdown">To read and to paste.</param>
    /// <param name="latex">For a paper.</param>
    /// <exception cref="RunException">The disk is full or gone.</exception>
    internal void Write(AblationRecord record, string csv, string markdown, string latex)
    {
        FolderFiles.WriteText(Location, LatexTable.FileName, latex);
        FolderFiles.WriteText(Location, "ablation.csv", csv);
        FolderFiles.WriteText(Location, "ablation.md", markdown);
        RunRecords.Write(Location, TableFile, record);
    }

    /// <summary>Lets others work in the folder.</summary>
    public void Dispose()
    {
        // The runs' folder before the lock goes, so that nobody finds one gone that is his by now.
        if (_begin is null) FolderFiles.RemoveEmpty([.. _made.Take(1)]);
        _lock?.Dispose();
        FolderFiles.RemoveEmpty([.. _made.Skip(1)]);
    }

    /// <summary>Makes a folder named after recipe and time below <paramref name="parent"/>.</summary>
    internal static AblationFolder OpenIn(string parent, string recipeName, TimeProvider clock)
    {
        string name = Path.Combine(parent, FolderFiles.Name(recipeName, "-ablation", clock));
        for (int i = 1; ; i++)
        {
            string folder = i == 1 ? name : Invariant($"{name}-{i}"), runs = Path.Combine(folder, RunsFolder);
            if (File.Exists(folder) || FolderFiles.HoldsSomething(folder, FolderLock.FileName, RunsFolder)) continue;
            if (Take(folder, () => FolderLock.TryTake(folder, Command)) is not { } taken) continue;
            if (!FolderFiles.HoldsSomething(folder, FolderLock.FileName, RunsFolder) && !FolderFiles.HoldsSomething(runs)) return taken;
            taken.Dispose();
        }
    }

    // The runs' folder comes before the lock, so that what is killed there is seen to be an ablation; and once more after it, since who
    // held the lock before may have taken away what he had made.
    private static AblationFolder? Take(string folder, Func<FolderLock?> take)
    {
        IReadOnlyList<string> made = MakeRuns(folder);
        try
        {
            if (take() is { } held) return new AblationFolder(folder, held, Command, [.. MakeRuns(folder).Union(made)]);
        }
        catch
        {
            FolderFiles.RemoveEmpty(made);
            throw;
        }

        FolderFiles.RemoveEmpty(made);
        return null;
    }

    private static IReadOnlyList<string> MakeRuns(string folder) =>
        FolderFiles.Guard(folder, () => FolderFiles.Make(Path.Combine(folder, RunsFolder)));

    private FolderLock Again(FolderLock lost, string folder, string name)
    {
        var again = FolderLock.Take(folder, name, _command);
        lost.Dispose();
        return again;
    }

    /// <summary>
    /// The name of a run's file. A name that a file's would not give back letter by letter, on every system, gets a hash of the row's: so
    /// no two rows share a file, whatever their values are.
    /// </summary>
    internal static string FileName(string row, int seed)
    {
        bool plain = !IsCut(row) && row.Length > 0
            && row.All(static letter => char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter) || letter is '_' or ' ');
        return plain ? Numbered(NameOf(row), seed) : HashedName(row, seed);
    }

    /// <summary>A run's place in the folder as a plan names it, the file's without its ending.</summary>
    internal static string PathOf(string row, int seed) => $"{RunsFolder}/{Path.GetFileNameWithoutExtension(FileName(row, seed))}";

    private static string ClaimOf(string row, int seed) => Path.GetFileNameWithoutExtension(FileName(row, seed)) + FolderLock.FileName;

    // Earlier versions kept a teacher's name as it was typed, and so does a plan whose teacher is gone.
    private static bool SameFile(string before, string now) =>
        new[] { now, Path.Combine(now, RunFolder.ModelFile) }.Any(path => Path.GetFullPath(path) == Path.GetFullPath(before));

    private static string HashedName(string row, int seed) => Numbered($"{NameOf(row)}-{Hash(row)[..16]}", seed);

    // The runs of an ablation come from several machines, of which one may write a letter with its mark as two: the hash tells rows apart.
    // Letter by letter as earlier versions did, whose files are found by it.
    private static string NameOf(string row) => string.Concat(row.TrimStart('.').Take(LongestName)
        .Select(static letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.' ? letter : '-'));

    private static bool IsCut(string row) => row.TrimStart('.').Length > LongestName;

    private static string Numbered(string name, int seed) => Invariant($"{name}-seed-{seed}.json");

    private static string Hash(string row) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(row)));

    // Earlier versions gave other names, which two rows could share: the file's own word decides.
    internal (string Path, AblationFile File)? Find(string row, int seed)
    {
        string name = NameOf(row), earlier = IsCut(row) ? $"{name}-{Hash(row)[..8]}" : name;
        foreach (string candidate in new[] { FileName(row, seed), HashedName(row, seed), Numbered(earlier, seed) }.Distinct())
        {
            string path = Path.Combine(Runs, candidate);
            if (File.Exists(path) && ReadFile(path) is var file && file.Row == row && file.Run.Seed == seed) return (path, file);
        }

        return null;
    }

    private static AblationFile ReadFile(string path)
    {
        try
        {
            return RunRecords.Read<AblationFile>(path);
        }
        catch (FormatException error)
        {
            throw new RecipeException($"This file is not a finished run of an ablation: {error.Message}", Path.GetFullPath(path),
                "Move it away, and the run is trained again.", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new RunException($"A finished run cannot be read: {error.Message}", Path.GetFullPath(path),
                "Check the disk and the permissions of the folder.", error);
        }
    }

    private static Recipe Written(string recipe, string path)
    {
        try
        {
            return Recipe.Parse(recipe, path);
        }
        catch (RecipeException error)
        {
            throw Changed(path, $"The recipe of this run cannot be read: {error.Message}");
        }
    }

    private static RecipeException Changed(string path, string what) =>
        new(what, Path.GetFullPath(path), "Go back to what the folder was begun with, or choose a new folder.") { Setting = "folder" };

    private sealed class Claimed(AblationFolder folder) : IDisposable
    {
        public void Dispose()
        {
            folder._run?.Dispose();
            folder._run = null;
        }
    }
}
