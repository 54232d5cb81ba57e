using System.Numerics.Tensors;
using Pare.Data;
using Pare.Evaluation;
using Pare.Export;
using Pare.Graphs;
using Pare.Graphs.Layers;
using Pare.Inference;
using Pare.Kernels;
using Pare.Quantization;
using Pare.Recipes;
using Pare.Runs;
using Pare.Training;
using Pare.Training.Schedules;

namespace Pare.Tests.Inference;

public class FineTuningTests
{
    private const string Text = """
        dataset: { name: glyphs }
        model:
          input: 1x28x28
          layers:
            - conv: { channels: 6, stride: 2 }
            - batch_norm
            - relu
            - conv: { channels: 8, stride: 2 }
            - batch_norm
            - hard_swish
            - global_average_pool
            - linear: 10
        training: { epochs: 6, batch_size: 32, validation: 0.1, schedule: { one_cycle: { peak_rate: 0.2 } } }
        techniques: { label_smoothing: 0.05, ema: { half_life: 10 }, sam: 0.02 }
        target: { test_accuracy: 0.9 }
        """;

    private const string Plain = """
        dataset: { name: glyphs }
        model:
          input: 1x28x28
          layers:
            - conv: { channels: 8, stride: 2 }
            - batch_norm
            - relu
            - conv: { channels: 12, stride: 2 }
            - batch_norm
            - relu
            - conv: 16
            - batch_norm
            - relu
            - global_average_pool
            - linear: 10
        training: { epochs: 4, batch_size: 32, validation: 0.1, seed: 2 }
        """;

    private static readonly Dataset Data = Glyphs.Create(train: 1000, test: 300);

    private static readonly Lazy<Model> Trained = new(static () => Train(Text));

    [Fact]
    public void The_recipe_is_the_models_with_rounding_few_epochs_and_a_low_rate()
    {
        Recipe recipe = FineTuning.RecipeOf(Trained.Value, epochs: 2);

        Assert.Equal(2, recipe.Training.Epochs);
        Assert.NotNull(recipe.Quantization);
        Assert.Equal(["label_smoothing"], recipe.Training.Techniques.Select(static technique => technique.Key));
        Assert.Equal(0.01, Assert.IsType<Cosine>(recipe.Training.Schedule).Rate, 1e-6);
        Assert.Null(recipe.TargetTestAccuracy);

        // Maps that are rounded to integers are not rounded to 16 bits, too.
        string narrow = Text.Replace("validation: 0.1,", "validation: 0.1, storage: bfloat16,", StringComparison.Ordinal);
        Assert.Equal(MapStorage.BFloat16, Recipe.Parse(narrow, "narrow.yaml").Training.Storage);
        Assert.Equal(MapStorage.Float32, FineTuning.RecipeOf(Train(narrow), epochs: 1).Training.Storage);

        // The highest rate is the schedule's, however few steps the run was of.
        string warmed = Text.Replace("one_cycle: { peak_rate: 0.2 }", "cosine: { rate: 0.1, warmup_steps: 5000 }",
            StringComparison.Ordinal);
        Assert.Equal(0.005, Assert.IsType<Cosine>(FineTuning.RecipeOf(Train(warmed), epochs: 1).Training.Schedule).Rate, 1e-6);

        // One that was trained so already goes on as it is.
        Recipe again = FineTuning.RecipeOf(Train(Text + "\nquantization: { momentum: 0.2 }\n"), epochs: 1);
        Assert.Equal(0.2f, again.Quantization!.Momentum);
    }

    [Fact]
    public void What_plain_integers_lose_comes_back()
    {
        Dataset data = Glyphs.Create(train: 4000, test: 500);
        Recipe recipe = Recipe.Parse(Plain, "");
        Model model = WithDeadWeights(recipe, data);
        int[] validation = recipe.Training.Split(data).Validation;
        var plain = QuantizedModel.Of(model, CalibrationImages.Of(data, null, recipe.Training, null), threads: 2);

        Model tuned = FineTuning.Run(model, data, epochs: 4, threads: 2);

        QuantizedGraph integers = Quantizer.Quantize(tuned.Graph, ActivationRanges.OfTraining(tuned.Graph)!);
        double before = Accuracy(plain.Graph, data.Train, validation), after = Accuracy(integers, data.Train, validation);
        Assert.True(plain.RealAccuracy > before + 0.05, $"{before} of {plain.RealAccuracy}");
        Assert.True(after > plain.RealAccuracy - 0.05, $"{before} before, {after} after, {plain.RealAccuracy} in float32");

        // Integers say what the network says as it was trained, image by image.
        var normalization = new Normalization([.. tuned.Graph.Preprocessing.Mean], [.. tuned.Graph.Preprocessing.StandardDeviation]);
        float[] rounded = Evaluator.Logits(tuned.Network!, normalization, data.Test, threads: 2);
        int same = Enumerable.Range(0, data.Test.Count).Count(i =>
            Largest(rounded.AsSpan(10 * i, 10)) == Largest(QuantizedExecutor.Run(integers, data.Test.Image(i)).Logits));
        Assert.InRange(same, 0.97 * data.Test.Count, data.Test.Count);
    }

    [Fact]
    public void The_model_that_came_out_is_whole()
    {
        Model one = FineTuning.Run(Trained.Value, Data, epochs: 1, threads: 1);
        Model three = FineTuning.Run(Trained.Value, Data, epochs: 1, threads: 3);
        Assert.Equal(one.Network!.Weights, three.Network!.Weights);
        Assert.Equal(one.Network.Statistics, three.Network.Statistics);

        string folder = Directory.CreateTempSubdirectory("pare-fine-").FullName;
        try
        {
            string file = Path.Combine(folder, "tuned.safetensors");
            one.Save(file);
            var read = Model.Load(file);
            Assert.Equal(ActivationRanges.OfTraining(one.Graph)!.Outputs, ActivationRanges.OfTraining(read.Graph)!.Outputs);
            Assert.Equal(ActivationRanges.OfTraining(one.Graph)!.Sums, ActivationRanges.OfTraining(read.Graph)!.Sums);
            Assert.Equal(one.Evaluate(Data.Test).Loss, read.Evaluate(Data.Test).Loss);
            Assert.Contains(read.Network!.Graph.Nodes, static node => node.Layer is FakeQuantize);

            // It can be trained on: it is a run's model as any.
            Assert.Equal(2, FineTuning.RecipeOf(read, 2).Training.Epochs);

            // As a lowered network, too, it keeps its ranges.
            string lowered = Path.Combine(folder, "lowered.safetensors");
            Model.Of(one.Graph).Save(lowered);
            Assert.Equal(ActivationRanges.OfTraining(one.Graph)!.Sums, ActivationRanges.OfTraining(Model.Load(lowered).Graph)!.Sums);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Files_in_real_numbers_are_held_against_the_network_without_rounding()
    {
        Model tuned = FineTuning.Run(Trained.Value, Data, epochs: 1, threads: 2);

        ExportProof proof = ExportProof.Begin(tuned, Data.Test, threads: 2);

        Assert.All(proof.Forms, static form => Assert.InRange(form.LargestDifference, 0, 1e-4));
    }

    [Fact]
    public void What_cannot_be_trained_on_is_refused()
    {
        Model lowered = Model.Of(Trained.Value.Graph);
        Assert.Contains("without its norms", Assert.Throws<RecipeException>(() => FineTuning.Run(lowered, Data, 1)).Message,
            StringComparison.Ordinal);
        Model unknown = Model.Of(Trained.Value.Network!, Normalization.Of(Data.Train));
        Assert.Contains("recipe", Assert.Throws<RecipeException>(() => FineTuning.Run(unknown, Data, 1)).Message, StringComparison.Ordinal);
        Assert.Throws<RecipeException>(() => FineTuning.Run(Trained.Value, Data, epochs: 0));
        Model named = Model.Of(Trained.Value.Network!, Normalization.Of(Data.Train), [.. "abcdefghij".Select(static c => $"{c}")],
            Trained.Value.Origin);
        Assert.Contains("apart", Assert.Throws<DataException>(() => FineTuning.Run(named, Data, 1)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_with_the_key_begins_with_the_weights_of_one_without()
    {
        var network = new Network(Recipe.Parse(Text + "\nquantization: true\n", "").Graph, seed: 3);
        string folder = Directory.CreateTempSubdirectory("pare-fine-").FullName;
        try
        {
            string file = Path.Combine(folder, "real.safetensors");
            Trained.Value.Save(file);
            InitialWeights.Load(file, network, note: null);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        Network real = Trained.Value.Network!;
        foreach (Parameter parameter in real.Parameters)
            Assert.Equal(real.Values(parameter), network.Values(network[parameter.Name]));
        Assert.All(network.Parameters.Where(static parameter => parameter.Name.Contains(".range.", StringComparison.Ordinal)),
            parameter => Assert.Equal(0, network.Values(parameter)[0]));
    }

    private static Model Train(string text)
    {
        Recipe recipe = Recipe.Parse(text, "");
        TrainingResult result = Trainer.Run(new Network(recipe.Graph, seed: 1), Data, recipe.Training with { Threads = 2 });
        return Model.Of(result.Network, result.Normalization, result.Classes, new ModelOrigin { RecipeText = recipe.ToYaml() });
    }

    // A channel of the first map is always 0, as happens behind a rectifier, and the weights that read it are large: nothing in real
    // numbers, but the step of the other weights follows from them. No choice of ranges helps.
    private static Model WithDeadWeights(Recipe recipe, Dataset data)
    {
        var network = new Network(recipe.Graph, seed: 1);
        network.Values(network["batch_norm1.bias"])[0] = -1000;
        TrainingResult result = Trainer.Run(network, data, recipe.Training with { Threads = 2 });
        Parameter reader = network["conv2.weight"];
        Span<float> weights = network.Values(reader);
        int channel = reader.Length / reader.Spec.Shape[0], area = 9;
        for (int o = 0; o < reader.Spec.Shape[0]; o++)
        {
            Span<float> all = weights.Slice(o * channel, channel);
            all[..area].Fill(80 * TensorPrimitives.MaxMagnitude<float>(all[area..]));
        }

        return Model.Of(network, result.Normalization, result.Classes, new ModelOrigin { RecipeText = recipe.ToYaml() });
    }

    private static double Accuracy(QuantizedGraph graph, ImageSet images, int[] order) => order.Count(index =>
        Largest(QuantizedExecutor.Run(graph, images.Image(index)).Logits) == images.Labels[index]) / (double)order.Length;

    private static int Largest(ReadOnlySpan<float> logits) => logits.IndexOf(TensorPrimitives.Max(logits));
}
