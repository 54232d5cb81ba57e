using System.Text.Json.Serialization;
using Pare.Data;
using Pare.Recipes;
using Pare.Training;
using Pare.Training.Losses;

namespace Pare.Runs;

/// <summary>
/// The runs of a build or an ablation as they stand in its folder before, while and after they are trained: whoever takes one of them, this
/// process, another or a cluster's task, trains the same. A plan never says which runs are finished: their folders do.
/// </summary>
public sealed record RunPlan : IRunRecord
{
    /// <summary>The name of the file in the folder of a build or an ablation.</summary>
    public const string FileName = "plan.json";

    /// <summary>What the numbers and names in the file mean; a reader refuses those of a later version.</summary>
    public int Version { get; init; } = 1;

    /// <summary>What the runs are of.</summary>
    public required PlanKind Kind { get; init; }

    /// <summary>The recipe's name.</summary>
    public required string Recipe { get; init; }

    /// <summary>The seeds of every row.</summary>
    public required IReadOnlyList<int> Seeds { get; init; }

    /// <summary>Of a build what the epochs of its phases were multiplied by.</summary>
    public double EpochsScale { get; init; } = 1;

    /// <summary>Where the images were when the plan was made.</summary>
    [JsonPropertyName("data")]
    public required string DataSource { get; init; }

    /// <summary>What the images are, wherever they lie.</summary>
    public required string DataFingerprint { get; init; }

    /// <summary>Whether the test images are chosen by the split.</summary>
    public bool IsTestDrawn { get; init; }

    /// <summary>The phases of the build or the rows of the ablation.</summary>
    public required IReadOnlyList<PlannedRow> Rows { get; init; }

    /// <summary>The runs in their order: wave by wave.</summary>
    public required IReadOnlyList<PlannedRun> Runs { get; init; }

    /// <summary>How many waves there are.</summary>
    [JsonIgnore]
    public int Waves => Runs.Count == 0 ? 0 : Runs[^1].Wave + 1;

    /// <summary>Which images the runs are trained on.</summary>
    [JsonIgnore]
    internal DataIdentity Data => new(DataSource, DataFingerprint) { IsTestDrawn = IsTestDrawn };

    static long IRunRecord.MostBytes => 256 << 20;

    static string IRunRecord.FormatName => "version";

    int IRunRecord.Format => Version;

    /// <summary>The plan of a folder; null when there is none, or a damaged one.</summary>
    /// <param name="folder">A folder.</param>
    /// <exception cref="RunException">A later version of Pare wrote it in a form that this one does not know.</exception>
    public static RunPlan? TryRead(string folder) => RunRecords.TryRead<RunPlan>(Path.Combine(folder, FileName));

    /// <summary>Whether a folder has a plan.</summary>
    /// <param name="folder">A folder.</param>
    public static bool IsAt(string folder) => File.Exists(Path.Combine(folder, FileName));

    /// <summary>Reads the plan of a folder.</summary>
    /// <param name="folder">The folder of a build or an ablation.</param>
    /// <exception cref="RecipeException">There is none, or it is damaged.</exception>
    /// <exception cref="RunException">
    /// It cannot be read, or a later version of Pare wrote it in a form that this one does not know.
    /// </exception>
    public static RunPlan Read(string folder)
    {
        string path = Path.GetFullPath(Path.Combine(folder, FileName));
        try
        {
            return RunRecords.Read<RunPlan>(path);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw File.Exists(Path.Combine(folder, BuildFolder.BuildFile))
                ? new RecipeException("The build in this folder has no plan: where phases may be undone (--auto), what the later ones " +
                    "train is open.", Path.GetFullPath(folder), "See its results.md; the command that began it resumes it.", error)
                : new RecipeException($"There is no {FileName} in this folder.", Path.GetFullPath(folder),
                    "Make a plan: `pare down` or `pare ablate` with --plan-only FOLDER.", error);
        }
        catch (FormatException error)
        {
            throw new RecipeException($"The plan cannot be read: {error.Message}", path,
                "Make it again: `pare down` or `pare ablate` with --plan-only and the same folder.", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new RunException($"The plan cannot be read: {error.Message}", path,
                "Check the disk and the permissions of the folder.", error);
        }
    }

    /// <summary>The numbers of a wave's runs, which follow each other.</summary>
    /// <param name="wave">The wave, from 0.</param>
    public Range Wave(int wave)
    {
        int first = 0;
        while (first < Runs.Count && Runs[first].Wave < wave) first++;
        int end = first;
        while (end < Runs.Count && Runs[end].Wave == wave) end++;
        return first..end;
    }

    /// <summary>What a run is called, such as <c>narrow, seed 2</c>.</summary>
    /// <param name="run">The run.</param>
    public string NameOf(PlannedRun run) => Invariant($"{Rows[run.Row].Name}, seed {run.Seed}");

    /// <summary>The recipe of one run.</summary>
    /// <param name="run">The run.</param>
    /// <param name="folder">The plan's folder.</param>
    /// <exception cref="RecipeException">This version cannot read it.</exception>
    public Recipe RecipeOf(PlannedRun run, string folder)
    {
        PlannedRow row = Rows[run.Row];
        PlannedRun? teacher = row.Teacher is int number ? Runs.First(other => other.Row == number && other.Seed == run.Seed) : null;
        return RecipeAt(row.Recipe, run.Seed, PathOf(run, folder), teacher?.Folder);
    }

    /// <summary>Whether a run is finished, as its folder says; no image is read.</summary>
    /// <param name="run">The run.</param>
    /// <param name="folder">The plan's folder.</param>
    /// <exception cref="RecipeException">It was trained with another recipe or on other images.</exception>
    /// <exception cref="RunException">The folder cannot be read.</exception>
    public bool IsFinished(PlannedRun run, string folder) => Kind == PlanKind.Build
        ? !IsTaughtAnew(run, folder) && BuildFolder.ForRuns(folder).Finished(run.Folder, RecipeOf(run, folder), Data, []) is not null
        : AblationFolder.ForRuns(folder).Read(Rows[run.Row].Name, run.Seed, RecipeOf(run, folder), Data) is not null;

    private bool IsTaughtAnew(PlannedRun run, string folder) =>
        run.Needs.Any(need => RunFolder.IsBegun(PathOf(Runs[need], folder)) && !IsFinished(Runs[need], folder));

    /// <summary>Who trains a run at this moment; null for nobody that is known to go on.</summary>
    /// <param name="run">The run.</param>
    /// <param name="folder">The plan's folder.</param>
    public string? HolderOf(PlannedRun run, string folder) => Kind == PlanKind.Build
        ? FolderLock.HolderOf(PathOf(run, folder))?.ToString()
        : AblationFolder.ForRuns(folder).HolderOf(Rows[run.Row].Name, run.Seed)?.ToString();

    /// <summary>How other images than those of the plan differ, in one sentence; null for the same.</summary>
    /// <param name="data">The images.</param>
    public string? Refuses(Dataset data) => DataIdentity.Of(data).Against(Data, "The plan was made");

    /// <summary>Where a run lies.</summary>
    /// <param name="run">The run.</param>
    /// <param name="folder">The plan's folder.</param>
    public static string PathOf(PlannedRun run, string folder) => FolderFiles.Below(folder, run.Folder);

    /// <summary>
    /// The recipe of a run from that of its row. A teacher of the same plan is named from the run's folder, so that the folder's runs are
    /// the same wherever it lies.
    /// </summary>
    /// <param name="text">The row's recipe.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="folder">The run's folder.</param>
    /// <param name="teacher">The folder of its teacher below that of the plan; null where none of the same plan teaches it.</param>
    internal static Recipe RecipeAt(string text, int seed, string folder, string? teacher)
    {
        var overrides = new List<string> { Invariant($"training.seed={seed}") };
        if (teacher is not null) overrides.Add($"{RecipeDifference.TeacherKey}={RecipePaths.InBuild}{teacher}/{RunFolder.ModelFile}");
        return Recipes.Recipe.Parse(text, Path.Combine(folder, RunFolder.RecipeFile), overrides);
    }

    /// <summary>Of rows and seeds the runs, wave by wave.</summary>
    /// <param name="kind">What the runs are of.</param>
    /// <param name="recipe">The recipe's name.</param>
    /// <param name="rows">The rows; a teacher comes before its student.</param>
    /// <param name="seeds">The seeds of every row.</param>
    /// <param name="data">The images.</param>
    /// <param name="folder">The folder of a row's run with a seed.</param>
    internal static RunPlan Of(PlanKind kind, string recipe, IReadOnlyList<PlannedRow> rows, IReadOnlyList<int> seeds, DataIdentity data,
        Func<int, int, string> folder)
    {
        int[] waves = new int[rows.Count];
        for (int row = 0; row < rows.Count; row++) waves[row] = rows[row].Teacher is int teacher ? waves[teacher] + 1 : 0;
        (int Row, int Seed)[] order =
            [.. from row in Enumerable.Range(0, rows.Count).OrderBy(row => waves[row]) from seed in seeds select (row, seed)];
        var number = order.Index().ToDictionary(static pair => pair.Item, static pair => pair.Index);
        return new RunPlan
        {
            Kind = kind,
            Recipe = recipe,
            Seeds = seeds,
            DataSource = data.Source,
            DataFingerprint = data.Fingerprint ?? "",
            IsTestDrawn = data.IsTestDrawn,
            Rows = rows,
            Runs = [.. order.Select(run => new PlannedRun
            {
                Row = run.Row,
                Seed = run.Seed,
                Folder = folder(run.Row, run.Seed),
                Needs = rows[run.Row].Teacher is int teacher ? [number[(teacher, run.Seed)]] : [],
                Wave = waves[run.Row],
            })],
        };
    }

    /// <summary>A row's recipe as text, <see cref="Located"/>.</summary>
    internal static string TextOf(Recipe recipe) => Located(recipe).ToYaml();

    /// <summary>
    /// A row's recipe. A teacher from outside of the plan is named by its whole path: who trains the run may do so elsewhere.
    /// </summary>
    internal static Recipe Located(Recipe recipe) =>
        recipe.Training.Distillation is not { } distillation || Location(distillation) is not { } teacher ? recipe
            : Recipes.Recipe.Parse(recipe.ToYaml(), recipe.Name, [$"{RecipeDifference.TeacherKey}={Path.GetFullPath(teacher)}"]);

    /// <summary>Writes the plan into its folder, unless it says the same already.</summary>
    /// <exception cref="RunException">The disk is full or gone.</exception>
    internal void Write(string folder)
    {
        bool isKept = TryRead(folder) is { } before && RunRecords.ToLine(before) == RunRecords.ToLine(this);
        if (!isKept) RunRecords.Write(folder, FileName, this);
    }

    /// <summary>Whether another plan is of the same runs, wherever the images lie.</summary>
    internal bool IsSame(RunPlan other) => RunRecords.ToLine(other with { DataSource = DataSource }) == RunRecords.ToLine(this);

    /// <summary>Takes a folder's plan away: what is trained there is none of it any more.</summary>
    /// <exception cref="RunException">The folder cannot be written.</exception>
    internal static void Discard(string folder) => FolderFiles.Guard(folder, () => File.Delete(Path.Combine(folder, FileName)));

    // Of a teacher that is not there tells the check of what is held out.
    private static string? Location(Distillation distillation)
    {
        try
        {
            return distillation.Teacher?.Location;
        }
        catch (PareException)
        {
            return null;
        }
    }

    void IRunRecord.Check()
    {
        Checks.That(Enum.IsDefined(Kind), "kind", "is neither build nor ablation");
        Checks.Text(Recipe, "recipe");
        Checks.That(Seeds is { Count: > 0 }, "seeds", "is missing");
        Checks.That(Seeds.All(static seed => seed >= 0) && Seeds.Distinct().Count() == Seeds.Count, "seeds",
            "has one below 0, or one twice");
        Checks.That(double.IsFinite(EpochsScale) && EpochsScale > 0, "epochs_scale", "is not above 0");
        Checks.Text(DataSource, "data");
        Checks.Text(DataFingerprint, "data_fingerprint");
        Checks.List(Rows, "rows");
        Checks.List(Runs, "runs");
        for (int i = 0; i < Rows.Count; i++)
        {
            ((IRunRecord)Rows[i]).Check();
            Checks.That(Rows[i].Teacher is null || (Rows[i].Teacher >= 0 && Rows[i].Teacher < i), "teacher", "is no earlier row");
        }

        for (int i = 0; i < Runs.Count; i++)
        {
            PlannedRun run = Runs[i];
            ((IRunRecord)run).Check();
            Checks.That(run.Row >= 0 && run.Row < Rows.Count, "row", "is no row of the plan");
            Checks.That(i == 0 ? run.Wave == 0 : run.Wave - Runs[i - 1].Wave is 0 or 1, "wave", "is out of order");
            Checks.That(run.Needs.All(need => need >= 0 && need < i && Runs[need].Wave < run.Wave), "needs",
                "is no run of an earlier wave");
            Checks.That(Rows[run.Row].Teacher is not int teacher || run.Needs.Any(need => Runs[need].Row == teacher
                && Runs[need].Seed == run.Seed), "needs", "lacks the teacher");
        }

        Checks.That(Runs.Select(static run => run.Folder).Distinct(StringComparer.OrdinalIgnoreCase).Count() == Runs.Count, "folder",
            "is that of two runs");
        Checks.That(Rows.Select(static row => row.Name).Distinct(StringComparer.Ordinal).Count() == Rows.Count, "name",
            "is that of two rows");

        // A table is made of every row and seed: one that no run of the plan trains would be missing, or trained by whoever gathers.
        Checks.That(Runs.Count == (long)Rows.Count * Seeds.Count && Runs.All(run => Seeds.Contains(run.Seed))
            && Runs.Select(static run => (run.Row, run.Seed)).Distinct().Count() == Runs.Count, "runs",
            "are not those of each row and seed");
    }
}
