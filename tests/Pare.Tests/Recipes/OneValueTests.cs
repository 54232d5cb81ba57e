using System.Globalization;
using Pare.Recipes;

namespace Pare.Tests.Recipes;

/// <summary>What is said of a mapping or a list where a recipe's key takes one value.</summary>
public sealed class OneValueTests
{
    private const string Small = """
        name: small
        dataset: { name: glyphs }
        model:
          input: 1x28x28
          layers: [conv: 4, batch_norm, relu, global_average_pool, linear: 10]
        """;

    // So that among the keys there are those of every optimizer, schedule and of many techniques, layers and changes.
    private static readonly string[][] s_variants =
    [
        [],
        ["training.optimizer=adam", "training.schedule=constant"],
        ["training.optimizer=adamw", "training.schedule=step", "techniques.cutmix=true", "techniques.sam=true", "techniques.ema=true"],
        ["training.schedule=cosine", "techniques.mixup=true", "techniques.affine=true", "techniques.trivial_augment=true"],
        ["training.schedule=cosine_restarts", "techniques.random_erasing=true", "techniques.swa=true", "techniques.label_smoothing=true"],
        ["training.schedule=cyclical", "techniques.gradient_clipping=true", "quantization=true",
            "model.surgery=[scale_width: 0.5]"],
        ["model={ input: 3x32x32, name: resnet8, classes: 10 }", "techniques.random_crop=true", "techniques.color_jitter=true"],
        ["model.layers.2={ inverted_residual: { channels: 4, expansion: 2 } }", "model.layers.1={ max_blur_pool: { filter: 3 } }",
            "techniques.augmix=true"],
    ];

    public static TheoryData<int> Variants => [.. Enumerable.Range(0, s_variants.Length)];

    [Theory]
    [MemberData(nameof(Variants))]
    public void Every_key_of_one_value_says_so_and_what_it_takes_whatever_is_given(int variant)
    {
        Recipe recipe = Recipe.Parse(Small, "small.yaml", s_variants[variant]);
        string yaml = recipe.ToYaml();
        string[] keys = [.. Leaves(recipe.Resolved, string.Empty)];
        Assert.Contains("training.storage", keys);
        foreach (string key in keys)
        {
            string last = key.Split('.')[^1];
            foreach ((string value, string given) in
                new[] { ("{ a: b }", "a mapping"), ("{}", "a mapping"), ("[ a ]", "a list"), ("[]", "a list"),
                    ("{ a: 1, b: 2 }", "a mapping of 2 keys") })
            {
                var error = Assert.Throws<RecipeException>(() => Recipe.Parse(yaml, "small.yaml", [$"{key}={value}"]));
                Assert.Equal(($"'{last}' takes one value, and {given} is given.", $"overrides {key}={value}, over small.yaml"),
                    (error.Message, error.Where));
                Assert.Matches("^(Write|Use|Name|Say) .+[.]$", error.Remedy);
            }
        }
    }

    [Theory]
    [InlineData("training:\n  storage: [bfloat16]", "'storage' takes one value, and a list is given.", 7, "training.storage",
        "Use one of: float32, bfloat16.")]
    [InlineData("training:\n  storage:\n    bfloat16:", "'storage' takes one value, and a mapping is given.", 8, "training.storage",
        "Use one of: float32, bfloat16.")]
    [InlineData("training:\n  on_divergence: { halve_rate: 2 }", "'on_divergence' takes one value, and a mapping is given.", 7,
        "training.on_divergence", "Use one of: fail, halve_rate.")]
    [InlineData("training:\n  epochs: [1, 2]", "'epochs' takes one value, and a list is given.", 7, "training.epochs",
        "Write a whole number from 1 to 1000000.")]
    [InlineData("training:\n  optimizer: { sgd: { nesterov: [true] } }", "'nesterov' takes one value, and a list is given.", 7,
        "training.optimizer.sgd.nesterov", "Write true or false.")]
    [InlineData("training:\n  optimizer: [sgd]", "Expected a name, or one name with its settings, and a list is given.", 7,
        "training.optimizer", "Write 'name' or 'name: { key: value }'. Use one of: sgd, adam, adamw.")]
    [InlineData("training:\n  optimizer: { sgd: , momentum: 0.9 }",
        "Expected a name, or one name with its settings, and a mapping of 2 keys is given.", 7, "training.optimizer",
        "Write 'name' or 'name: { key: value }'. Use one of: sgd, adam, adamw.")]
    [InlineData("training:\n  schedule: { [a]: 1 }", "Expected a name, or one name with its settings, and a mapping is given.", 7,
        "training.schedule",
        "Write 'name' or 'name: { key: value }'. Use one of: constant, step, cosine, cosine_restarts, cyclical, one_cycle.")]
    [InlineData("description: { a }", "'description' takes one value, and a mapping is given.", 6, "description",
        "Write the value behind the colon; quotes make one of any text.")]
    [InlineData("name: again", "The key 'name' stands twice in one mapping.", 6, null, "Keep one of the two.")]
    [InlineData("training:\n  epochs: 1\n  epochs: 2", "The key 'epochs' stands twice in one mapping.", 8, null, "Keep one of the two.")]
    [InlineData("training: { \"a b\": 1, \"a b\": 2 }", "The key 'a b' stands twice in one mapping.", 6, null, "Keep one of the two.")]
    [InlineData("? [a]\n: 1", "A key is a name, and a list stands there.", 6, null, "Write each setting as 'key: value'.")]
    [InlineData("training: { { a: b }: 1 }", "A key is a name, and a mapping stands there.", 6, "training",
        "Write each setting as 'key: value'.")]
    [InlineData("phases: [one]\ntrain: [one]", "'train' takes one value, and a list is given.", 7, "train", "Use one of: one.")]
    [InlineData("phases:\n  - one: { target: [a] }", "'target' takes one value, and a list is given.", 7, "phases[0].one.target",
        "Write the value behind the colon; quotes make one of any text.")]
    [InlineData("phases:\n  - one\n  -", "Expected a name, or one name with its settings, and nothing is given.", 8, "phases[1]",
        "Write 'name' or 'name: { key: value }'.")]
    [InlineData("phases:\n  - one: { set: { training: { storage: [a] } } }", "'storage' takes one value, and a list is given.", 7,
        "training.storage", "Use one of: float32, bfloat16.")]
    public void A_file_is_told_with_line_and_key(string more, string message, int line, string? key, string remedy)
    {
        var error = Assert.Throws<RecipeException>(() => Recipe.Parse($"{Small}\n{more}\n", "small.yaml"));
        Assert.Equal((message, remedy), (error.Message, error.Remedy));
        Assert.StartsWith(string.Create(CultureInfo.InvariantCulture, $"small.yaml, line {line}{(key is null ? "" : $", key {key}")}"),
            error.Where, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("model.name={ a: b }", "'name' takes one value, and a mapping is given.", "Use one of: ")]
    [InlineData("dataset.name=[ mnist ]", "'name' takes one value, and a list is given.", "Name a data set: mnist, ")]
    [InlineData("model.layers.4={ linear: [10] }", "'model.layers[4].linear' must hold settings", "Write its settings")]
    [InlineData("model.layers.4={ linear: { units: [10] } }", "'units' takes one value, and a list is given.", "Write a whole number")]
    [InlineData("model.layers.1=", "Expected a name, or one name with its settings, and nothing is given.", "Write 'name'")]
    [InlineData("model.layers.1=\"\"", "Expected a name, or one name with its settings, and nothing is given.", "Write 'name'")]
    [InlineData("techniques.distillation={ teacher: [a] }", "'teacher' takes one value, and a list is given.", "Write the value")]
    [InlineData("target.test_accuracy=[0.9]", "'test_accuracy' takes one value, and a list is given.", "Write a number from 0 to 1.")]
    [InlineData("training.storage.kind=bfloat16", "'storage' takes one value, and a mapping is given.", "Use one of: float32, bfloat16.")]
    public void An_override_is_told_as_well(string pair, string message, string remedy)
    {
        var error = Assert.Throws<RecipeException>(() => Recipe.Parse(Small, "small.yaml", [pair]));
        Assert.StartsWith(message, error.Message, StringComparison.Ordinal);
        Assert.StartsWith(remedy, error.Remedy, StringComparison.Ordinal);
        Assert.Equal($"overrides {pair}, over small.yaml", error.Where);
    }

    [Theory]
    [InlineData("- a\n- b\n")]
    [InlineData("nothing but text")]
    public void A_file_that_holds_no_settings_is_refused_without_an_empty_name(string text)
    {
        var error = Assert.Throws<RecipeException>(() => Recipe.Parse(text, "small.yaml"));
        Assert.Equal(("A recipe must hold settings, each 'key: value'.", "small.yaml, line 1"), (error.Message, error.Where));
    }

    private static IEnumerable<string> Leaves(Setting setting, string path) => setting switch
    {
        { Entries: { } entries } => entries.SelectMany(entry => Leaves(entry.Value, Join(path, entry.Key))),
        { Items: { } items } => items.SelectMany((item, i) =>
            item.Entries is null ? [] : Leaves(item, Join(path, i.ToString(CultureInfo.InvariantCulture)))),
        _ => [path],
    };

    private static string Join(string path, string key) => path.Length == 0 ? key : $"{path}.{key}";
}
