using System.Runtime.CompilerServices;
using Pare.Data;
using Pare.Evaluation;
using Pare.Export;
using Pare.Graphs;
using Pare.Recipes;
using Pare.Runs;
using Pare.Tests.Support;

namespace Pare.Tests.Recipes;

public sealed class TrainedModelTests
{
    private const string Text = """
        name: tiny
        dataset: { name: glyphs }
        model: { input: 1x28x28, layers: [{ conv: { channels: 2, stride: 4 } }, relu, { linear: 10 }] }
        """;

    /// <summary>The networks that come with the repository.</summary>
    public static TheoryData<string> Shipped =>
        [.. Directory.GetFiles(Models(), "*.safetensors").Select(static path => Path.GetFileName(path))];

    [Fact]
    public void A_recipe_of_the_same_name_goes_before_the_one_of_the_folder()
    {
        using var folder = new DataFolder();
        var network = new Network(Recipe.Parse(Text, "tiny.yaml").Graph, seed: 7);
        ModelFile.Save(folder["a.safetensors"], network, new Normalization([0.5f], [0.2f]));
        File.WriteAllText(folder["a.yaml"], Text);
        File.WriteAllText(folder["recipe.yaml"], Text.Replace("tiny", "other", StringComparison.Ordinal));
        var model = TrainedModel.Open(folder["a.safetensors"]);
        Assert.Equal(("tiny", folder["a.safetensors"]), (model.Recipe.Name, model.Location));
        Assert.Equal(network.Values(network.Parameters[0]).ToArray(), model.Network.Values(model.Network.Parameters[0]).ToArray());
        File.Delete(folder["a.yaml"]);
        Assert.Equal("other", TrainedModel.Open(folder["a.safetensors"]).Recipe.Name);
        File.Delete(folder["recipe.yaml"]);
        Assert.Contains("a.yaml", Assert.Throws<RecipeException>(() => TrainedModel.Open(folder["a.safetensors"])).Remedy,
            StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Shipped))]
    public void A_network_of_the_repository_is_the_one_that_its_figures_speak_of(string file)
    {
        var model = TrainedModel.Open(Path.Combine(Models(), file));
        RunSummary? figures = RunSummary.Read(Path.ChangeExtension(model.Location, ".json"));
        Assert.NotNull(figures);
        Assert.Equal(figures.Parameters, Cost.Of(model.Recipe.Graph).Parameters);
        Assert.Equal(figures.Seed, model.Recipe.Training.Seed);

        // Whatever it is shown, it answers with numbers.
        Shape input = model.Recipe.Graph.Input.Shape;
        var pixels = new byte[10 * input.Count];
        for (int i = 0; i < pixels.Length; i++) pixels[i] = (byte)(i * 37);
        var images =
            new ImageSet(input.Channels, input.Height, input.Width, pixels, [.. Enumerable.Range(0, 10)],
            [.. Enumerable.Range(0, 10).Select(static label => $"{label}")]);
        Assert.True(float.IsFinite(Evaluator.Run(model.Network, model.Normalization, images).Loss));
    }

    private static string Models([CallerFilePath] string path = "") =>
        Path.Combine(Path.GetDirectoryName(path)!, "..", "..", "..", "models");
}
