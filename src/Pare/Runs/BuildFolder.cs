using Pare.Data;
using Pare.Recipes;

namespace Pare.Runs;

/// <summary>
/// The folder of a build: <c>recipe.yaml</c> (with its phases), <c>build.json</c>, <c>results.csv</c>, <c>results.md</c>,
/// <c>results.tex</c> and a run folder <c>NN-phase/seed-S</c> for each training. One program at a time works in it. What does not belong to
/// the build that is asked for is refused, and nothing is ever deleted: a training that was interrupted goes on from its checkpoint; one
/// that cannot is moved aside as <c>seed-S-interrupted-N</c>, one that was trained on top of phases that are undone now as
/// <c>seed-S-superseded-N</c>.
/// </summary>
internal sealed class BuildFolder : IDisposable
{
    public const string BuildFile = "build.json";

    private const string Command = "pare down";

    private readonly string _command;
    private readonly PhasedRecipe? _recipe;
    private FolderLock? _lock;

    private BuildFolder(string location, FolderLock? held, BuildRecord? before, PhasedRecipe? recipe, string command) =>
        (Location, _lock, Before, _recipe, _command) = (location, held, before, recipe, command);

    /// <summary>The folder, as the user would type it.</summary>
    public string Location { get; }

    /// <summary>What the build had come to when the folder was opened; null for a new one.</summary>
    public BuildRecord? Before { get; }

    /// <summary>Refuses a folder that holds another build or something else, before anything is read or written.</summary>
    /// <param name="location">Where.</param>
    /// <param name="recipe">The recipe.</param>
    /// <param name="epochsScale">What the epochs are multiplied by.</param>
    /// <returns>What the build has come to; null for a new one.</returns>
    /// <exception cref="RecipeException">The folder holds another build, or something else.</exception>
    /// <exception cref="RunException">The folder cannot be read.</exception>
    public static BuildRecord? Check(string location, PhasedRecipe recipe, double epochsScale) => FolderFiles.Guard(location, () =>
    {
        string recipeFile = Path.Combine(location, RunFolder.RecipeFile), buildFile = Path.Combine(location, BuildFile);
        if (!File.Exists(recipeFile))
        {
            RunFolder.RefuseFile(location);
            if (FolderFiles.HoldsSomething(location, FolderLock.FileName))
                throw Refused("The folder holds something else already, which is never overwritten.", location);
            return null;
        }

        if (RecipeDifference.First(Written(recipeFile), recipe, MayBeSame) is { } difference)
            throw Refused($"The folder holds a build of another recipe, or of this one before it was changed: {difference}.", recipeFile);
        if (!File.Exists(buildFile)) return null;
        BuildRecord before = ReadRecord(buildFile);
        if (before.EpochsScale != epochsScale)
            throw Refused(
                Invariant($"The folder holds a build with its epochs scaled by {before.EpochsScale}, not {epochsScale}."), buildFile);
        return before;
    });

    /// <summary>Makes the folder, or opens it again. A new one holds nothing until its recipe is written.</summary>
    /// <param name="location">Where.</param>
    /// <param name="recipe">The recipe.</param>
    /// <param name="epochsScale">What the epochs are multiplied by.</param>
    /// <param name="data">The images.</param>
    /// <exception cref="RecipeException">The folder holds another build, or something else.</exception>
    /// <exception cref="RunException">The folder cannot be written, or another program works in it.</exception>
    public static BuildFolder Open(string location, PhasedRecipe recipe, double epochsScale, DataIdentity data)
    {
        Check(location, recipe, epochsScale);
        var held = FolderLock.Take(location, Command);
        try
        {
            // Again, now that nobody else can change it.
            BuildRecord? before = Check(location, recipe, epochsScale);
            if (before is not null && data.Against(before.Environment.Data, "The folder holds a build") is { } other)
                throw Refused(other, Path.Combine(location, BuildFile));
            return new BuildFolder(location, held, before, recipe, Command);
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>Whether the recipe names a teacher in another place than the folder's does.</summary>
    public bool NamesOtherPlaces =>
        Path.Combine(Location, RunFolder.RecipeFile) is var file && File.Exists(file)
        && RecipeDifference.First(Written(file), _recipe!) is not null;

    /// <summary>
    /// Makes the folder that of this build; what is refused before leaves it as it was. The recipe of one that is there is written anew,
    /// too: it may have another target or name by now, and a teacher or the images may lie elsewhere.
    /// </summary>
    /// <exception cref="RunException">The folder cannot be written.</exception>
    public void WriteRecipe()
    {
        string file = Path.Combine(Location, RunFolder.RecipeFile), text = _recipe!.ToYaml();
        if (!File.Exists(file) || !IsText(file, text)) FolderFiles.WriteText(Location, RunFolder.RecipeFile, text);
    }

    /// <summary>The folder for who trains runs of it and nothing else: others may work in it at the same time.</summary>
    public static BuildFolder ForRuns(string location) => new(location, null, null, null, "pare run");

    /// <summary>The run that a build ends in so far: the first seed of the last phase that was kept.</summary>
    /// <param name="folder">A folder.</param>
    /// <returns>The run's folder, or null where the folder is no build.</returns>
    /// <exception cref="RunException">The build's record cannot be read, no phase is done, or that run is gone.</exception>
    public static string? FinalRun(string folder)
    {
        string path = Path.Combine(folder, BuildFile);
        if (!File.Exists(path)) return null;
        BuildRecord record;
        try
        {
            record = RunRecords.Read<BuildRecord>(path);
        }
        catch (Exception error) when (error is FormatException or IOException or UnauthorizedAccessException)
        {
            throw new RunException($"The record of the build cannot be read: {error.Message}", path,
                "Move it away and continue the build with `pare down`, which writes it again; or name one of its runs.", error);
        }

        if (record.Final is { Runs: [var run, ..] } final)
        {
            string last = FolderFiles.Below(folder, run);
            return File.Exists(TrainedModel.FileOf(last)) ? last : throw new RunException(
                $"The build ended in phase '{final.Name}', whose model is gone.", Path.GetFullPath(last),
                $"Train what is missing with `pare down {folder}`, or name the run of another phase.");
        }

        throw new RunException("No phase of this build is done.", path, "Continue the build with `pare down`.");
    }

    /// <summary>The file of the model that a path stands for: a build's final one, a run's, or the file itself.</summary>
    /// <exception cref="RunException">The build's record cannot be read, no phase is done, or the run of its last is gone.</exception>
    internal static string ModelFileOf(string path) => TrainedModel.FileOf(FinalRun(path) ?? path);

    /// <summary>The run of a phase, such as <c>01-baseline/seed-1</c>.</summary>
    internal static string RunOf(Phase phase, int seed) => Invariant($"{phase.Folder}/seed-{seed}");

    /// <summary>Where a run of the build lies.</summary>
    /// <param name="run">Such as <c>01-baseline/seed-1</c>.</param>
    public string PathOf(string run) => FolderFiles.Below(Location, run);

    /// <summary>
    /// What a training came to; null when it is not finished, was one of <paramref name="superseded"/>, or learned from a run of this build
    /// that was trained anew since.
    /// </summary>
    /// <param name="run">Such as <c>01-baseline/seed-1</c>.</param>
    /// <param name="recipe">What it is to train.</param>
    /// <param name="data">The images.</param>
    /// <param name="superseded">What it trained earlier in the same build, on top of other phases.</param>
    /// <exception cref="RecipeException">
    /// It is finished, and was one of another recipe, on other images, or of another teacher from outside of the build.
    /// </exception>
    public RunSummary? Finished(string run, Recipe recipe, DataIdentity data, IEnumerable<Recipe> superseded)
    {
        string folder = PathOf(run), written = Path.Combine(folder, RunFolder.RecipeFile);
        if (!RunFolder.IsFinished(folder) || !File.Exists(written)) return null;
        if (RunSummary.Read(Path.Combine(folder, RunFolder.ResultFile)) is not { } summary) return null;

        var environment = RunEnvironment.Read(Path.Combine(folder, RunFolder.EnvironmentFile));

        // Letter by letter the same there is nothing to be read.
        Recipe trained = IsText(written, recipe.ToYaml()) ? recipe
            : Read(written, static file => RecipeStore.Open(file), "The recipe of a finished run cannot be read");
        if (trained != recipe && RecipeDifference.First(trained, recipe, TeacherIdentity.Same(recipe, environment?.Teacher, SameRun))
            is { } difference)
        {
            if (superseded.Any(other => RecipeDifference.First(trained, other, TeacherIdentity.Same(other, environment?.Teacher, SameRun))
                is null)) return null;
            throw Refused($"The finished run {run} was trained with another recipe: {difference}.", folder);
        }

        if (IsOutdated(environment, recipe)) return null;
        if (environment is { DataFingerprint: not null }
            && (data.Against(environment.Data, $"The finished run {run} was trained")
                ?? TeacherIdentity.Against(recipe, environment.Teacher, $"The finished run {run} was trained")) is { } other)
            throw Refused(other, folder);
        if (RunFolder.HasOtherWeights(folder, summary))
            throw new RunException(
                $"The weights of the finished run {run} are not those that it ended with: they were damaged or replaced.",
                Path.GetFullPath(folder), "Bring its model.safetensors back, or delete the run's folder: it is then trained again.");
        RunFolder.Tidy(folder);
        return summary;
    }

    /// <summary>
    /// The folder of a training: that of an interrupted one, which goes on; what cannot go on and what is superseded is moved aside.
    /// </summary>
    /// <param name="run">Such as <c>01-baseline/seed-1</c>.</param>
    /// <param name="recipe">What it is to train.</param>
    /// <param name="data">The images.</param>
    /// <param name="clock">Gives the date and time of the records.</param>
    /// <param name="note">Told what is moved aside, and why.</param>
    /// <returns>Null where another program has brought this training to its end meanwhile.</returns>
    /// <exception cref="RunException">The folder cannot be written, or another program trains there.</exception>
    public RunFolder? Begin(string run, Recipe recipe, DataIdentity data, TimeProvider clock, Action<string>? note)
    {
        Watch();
        string folder = PathOf(run);
        while (true)
        {
            if (IsDone(run, recipe)) return null;
            Interruption? left = FolderFiles.Guard(folder, () => RunFolder.IsUnfinished(folder)
                ? Interruption.In(folder, recipe, data, initialWeights: null, SameRun) : null);
            if (left is { Obstacle: null })
            {
                if (RunFolder.TryOpen(folder, clock, _command) is { } interrupted) return interrupted;
                continue;
            }

            if (FolderFiles.Guard(folder, () => MoveAside(run, recipe)) is { } aside)
                note?.Invoke($"{run} is trained from the beginning. What was there is kept as {aside}" +
                    $"{(left is null ? "" : $": {left.Obstacle}")}");
            if (RunFolder.TryCreate(folder, clock, _command) is { } made) return made;

            // Another program was faster: says which, while it goes on.
            FolderLock.Take(folder, _command).Dispose();
        }
    }

    /// <summary>Keeps what the build came to so far.</summary>
    public void Write(BuildRecord record)
    {
        Watch();
        RunRecords.Write(Location, BuildFile, record);
        FolderFiles.WriteText(Location, "results.csv", ResultsTable.Csv(record));
        FolderFiles.WriteText(Location, "results.md", ResultsTable.Markdown(record));
        FolderFiles.WriteText(Location, LatexTable.FileName, ResultsTable.Latex(record));
    }

    /// <summary>Lets others work in the folder.</summary>
    public void Dispose() => _lock?.Dispose();

    private static bool IsText(string file, string text) =>
        FolderFiles.Guard(file, () => RegularFile.ReadText(file, RecipeYaml.MaxLength) == text);

    // A folder that was deleted while the build went on is made again.
    private void Watch()
    {
        if (_lock is null || _lock.Holds()) return;
        var again = FolderLock.Take(Location, _command);
        _lock.Dispose();
        _lock = again;
        FolderFiles.WriteText(Location, RunFolder.RecipeFile, _recipe!.ToYaml());
    }

    /// <summary>Whether a run learned from another one of this build that was trained anew since.</summary>
    /// <param name="run">Such as <c>01-baseline/seed-1</c>.</param>
    /// <param name="recipe">What it is to train.</param>
    internal bool IsOutdated(string run, Recipe recipe) =>
        IsOutdated(RunEnvironment.Read(Path.Combine(PathOf(run), RunFolder.EnvironmentFile)), recipe);

    /// <summary>Whether this very training is at its end there, and no other one.</summary>
    /// <param name="run">Such as <c>01-baseline/seed-1</c>.</param>
    /// <param name="recipe">What it is to train.</param>
    /// <param name="sameTeacher">Whether two names are those of the same teacher, beside those of which the digest tells it.</param>
    internal bool IsDone(string run, Recipe recipe, Func<string, string, bool>? sameTeacher = null)
    {
        string folder = PathOf(run), written = Path.Combine(folder, RunFolder.RecipeFile);
        if (!RunFolder.IsFinished(folder) || !File.Exists(written)) return false;
        var environment = RunEnvironment.Read(Path.Combine(folder, RunFolder.EnvironmentFile));
        if (IsOutdated(environment, recipe)) return false;
        try
        {
            return IsText(written, recipe.ToYaml()) || RecipeDifference.First(RecipeStore.Open(written), recipe,
                TeacherIdentity.Same(recipe, environment?.Teacher, sameTeacher ?? SameRun)) is null;
        }
        catch (RecipeException)
        {
            return false;
        }
    }

    // Whether its teacher is a run of the same build that was trained anew since, as after another verdict: then so is the student.
    private bool IsOutdated(RunEnvironment? environment, Recipe recipe) =>
        TeacherIdentity.Against(recipe, environment?.Teacher, "") is not null
        && recipe.Training.Distillation!.Teacher!.Location!.StartsWith(Path.GetFullPath(Location) + Path.DirectorySeparatorChar,
            StringComparison.Ordinal);

    // Where it is now; null where nothing was to be moved.
    private string? MoveAside(string run, Recipe recipe)
    {
        string folder = PathOf(run);
        bool isFile = File.Exists(folder);
        if (!isFile && !FolderFiles.HoldsSomething(folder, FolderLock.FileName)) return null;

        // In use it says by whom; what has come to its end until it is ours stays.
        using FolderLock? held = isFile ? null : FolderLock.Take(folder, _command);
        if (IsDone(run, recipe)) return null;
        string why = RunFolder.IsFinished(folder) ? "superseded" : "interrupted";
        int number = 1;
        string Aside() => Invariant($"{folder}-{why}-{number}");
        while (Path.Exists(Aside())) number++;
        string aside = Aside();

        // Windows moves no folder in which a file is open.
        if (OperatingSystem.IsWindows()) held?.Dispose();
        Directory.Move(folder, aside);
        File.Delete(Path.Combine(aside, FolderLock.FileName));
        return aside;
    }

    /// <summary>
    /// A teacher from outside of the build may lie elsewhere by now: each run knows by the digest whether it is the same one.
    /// </summary>
    internal static bool MayBeSame(string before, string now) =>
        !before.StartsWith(PhaseSection.TeacherPrefix, StringComparison.Ordinal)
        && !now.StartsWith(PhaseSection.TeacherPrefix, StringComparison.Ordinal);

    // A teacher of the same build, also where the build's folder was moved or is named in another way.
    private static bool SameRun(string before, string now)
    {
        string End(string path) => string.Join('/', path.Split('/', '\\').TakeLast(3));
        return End(before) == End(now) && End(now).EndsWith('/' + RunFolder.ModelFile, StringComparison.Ordinal);
    }

    private static PhasedRecipe Written(string file) => Read(file, static file => RecipeStore.OpenPhases(file),
        "The folder holds something else, or a build whose recipe this version cannot read");

    private static T Read<T>(string file, Func<string, T> open, string cannot)
    {
        try
        {
            return open(file);
        }
        catch (RecipeException error)
        {
            throw Refused($"{cannot}: {error.Message}", file, error);
        }
    }

    private static BuildRecord ReadRecord(string file)
    {
        try
        {
            return RunRecords.Read<BuildRecord>(file);
        }
        catch (FormatException error)
        {
            throw new RecipeException($"The build's record cannot be read: {error.Message}", Path.GetFullPath(file),
                "Move it away, and it is made again from the runs that are finished; or choose another folder.",
                error)
            { Setting = "folder" };
        }
    }

    private static RecipeException Refused(string what, string where, Exception? inner = null) =>
        new(what, Path.GetFullPath(where), "Go back to what the folder was begun with, or choose a new folder.",
            inner)
        { Setting = "folder" };
}
