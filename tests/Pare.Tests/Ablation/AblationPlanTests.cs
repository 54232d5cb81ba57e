using Pare.Ablation;
using Pare.Recipes;
using Pare.Runs;

namespace Pare.Tests.Ablation;

public sealed class AblationPlanTests
{
    [Fact]
    public void Leaving_out_begins_with_the_recipe_as_it_is()
    {
        AblationPlan plan = Plan(new AblationOptions { Seeds = 2 }, "techniques.label_smoothing=true", "training.seed=5");
        Assert.Equal(["baseline", "without label_smoothing"], plan.Rows.Select(static row => row.Name));
        Assert.Equal([5, 6], plan.Seeds);
        Assert.Single(plan.RecipeOf(plan.Rows[0], 5).Training.Techniques);
        Assert.Empty(plan.RecipeOf(plan.Rows[1], 6).Training.Techniques);
        Assert.Equal(6, plan.RecipeOf(plan.Rows[1], 6).Training.Seed);
    }

    [Fact]
    public void Adding_begins_with_no_technique()
    {
        AblationPlan plan = Plan(new AblationOptions { Add = true }, "techniques.label_smoothing=true");
        Assert.Equal(["no technique", "only label_smoothing"], plan.Rows.Select(static row => row.Name));
        Assert.Empty(plan.RecipeOf(plan.Rows[0], 1).Training.Techniques);
        Assert.Single(plan.RecipeOf(plan.Rows[1], 1).Training.Techniques);
    }

    [Theory]
    [InlineData("techniques.label_smoothing=0")]
    [InlineData("techniques.class_weights=0")]
    [InlineData("techniques.cutmix.probability=0")]
    public void A_technique_that_a_setting_of_0_switches_off_has_no_row(string off)
    {
        Assert.Equal(["baseline", "without sam"],
            Plan(new AblationOptions(), "techniques.sam=true", off).Rows.Select(static row => row.Name));
        Assert.Equal(["no technique", "only sam"],
            Plan(new AblationOptions { Add = true }, "techniques.sam=true", off).Rows.Select(static row => row.Name));
        Assert.Equal(["baseline"], Plan(new AblationOptions(), off).Rows.Select(static row => row.Name));
        Assert.StartsWith("There is nothing to compare",
            Assert.Throws<RecipeException>(() => Plan(new AblationOptions { Seeds = 1 }, off)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Training_for_integers_is_left_out_and_added_as_a_technique_is()
    {
        AblationPlan plan = Plan(new AblationOptions(), "techniques.label_smoothing=true", "quantization=true");
        Assert.Equal(["baseline", "without label_smoothing", "without quantization"], plan.Rows.Select(static row => row.Name));
        Assert.NotNull(plan.RecipeOf(plan.Rows[1], 1).Quantization);
        Assert.Null(plan.RecipeOf(plan.Rows[2], 1).Quantization);

        plan = Plan(new AblationOptions { Add = true }, "quantization=true");
        Assert.Equal(["no technique", "only quantization"], plan.Rows.Select(static row => row.Name));
        Assert.Null(plan.RecipeOf(plan.Rows[0], 1).Quantization);
    }

    [Fact]
    public void Each_value_of_a_key_is_a_row_and_what_the_recipe_has_already_is_none()
    {
        AblationPlan plan =
            Plan(new AblationOptions
            {
                Vary =
            ["training.batch_size=64, 128,256", "training.schedule={ step: { drops: [0.3, 0.6] } },cosine"]
            });
        Assert.Equal(
            ["baseline", "training.batch_size=64", "training.batch_size=256", "training.schedule={ step: { drops: [0.3, 0.6] } }",
            "training.schedule=cosine"],
            plan.Rows.Select(static row => row.Name));
        Assert.Equal(256, plan.RecipeOf(plan.Rows[2], 1).Training.BatchSize);
    }

    [Fact]
    public void A_row_whose_technique_is_switched_off_by_its_setting_is_the_recipe_without_it()
    {
        AblationPlan plan = Plan(new AblationOptions
        {
            Grid = ["training.batch_size=64,128", "techniques.label_smoothing.amount=0,0.1"],
        });
        Assert.Equal(["training.batch_size=128, techniques.label_smoothing.amount=0 as baseline"], SameAsOther(plan));
        Assert.Equal(4, plan.Rows.Count);

        AblationPlan varied = Plan(new AblationOptions { Vary = ["techniques.cutout.length=0,8", "training.batch_size=64"] });
        Assert.Equal(["techniques.cutout.length=0 as baseline"], SameAsOther(varied));
        Assert.Equal(["baseline", "techniques.cutout.length=8", "training.batch_size=64"], varied.Rows.Select(static row => row.Name));
    }

    [Theory]
    [InlineData("target.test_accuracy=0.5", "target={ parameters: 900000 }")]
    [InlineData("description=a", "description=b")]
    [InlineData("name=x", "name=y")]
    public void What_changes_no_training_makes_no_row(string first, string second)
    {
        AblationPlan varied = Plan(new AblationOptions { Vary = [first, second, "training.batch_size=64"] });
        Assert.Equal(["baseline", "training.batch_size=64"], varied.Rows.Select(static row => row.Name));
        Assert.Equal([$"{first} as baseline", $"{second} as baseline"], SameAsOther(varied));
        AblationPlan crossed = Plan(new AblationOptions { Grid = ["training.batch_size=64,32", first] });
        Assert.Equal(3, crossed.Rows.Count);
        var error = Assert.Throws<RecipeException>(() => Plan(new AblationOptions { Vary = [first, second] }));
        Assert.Equal($"There is nothing to compare: {first}; {second} train the same as the recipe.", error.Message);
    }

    [Fact]
    public void A_value_that_is_named_twice_has_one_row_and_is_told_of()
    {
        AblationPlan crossed = Plan(new AblationOptions { Grid = ["training.batch_size=64,64,32", "training.epochs=1,2"] });
        Assert.Equal((5, "training.batch_size=64"), (crossed.Rows.Count, Assert.Single(crossed.Repeated)));
        AblationPlan varied = Plan(new AblationOptions { Vary = ["training.batch_size=64,64", "training.batch_size=64,32"] });
        Assert.Equal((3, "training.batch_size=64"), (varied.Rows.Count, Assert.Single(varied.Repeated)));
    }

    [Fact]
    public void A_grid_has_a_row_for_each_combination_and_none_for_the_techniques()
    {
        AblationPlan plan = Plan(
            new AblationOptions { Grid = ["training.batch_size=64,128, 256", "techniques.label_smoothing=0.1,false"] },
            "techniques.label_smoothing=0.1");
        Assert.Equal(
            ["baseline", "training.batch_size=64, techniques.label_smoothing=0.1",
            "training.batch_size=64, techniques.label_smoothing=false",
            "training.batch_size=128, techniques.label_smoothing=false", "training.batch_size=256, techniques.label_smoothing=0.1",
            "training.batch_size=256, techniques.label_smoothing=false"],
            plan.Rows.Select(static row => row.Name));
        Assert.Equal(["training.batch_size=128, techniques.label_smoothing=0.1"], plan.SameAsBaseline);
        Recipe last = plan.RecipeOf(plan.Rows[^1], 1);
        Assert.Equal((256, 0), (last.Training.BatchSize, last.Training.Techniques.Count));
        Assert.Equal(["training.batch_size=256", "techniques.label_smoothing=false"], plan.Rows[^1].Overrides);
    }

    [Fact]
    public void A_grid_stands_beside_values_of_other_keys_and_on_a_recipe_without_techniques()
    {
        AblationPlan plan = Plan(
            new AblationOptions { Add = true, Vary = ["training.batch_size=64"], Grid = ["training.epochs=2", "training.patience=1,2,2"] },
            "techniques.label_smoothing=0.1", "training.validation=0.1");
        Assert.Equal(
            ["no technique", "training.batch_size=64", "training.epochs=2, training.patience=1", "training.epochs=2, training.patience=2"],
            plan.Rows.Select(static row => row.Name));
        Assert.Empty(plan.RecipeOf(plan.Rows[2], 1).Training.Techniques);
    }

    [Theory]
    [InlineData("training.seed=1,2")]
    [InlineData("training.seed=9")]
    [InlineData("training={seed: 2, epochs: 3}")]
    public void Seeds_are_no_rows(string factor)
    {
        AblationOptions[] ways = [new() { Vary = [factor] }, new() { Grid = ["training.epochs=1,2", factor] }];
        foreach (AblationOptions options in ways)
        {
            var error = Assert.Throws<RecipeException>(() => Plan(options, "techniques.label_smoothing=0.1"));
            Assert.StartsWith("Rows do not differ in their seed", error.Message, StringComparison.Ordinal);
            Assert.Equal("seeds", error.Setting);
        }
    }

    [Fact]
    public void The_recipes_of_the_rows_are_those_that_are_trained()
    {
        AblationPlan plan =
            Plan(new AblationOptions { Vary = ["training.epochs=2,3"] }, "techniques.label_smoothing=0.1", "training.seed=4");
        var read = AblationPlan.Of(plan.ToPlan(new DataIdentity("glyphs", "0")));
        string[] trained = [.. plan.Rows.Select(row => plan.RecipeOf(row, 4).ToYaml())];
        Assert.Equal(trained, plan.Recipes.Select(static recipe => recipe.ToYaml()));
        Assert.Equal(trained, read.Recipes.Select(static recipe => recipe.ToYaml()));
    }

    [Theory]
    [InlineData("The grid names training.epochs more than once.", "training.epochs=1,2", "training.epochs=3")]
    [InlineData("'training.epochs' is not key=value1,value2.", "training.epochs")]
    [InlineData("A value is empty in 'training.epochs=1,'.", "training.epochs=1,")]
    public void A_grid_that_cannot_be_crossed_is_refused(string message, params string[] grid)
    {
        var error = Assert.Throws<RecipeException>(() => Plan(new AblationOptions { Grid = grid }));
        Assert.Equal((message, "grid"), (error.Message, error.Setting));
    }

    [Fact]
    public void A_grid_that_is_too_large_is_refused_before_it_is_made()
    {
        string values = string.Join(',', Enumerable.Range(1, 1000));
        string[] grid = [.. Enumerable.Range(0, 12).Select(i => $"training.key{i}={values}")];
        var error = Assert.Throws<RecipeException>(() => Plan(new AblationOptions { Grid = grid }));
        Assert.EndsWith("= 1,000,000,000,000,000,000,000,000,000,000,000,000 combinations.", error.Message, StringComparison.Ordinal);
        Assert.Contains("At most 1,000", error.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void More_runs_than_ten_thousand_are_refused_before_their_recipes_are_read()
    {
        string[] grid = [$"training.batch_size={string.Join(',', Enumerable.Range(1, 1000))}"];
        int read = 0;
        var error = Assert.Throws<RecipeException>(() => AblationPlan.Create(more =>
        {
            read++;
            return RecipeStore.Open("glyphs", [.. more]);
        }, new AblationOptions { Grid = grid, Seeds = 1000 }));
        Assert.Equal("1,001 rows with 1,000 seeds each are 1,001,000 runs, and an ablation has at most 10,000.", error.Message);
        Assert.Equal(("seeds", 2), (error.Setting, read));
        Assert.Equal(5000, Plan(new AblationOptions { Vary = ["training.batch_size=64"], Seeds = 5000 }).Seeds.Count);
        Assert.Throws<RecipeException>(() => Plan(new AblationOptions { Vary = ["training.batch_size=64"], Seeds = 5001 }));
    }

    [Theory]
    [InlineData("training.epochs", "key=value1,value2")]
    [InlineData("training.epochs=", "key=value1,value2")]
    [InlineData("dataset.name=mnist", "same images")]
    [InlineData("dataset.split.seed=2", "same images")]
    [InlineData("dataset={split: {test: 0.4}}", "same images")]
    [InlineData("dataset.split.group=(a)", "same images")]
    [InlineData("training.validation=0.3", "same images")]
    [InlineData("training.batch_size=64,", "empty")]
    [InlineData("training.batch_size=,64", "empty")]
    [InlineData("training.epochs=many", "epochs")]
    [InlineData("training.seed=1", "nothing to compare: training.seed=1 trains the same as the recipe.")]
    [InlineData("training.batch_size=128,128", "nothing to compare: training.batch_size=128 trains the same as the recipe.")]
    public void What_cannot_be_compared_is_refused(string vary, string message)
    {
        RecipeException error = Assert.Throws<RecipeException>(() => Plan(new AblationOptions { Vary = [vary] }));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_wrong_with_a_value_is_said_of_the_option_that_named_it()
    {
        foreach (string value in new[] { "training.batch_size=0", "training.validation=0.3", "training.batch_size=128" })
        {
            var varied = Assert.Throws<RecipeException>(() => Plan(new AblationOptions { Vary = [value] }));
            var crossed = Assert.Throws<RecipeException>(() =>
                Plan(new AblationOptions { Vary = ["training.batch_size=64,128"], Grid = [value, "training.epochs=0"] }));
            Assert.Equal(("alternatives", "grid"), (varied.Setting, crossed.Setting));
        }
    }

    private static IEnumerable<string> SameAsOther(AblationPlan plan) =>
        plan.SameAsOther.Select(static same => $"{same.Key} as {same.Value}");

    private static AblationPlan Plan(AblationOptions options, params string[] overrides) =>
        AblationPlan.Create(more => RecipeStore.Open("glyphs", [.. overrides, .. more]), options);
}
