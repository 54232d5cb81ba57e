using Pare.Ablation;
using Pare.Recipes;

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
    [InlineData("training.seed=9", "nothing to compare")]
    public void What_cannot_be_compared_is_refused(string vary, string message)
    {
        RecipeException error = Assert.Throws<RecipeException>(() => Plan(new AblationOptions { Vary = [vary] }));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    private static AblationPlan Plan(AblationOptions options, params string[] overrides) =>
        AblationPlan.Create(more => RecipeStore.Open("glyphs", [.. overrides, .. more]), options);
}
