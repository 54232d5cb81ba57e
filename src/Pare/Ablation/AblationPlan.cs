using System.Numerics;
using Pare.Recipes;
using Pare.Runs;

namespace Pare.Ablation;

/// <summary>
/// All runs of an ablation, each as the recipe that it trains. Rows share their seeds, so that they can be compared pair by pair.
/// </summary>
public sealed class AblationPlan
{
    // The most that a grid may have, and the most runs of all rows: to resolve them takes seconds.
    private const int MostCombinations = 1000, MostRuns = 10_000;

    private const string Rounding = "quantization", Varied = "alternatives", Crossed = "grid", Set = "overrides";

    private readonly IReadOnlyList<PlannedRow> _planned;

    private AblationPlan(Recipe baseline, IReadOnlyList<PlannedRow> planned, IReadOnlyList<int> seeds)
    {
        (Baseline, _planned, Seeds) = (baseline, planned, seeds);
        Rows = [.. planned.Select(static row => new AblationRow(row.Name, row.Overrides))];
    }

    /// <summary>The recipe of the first row.</summary>
    public Recipe Baseline { get; }

    /// <summary>The rows; the first is the baseline.</summary>
    public IReadOnlyList<AblationRow> Rows { get; }

    /// <summary>The recipe of each row, with the first of the seeds.</summary>
    public IReadOnlyList<Recipe> Recipes
    {
        get => field ??= [.. _planned.Select(static row => Recipe.Parse(row.Recipe, RunPlan.FileName))];
        private init;
    }

    /// <summary>The seeds of every row.</summary>
    public IReadOnlyList<int> Seeds { get; }

    /// <summary>Alternatives that have no row of their own, because the recipe has these values already.</summary>
    public IReadOnlyList<string> SameAsBaseline { get; private init; } = [];

    /// <summary>
    /// Alternatives that have no row of their own, because another row trains the very same, with the name of that row: they would be
    /// trained twice, and counted twice among those that p values are corrected for.
    /// </summary>
    public IReadOnlyDictionary<string, string> SameAsOther { get; private init; } = new Dictionary<string, string>();

    /// <summary>Values that were named more than once, and have one row for all.</summary>
    public IReadOnlyList<string> Repeated { get; private init; } = [];

    /// <summary>Plans the runs; each row's recipe is read, so that a mistake is found before anything is trained.</summary>
    /// <param name="open">Reads the recipe with overrides.</param>
    /// <param name="options">What to compare.</param>
    /// <exception cref="RecipeException">A recipe is wrong, or there is nothing to compare.</exception>
    public static AblationPlan Create(Func<IReadOnlyList<string>, Recipe> open, AblationOptions options)
    {
        Recipe full = open([]);

        // One that a setting of 0 switches off already would have a row that trains the same as the recipe.
        string[] techniques =
        [
            .. full.Training.Techniques.Where(static technique => technique.Acts).Select(static technique => technique.Key),
            .. full.Quantization is null ? [] : (string[])[Rounding],
        ];
        ReadRow baseline =
            ReadRow.Of(options.Add ? new("no technique", [.. techniques.Select(Off)]) : new("baseline", []), open);
        List<ReadRow> rows = [baseline];
        if (options.Grid.Count == 0) rows.AddRange(techniques.Select(technique => ReadRow.Of(options.Add
            ? new($"only {technique}", [.. techniques.Where(other => other != technique).Select(Off)])
            : new($"without {technique}", [Off(technique)]), open)));
        var same = new List<string>();
        var twice = new Dictionary<string, string>();
        List<string> repeated = [.. options.Grid.SelectMany(static factor => Twice(Alternatives(factor, Crossed)))];
        var named = new HashSet<string>(StringComparer.Ordinal);
        (string Setting, string[] Pairs)[] alternatives =
        [
            .. options.Vary.SelectMany(static vary => Alternatives(vary, Varied)).Select(static pair => (Varied, (string[])[pair])),
            .. Combinations(options.Grid).Select(static pairs => (Crossed, pairs)),
        ];
        CheckRuns(1 + (options.Grid.Count == 0 ? techniques.Length : 0) + alternatives.Length, options.Seeds);
        foreach ((string setting, string[] pairs) in alternatives)
        {
            string name = string.Join(", ", pairs);
            if (!named.Add(name))
            {
                repeated.Add(name);
                continue;
            }

            ReadRow row = Read(setting, new(name, [.. baseline.Row.Overrides, .. pairs]), open);
            CheckSameSeed(baseline, row);
            CheckSameData(baseline, row, setting);
            ReadRow? other = rows.Find(other => other.Trains == row.Trains);
            if (other is null) rows.Add(row);
            else if (row.Text == baseline.Text) same.Add(name);
            else twice[name] = other.Row.Name;
        }

        // Several seeds of a recipe that nothing is left out of have a mean and a deviation.
        if (rows.Count == 1 && (named.Count > 0 || options.Seeds == 1))
            throw named.Count > 0
                ? new RecipeException(
                    $"There is nothing to compare: {string.Join("; ", named)} "
                        + $"{(named.Count == 1 ? "trains" : "train")} the same as the recipe.",
                    $"recipe {full.Name}", "Name another value.")
                { Setting = options.Grid.Count > 0 ? Crossed : Varied }
                : new RecipeException("There is nothing to compare with the recipe as it is.", $"techniques of recipe {full.Name}",
                    "Switch techniques on in the recipe, name alternatives, or take several seeds.")
                { Setting = Varied };
        foreach (ReadRow row in rows) RunBudget.Refuse(row.Recipe);

        return new AblationPlan(baseline.Recipe, [.. rows.Select(static row => row.Planned)],
            SeedRange.From(baseline.Recipe.Training.Seed, options.Seeds))
        {
            Recipes = [.. rows.Select(static row => row.Recipe)],
            SameAsBaseline = same,
            SameAsOther = twice,
            Repeated = [.. repeated.Distinct(StringComparer.Ordinal)],
        };
    }

    /// <summary>The ablation that a plan lists the runs of.</summary>
    /// <param name="plan">The plan.</param>
    /// <exception cref="RecipeException">It is no ablation's, or this version cannot read its recipes.</exception>
    public static AblationPlan Of(RunPlan plan)
    {
        if (plan.Kind != PlanKind.Ablation)
            throw new RecipeException("The plan is that of a build.", RunPlan.FileName, "Gather its runs with `pare down`.");
        return new AblationPlan(Recipe.Parse(plan.Rows[0].Recipe, RunPlan.FileName), plan.Rows, plan.Seeds);
    }

    /// <summary>The recipe of one run.</summary>
    public Recipe RecipeOf(AblationRow row, int seed) =>
        Recipe.Parse(_planned[Rows.Index().First(pair => pair.Item.Name == row.Name).Index].Recipe, $"{row.Name}.yaml", [Seed(seed)]);

    /// <summary>All runs as a plan that others can train.</summary>
    internal RunPlan ToPlan(DataIdentity data) => RunPlan.Of(PlanKind.Ablation, Baseline.Name, _planned, Seeds, data,
        (row, seed) => AblationFolder.PathOf(Rows[row].Name, seed));

    private static string Seed(int seed) => Invariant($"training.seed={seed}");

    // Training for integers changes the network and stands beside the techniques.
    private static string Off(string technique) => technique == Rounding ? $"{Rounding}=false" : $"techniques.{technique}=false";

    // What is wrong with a value is said of the option that named it: the recipe reads without.
    private static ReadRow Read(string setting, AblationRow row, Func<IReadOnlyList<string>, Recipe> open)
    {
        try
        {
            return ReadRow.Of(row, open);
        }
        catch (RecipeException error) when (error.Setting == Set && error.Where.StartsWith(Set, StringComparison.Ordinal))
        {
            throw new RecipeException(error.Message, setting + error.Where[Set.Length..], error.Remedy, error) { Setting = setting };
        }
    }

    private static void CheckRuns(int rows, int seeds)
    {
        if ((long)rows * seeds > MostRuns)
            throw new RecipeException(
                Invariant($"{rows:N0} rows with {seeds:N0} seeds each are {(long)rows * seeds:N0} runs, ")
                    + Invariant($"and an ablation has at most {MostRuns:N0}."), "seeds", "Compare fewer rows, or take fewer seeds of each.")
            { Setting = "seeds" };
    }

    private static void CheckSameSeed(ReadRow baseline, ReadRow other)
    {
        if (other.Recipe.Training.Seed != baseline.Recipe.Training.Seed)
            throw new RecipeException("Rows do not differ in their seed: all are trained with the same seeds, to be compared by pairs.",
                other.Row.Name, "Leave out training.seed, and ask for more seeds of every row.")
            { Setting = "seeds" };
    }

    private static void CheckSameData(ReadRow baseline, ReadRow other, string setting)
    {
        Recipe first = baseline.Recipe, second = other.Recipe;
        bool same = (first.DatasetName, first.DatasetPath, first.Split) == (second.DatasetName, second.DatasetPath, second.Split)
            && first.Training.ValidationFraction.Equals(second.Training.ValidationFraction)
            && first.Graph.Input.Shape == second.Graph.Input.Shape && first.Graph.Output.Shape == second.Graph.Output.Shape;
        if (!same)
            throw new RecipeException("All rows of an ablation are trained, chosen and tested on the same images.",
                $"{setting} {other.Row.Name}",
                "Vary other keys than those of the data set, training.validation, the input's shape and the number of classes.")
            { Setting = setting };
    }

    // One value of each factor, the last factor's changing fastest.
    private static IEnumerable<string[]> Combinations(IReadOnlyList<string> grid)
    {
        if (grid.Count == 0) return [];
        string[][] factors = [.. grid.Select(static factor => Alternatives(factor, Crossed).Distinct().ToArray())];
        string[] keys = [.. factors.Select(static factor => KeyOf(factor[0]))];
        if (keys.GroupBy(static key => key).FirstOrDefault(static group => group.Count() > 1) is { } twice)
            throw new RecipeException($"The grid names {twice.Key} more than once.", Crossed,
                $"Give it all its values at once: {twice.Key}=value1,value2.")
            { Setting = Crossed };
        BigInteger count = factors.Aggregate(BigInteger.One, static (product, factor) => product * factor.Length);
        if (count > MostCombinations)
            throw new RecipeException(
                Invariant($"The grid has {string.Join(" x ", factors.Select(static factor => factor.Length))} = {count:N0} combinations."),
                Crossed,
                Invariant($"At most {MostCombinations:N0} are compared: cross fewer keys, or fewer values of each."))
            { Setting = Crossed };
        return factors.Aggregate((IEnumerable<string[]>)[[]],
            static (rows, factor) => rows.SelectMany(row => factor.Select(pair => (string[])[.. row, pair])));
    }

    private static IEnumerable<string> Twice(IEnumerable<string> pairs) =>
        pairs.GroupBy(static pair => pair).Where(static group => group.Count() > 1).Select(static group => group.Key);

    private static string KeyOf(string pair) => pair[..pair.IndexOf('=', StringComparison.Ordinal)];

    // 'key=a,b' as 'key=a' and 'key=b'; commas within brackets belong to a value.
    private static IEnumerable<string> Alternatives(string vary, string setting)
    {
        int equals = vary.IndexOf('=', StringComparison.Ordinal);
        if (equals <= 0 || equals == vary.Length - 1)
            throw new RecipeException($"'{vary}' is not key=value1,value2.", setting,
                "Write it like training.batch_size=64,128.")
            { Setting = setting };
        int depth = 0, start = equals + 1;
        for (int i = start; i <= vary.Length; i++)
        {
            if (i < vary.Length) depth += vary[i] is '[' or '{' ? 1 : vary[i] is ']' or '}' ? -1 : 0;
            if (i < vary.Length && (vary[i] != ',' || depth > 0)) continue;
            string value = vary[start..i].Trim();
            if (value.Length == 0)
                throw new RecipeException($"A value is empty in '{vary}'.", setting, "Write a value on both sides of each comma.")
                { Setting = setting };
            yield return $"{vary[..equals]}={value}";
            start = i + 1;
        }
    }

    // A row with its recipe, as it is read, as its text, and as the text of what it trains: that is the same whether a technique is left
    // out or switched off by its setting, and whatever the recipe is called, is for and claims.
    private sealed record ReadRow(AblationRow Row, Recipe Recipe, string Text, string Trains)
    {
        public PlannedRow Planned =>
            new() { Name = Row.Name, Overrides = Row.Overrides, Epochs = Recipe.Training.Epochs, Recipe = Text };

        public static ReadRow Of(AblationRow row, Func<IReadOnlyList<string>, Recipe> open)
        {
            Recipe recipe = open(row.Overrides);
            Technique[] idle = [.. recipe.Training.Techniques.Where(static technique => !technique.Acts)];
            Recipe trained = idle.Length == 0 ? recipe : open([.. row.Overrides, .. idle.Select(static technique => Off(technique.Key))]);
            return new ReadRow(row, recipe, RunPlan.TextOf(recipe), RecipeDifference.TrainedText(RunPlan.Located(trained)));
        }
    }
}
