using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Pare.Recipes;
using Pare.Tests.Support;

namespace Pare.Tests.Recipes;

public sealed class RecipeSchemaTests
{
    private const string Small = """
        name: glyphs
        description: built-in digits drawn from strokes, nothing to download
        dataset:
          name: glyphs
        model:
          input: 1x28x28
          layers:
            - conv: { channels: 6, padding: 0 }
            - batch_norm
            - relu
            - conv: { channels: 8, padding: 0 }
            - batch_norm
            - relu
            - max_pool
            - depthwise_conv: { padding: 0 }
            - batch_norm
            - relu
            - pointwise_conv: 14
            - batch_norm
            - relu
            - max_pool
            - depthwise_conv: { padding: 0 }
            - batch_norm
            - relu
            - pointwise_conv: 18
            - batch_norm
            - relu
            - global_average_pool
            - linear: 10
        training:
          epochs: 15
          batch_size: 128
          optimizer: { sgd: { nesterov: true, weight_decay: 0.0001 } }
          schedule: { one_cycle: { peak_rate: 0.2 } }
        """;

    private static readonly SchemaChecker s_schema = new(JsonNode.Parse(RecipeSchema.Write())!.AsObject());

    [Fact]
    public void The_schema_in_the_repository_is_the_one_that_the_code_describes() => Assert.True(
        File.ReadAllText(Path.Combine(Folder(), "recipe.schema.json")).ReplaceLineEndings("\n") == RecipeSchema.Write(),
        "recipes/recipe.schema.json is out of date. Write it again: dotnet run --project src/Pare.Cli -- recipe schema > " +
        "recipes/recipe.schema.json");

    [Fact]
    public void Every_shipped_recipe_is_valid_as_it_is_written_and_in_full()
    {
        foreach (string name in RecipeStore.Names)
        {
            string text = File.ReadAllText(Path.Combine(Folder(), name + ".yaml"));
            Assert.StartsWith("# yaml-language-server: $schema=recipe.schema.json\n", text.ReplaceLineEndings("\n"),
                StringComparison.Ordinal);
            Assert.Empty(s_schema.Check(text));
            Assert.Empty(s_schema.Check(RecipeStore.Open(name).ToYaml()));
        }
    }

    [Fact]
    public void A_recipe_with_every_technique_and_schedule_is_valid_in_full()
    {
        foreach (string key in TechniqueCatalog.All.Select(static technique => technique.Key))
        {
            JsonObject technique = At("techniques")[key]!.AsObject();
            Assert.NotNull(technique["description"]);
            Assert.Equal("boolean", technique["anyOf"]![0]!["type"]!.GetValue<string>());
        }

        foreach (string schedule in At("training")["schedule"]!["anyOf"]![0]!["enum"]!.AsArray()
            .Select(static name => name!.GetValue<string>()))
            Assert.Empty(
                s_schema.Check(RecipeStore.Open("glyphs", ["techniques.label_smoothing=true", $"training.schedule={schedule}"]).ToYaml()));
    }

    [Fact]
    public void Every_layer_is_described()
    {
        JsonObject layers = JsonNode.Parse(RecipeSchema.Write())!["$defs"]!["layer"]!["anyOf"]![1]!["properties"]!.AsObject();
        Assert.Equal(LayerCatalog.Names, layers.Select(static layer => layer.Key));
    }

    [Fact]
    public void Every_key_has_a_description()
    {
        var bare = new List<string>();
        Visit(JsonNode.Parse(RecipeSchema.Write())!, string.Empty);
        Assert.Empty(bare);

        void Visit(JsonNode? node, string path)
        {
            if (node is JsonArray array)
            {
                foreach (JsonNode? item in array) Visit(item, path);
            }
            else if (node is JsonObject value)
            {
                foreach ((string key, JsonNode? below) in value)
                {
                    if (key == "properties")
                        bare.AddRange(below!.AsObject().Where(static setting => setting.Value!["description"] is null)
                            .Select(setting => $"{path}.{setting.Key}"));
                    Visit(below, $"{path}.{key}");
                }
            }
        }
    }

    [Theory]
    [InlineData("epochs: 15", "epochs: 0", ".training.epochs")]
    [InlineData("epochs: 15", "epochs: many", ".training.epochs")]
    [InlineData("epochs: 15", "epoch: 15", ".training.epoch ")]
    [InlineData("one_cycle: { peak", "two_cycle: { peak", ".training.schedule.two_cycle")]
    [InlineData("peak_rate: 0.2", "peak_rate: high", ".training.schedule.one_cycle.peak_rate")]
    [InlineData("nesterov: true", "nesterov: 2", ".training.optimizer.sgd.nesterov")]
    [InlineData("- linear: 10", "- linear: { units: 10, gain: 2 }", ".model.layers[21].linear.gain")]
    [InlineData("- linear: 10", "- linear", ".model.layers[21]")]
    [InlineData("- relu", "- rellu", ".model.layers[2]")]
    [InlineData("  name: glyphs\n", "  path: here\n", ".dataset.name is missing")]
    [InlineData("training:", "techniques: { label_smoothing: often }\ntraining:", ".techniques.label_smoothing")]
    [InlineData("training:", "techniques: { label_smothing: true }\ntraining:", ".techniques.label_smothing")]
    public void What_a_recipe_may_not_hold_is_refused(string written, string wrong, string where)
    {
        string text = Small.ReplaceLineEndings("\n");
        Assert.Contains(written, text, StringComparison.Ordinal);
        Assert.Contains(s_schema.Check(text.Replace(written, wrong, StringComparison.Ordinal)), error =>
            (error + " ").Contains(where, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("label_smoothing: true")]
    [InlineData("label_smoothing: false")]
    [InlineData("label_smoothing: 0.2")]
    [InlineData("label_smoothing: { amount: 0.2 }")]
    [InlineData("label_smoothing:")]
    public void Every_way_to_switch_a_technique_is_valid(string technique)
    {
        string text = Small + $"\ntechniques:\n  {technique}\n";
        Assert.Empty(s_schema.Check(text));
        Recipe.Parse(text, "small.yaml");
    }

    [Fact]
    public void Ranges_and_defaults_are_those_of_the_reading_calls()
    {
        JsonObject epochs = At("training")["epochs"]!.AsObject();
        Assert.Equal("""{"type":"integer","minimum":1,"maximum":1000000,"default":20,"description":"Passes over the training images."}""",
            epochs.ToJsonString());
        JsonNode peak = At("training")["schedule"]!["anyOf"]![1]!["properties"]!["one_cycle"]!["properties"]!["peak_rate"]!;
        Assert.Equal("""{"type":"number","exclusiveMinimum":0,"default":0.1,"description":"The highest rate, above 0."}""",
            peak.ToJsonString());
    }

    private static JsonObject At(string section) =>
        JsonNode.Parse(RecipeSchema.Write())!["properties"]![section]!["properties"]!.AsObject();

    private static string Folder([CallerFilePath] string path = "") =>
        Path.Combine(Path.GetDirectoryName(path)!, "..", "..", "..", "recipes");
}
