using CsCheck;
using Pare.Augmentation;
using Pare.Recipes;
using Pare.Tests.Support;
using Pare.Training.Optimizers;
using Pare.Training.Schedules;

namespace Pare.Tests.Recipes;

public sealed class RecipeTests
{
    private const string Small = """
        name: small
        description: for tests
        dataset:
          name: glyphs
        model:
          input: 1x28x28
          layers:
            - conv: { channels: 4, stride: 2 }
            - batch_norm
            - relu
            - residual:
                body:
                  - conv: 4
                  - dropout: 0.1
            - global_average_pool
            - linear: 10
        training:
          epochs: 3
          optimizer: { sgd: { momentum: 0.8 } }
        """;

    // What means something to YAML, or breaks it.
    private static readonly string[] s_texts = ["", ":", "[", "{", "\"", "'", "-", "\n", "\t", "&a ", "*a", "!x ", "#", "0", "x", "|", "%"];
    private static readonly Gen<string> s_oddities = Gen.Int[0, s_texts.Length - 1].Select(static i => s_texts[i]);

    // What is written must be read back: a list that must be there and holds nothing is refused where the user wrote it.
    [Theory]
    [InlineData("[ { residual: { body: [] } }, flatten, { linear: 10 } ]", "model.layers[0].residual.body")]
    [InlineData("[ { residual: { body: [], shortcut: [ { conv: 1 } ] } }, flatten, { linear: 10 } ]", "model.layers[0].residual.body")]
    [InlineData("[]", "model.layers")]
    public void A_list_without_layers_is_refused(string layers, string key)
    {
        string text = $"name: x\ndataset: {{ name: glyphs }}\nmodel:\n  input: 1x28x28\n  layers: {layers}\n";
        RecipeException error = Assert.Throws<RecipeException>(() => Recipe.Parse(text, "x.yaml"));
        Assert.Contains(key, error.Where, StringComparison.Ordinal);
        Assert.Contains("line 5", error.Where, StringComparison.Ordinal);

        // A shortcut without layers is the input itself.
        string kept = text.Replace(layers, "[ { residual: { body: [ { conv: 1 } ], shortcut: [] } }, flatten, { linear: 10 } ]",
            StringComparison.Ordinal);
        Assert.Equal(Recipe.Parse(kept, "x.yaml").ToYaml(), Recipe.Parse(Recipe.Parse(kept, "x.yaml").ToYaml(), "y.yaml").ToYaml());
    }

    [Fact]
    public void What_is_left_out_has_its_default_and_what_is_written_counts()
    {
        Recipe recipe = Recipe.Parse(Small, "small.yaml");
        Assert.Equal(("small", "for tests", "glyphs"), (recipe.Name, recipe.Description, recipe.DatasetName));
        Assert.Null(recipe.DatasetPath);
        Assert.Null(recipe.TargetTestAccuracy);
        Assert.Equal((3, 128, 1), (recipe.Training.Epochs, recipe.Training.BatchSize, recipe.Training.Seed));
        Assert.Equal(0.8f, Assert.IsType<Sgd>(recipe.Training.Optimizer).Momentum);
        Assert.IsType<OneCycle>(recipe.Training.Schedule);
        Assert.Equal(new Pare.Graphs.Shape(10, 1, 1), recipe.Graph.Output.Shape);
        Assert.Equal(["input", "conv", "batch_norm", "relu", "conv", "dropout", "add", "global_average_pool", "linear"],
            recipe.Graph.Nodes.Select(static node => node.Layer.Kind));
    }

    [Theory]
    [InlineData("training.epochs=7", "training.seed=5")]
    [InlineData("description='a: b # c'", "target.test_accuracy=0.5")]
    [InlineData("dataset.path=/tmp/some where", "name=\"1.0\"")]
    [InlineData("description=\"tab\\t return\\r line\\n \\\\ \\\" \\0 \\u2028 é\"", "dataset.path=null")]
    [InlineData("techniques.label_smoothing=0.2", "training.schedule={ step: { drops: [0.25, 0.5] } }")]
    [InlineData("techniques.label_smoothing=true", "training.schedule=cosine_restarts", "training.optimizer=adam")]
    [InlineData("techniques.label_smoothing.amount=0.05", "training.schedule={ cyclical: { mode: exp_range, cycle_steps: 50 } }")]
    [InlineData("techniques.sam=0.1", "techniques.gradient_clipping={ max_norm: 2 }",
        "techniques.swa={ start: 0.5, rate: 0.05, anneal: linear, batch_weighting: equal }")]
    [InlineData("techniques.asam={ eta: 0, every: 2 }", "techniques.ema={ half_life: 30, warmup: false, recalibrate: true }")]
    [InlineData("training.schedule=one_cycle", "training.schedule.one_cycle.peak_rate=0.3")]
    [InlineData("training.optimizer=adamw", "training.schedule={ one_cycle: { peak_rate: 1e-3, anneal: linear, three_phase: true } }")]
    public void The_resolved_recipe_reads_back_as_the_same(params string[] overrides)
    {
        Recipe recipe = Recipe.Parse(Small, "small.yaml", overrides);
        Recipe again = Recipe.Parse(recipe.ToYaml(), "resolved.yaml");
        Assert.Equal(recipe.ToYaml(), again.ToYaml());
        Assert.Equal((recipe.Name, recipe.Description, recipe.DatasetName, recipe.DatasetPath),
            (again.Name, again.Description, again.DatasetName, again.DatasetPath));
        Assert.Equal(recipe.Training with { Techniques = [] }, again.Training with { Techniques = [] });
        Assert.Equal(recipe.Training.Techniques, again.Training.Techniques);
        Assert.Equal(recipe.TargetTestAccuracy, again.TargetTestAccuracy);
        Assert.Equal(recipe.Graph.Nodes.Select(static node => (node.Name, node.Layer, node.Shape)),
            again.Graph.Nodes.Select(static node => (node.Name, node.Layer, node.Shape)));
    }

    [Theory]
    [InlineData("model={ input: 3x32x32, name: resnet20, classes: 10, width: 0.5, stochastic_depth: 0.2 }")]
    [InlineData("model={ input: 1x28x28, name: vgg, classes: 10 }",
        "model.surgery=[ blur_pool, { depthwise_separable: }, { squeeze_excite: { ratio: 8, gate: hard_sigmoid } }, " +
        "global_average_pool, { scale_width: 0.25 } ]")]
    [InlineData("model.surgery=[]")]
    [InlineData(
        "model.layers.3={ inverted_residual: { channels: 4, expansion: 2, squeeze_excite: 4, stochastic_depth: 0.1, activation: silu } }",
        "model.layers.2={ max_blur_pool: { filter: 4 } }")]
    [InlineData("model.layers.3={ share: conv1 }", "model.layers.0={ conv: 1 }",
        "model.layers.1={ batch_norm: { scale: false, shift: false } }")]
    [InlineData("model.layers.3={ residual_block: 4 }", "model.layers.4=global_depthwise_conv", "model.layers.1={ squeeze_excite: 2 }",
        "model.layers.2={ blur_pool: 2 }")]
    public void Models_blocks_and_surgery_read_back_as_the_same(params string[] overrides) =>
        The_resolved_recipe_reads_back_as_the_same(overrides);

    [Fact]
    public void A_recipe_can_name_its_model_and_change_it()
    {
        Recipe recipe =
            Recipe.Parse(Small, "small.yaml",
            ["model={ input: 1x28x28, name: vgg, classes: 7, width: 0.5 }", "model.surgery=[ blur_pool: 4, global_average_pool ]"]);
        Assert.Equal(new Pare.Graphs.Shape(7, 1, 1), recipe.Graph.Output.Shape);
        Assert.Equal(16, recipe.Graph.Nodes[1].Shape.Channels);
        Assert.Equal(2, recipe.Graph.Nodes.Count(static node => node.Layer is Pare.Graphs.Layers.BlurPool { Filter: 4 }));
        Assert.DoesNotContain(recipe.Graph.Nodes, static node => node.Layer is Pare.Graphs.Layers.Flatten);
    }

    [Theory]
    [InlineData("model={ input: 3x32x32, name: resnet2, classes: 10 }", "model.name", "'resnet20'")]
    [InlineData("model={ input: 3x32x32, name: resnet20 }", "model", "classes")]
    [InlineData("model={ input: 3x32x32, name: resnet8, classes: 10, stochastic_depth: 0.1 }", "model.stochastic_depth", "")]
    [InlineData("model={ input: 3x4x4, name: lenet5, classes: 10 }", "model.name", "")]
    [InlineData("model.name=vgg", "model.layers", "'vgg'")]
    [InlineData("model.surgery=[ blur ]", "model.surgery[0].blur", "'blur_pool'")]
    [InlineData("model.surgery=[ blur_pool ]", "model.surgery[0].blur_pool", "")]
    [InlineData("model.surgery=[ scale_width: 0 ]", "model.surgery[0].scale_width.factor", "above 0")]
    [InlineData("model.surgery=[ squeeze_excite: { ratio: 0.25 } ]", "model.surgery[0].squeeze_excite.ratio", "1")]
    [InlineData("model.surgery=[ scale_width: { factr: 1 } ]", "model.surgery[0].scale_width.factr", "'factor'")]
    [InlineData("model.layers.0={ blur_pool: 9 }", "model.layers[0].blur_pool", "")]
    [InlineData("model.layers.0={ share: conv9 }", "share", "earlier layer")]
    public void A_wrong_model_or_surgery_is_refused_with_its_key(string pair, string key, string remedy)
    {
        RecipeException exception = Assert.Throws<RecipeException>(() => Recipe.Parse(Small, "small.yaml", [pair]));
        Assert.Contains(key, exception.InnerException is RecipeException inner ? inner.Where : exception.Where, StringComparison.Ordinal);
        Assert.Contains(remedy, exception.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void The_resolved_recipe_lists_defaults()
    {
        string yaml = Recipe.Parse(Small, "small.yaml").ToYaml();
        Assert.Contains("batch_size: 128", yaml, StringComparison.Ordinal);
        Assert.Contains("weight_decay: 0.0001", yaml, StringComparison.Ordinal);
        Assert.Contains("peak_rate: 0.1", yaml, StringComparison.Ordinal);
        Assert.Contains("kernel: 3", yaml, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("training.epochs=5", 5)]
    [InlineData("training={epochs: 6}", 6)]
    [InlineData("training.epochs= 7 ", 7)]
    public void Overrides_replace_values(string pair, int epochs) =>
        Assert.Equal(epochs, Recipe.Parse(Small, "small.yaml", [pair]).Training.Epochs);

    [Theory]
    [InlineData("training={batch_size: 32}", "training.validation=0.25", "training.schedule.step.drops=[0.5]")]
    [InlineData("training.validation=0.25", "training.schedule.step.drops=[0.5]", "training={batch_size: 32}")]
    [InlineData("training={ validation: 0.25, schedule: { step: { drops: [0.5] } } }", "training.batch_size=32")]
    [InlineData("training.schedule={ step: { drops: [0.5] } }", "training={ validation: 0.25, batch_size: 32 }",
        "training.schedule={ step: {} }")]
    public void A_mapping_is_laid_over_what_is_there(params string[] overrides)
    {
        Recipe recipe = Recipe.Parse(Small, "small.yaml", overrides);

        Assert.Equal((3, 32, 0.25f), (recipe.Training.Epochs, recipe.Training.BatchSize, recipe.Training.ValidationFraction));
        Assert.Equal([0.5], Assert.IsType<Step>(recipe.Training.Schedule).Drops);
        Assert.Equal(0.8f, Assert.IsType<Sgd>(recipe.Training.Optimizer).Momentum);
    }

    [Fact]
    public void Another_choice_in_a_mapping_takes_the_place_of_the_first() =>
        Assert.IsType<AdamW>(Recipe.Parse(Small, "small.yaml", ["training={ optimizer: { adamw: { weight_decay: 0.01 } } }"])
            .Training.Optimizer);

    [Fact]
    public void A_mapping_within_a_layer_keeps_its_other_settings() =>
        Assert.Equal((5, 2), Recipe.Parse(Small, "small.yaml", ["model.layers.0.conv={ kernel: 5 }"]).Graph.Nodes[1].Layer.Window);

    [Theory]
    [InlineData("a: b")]
    [InlineData("a # b")]
    [InlineData("user@host:/pictures #3")]
    [InlineData("- not a list")]
    [InlineData("&x *y !z %w | > `")]
    [InlineData("C:\\pictures")]
    [InlineData("0x10")]
    [InlineData("a\"b'c]d}e")]
    [InlineData("true")]
    [InlineData("a=b")]
    public void The_text_of_an_override_is_taken_as_it_stands(string text)
    {
        Recipe recipe = Recipe.Parse(Small, "small.yaml", [$"dataset.path=/{text}", $"description= {text} "]);

        Assert.Equal(("/" + text, text), (recipe.DatasetPath, recipe.Description));
        Assert.Equal("/" + text, Recipe.Parse(recipe.ToYaml(), "resolved.yaml").DatasetPath);
    }

    [Theory]
    [InlineData("training.schedule.one_cycle.peak_rate=0,5", "Use a point: 0.5.")]
    [InlineData("training.optimizer.sgd.momentum=0,9e-1", "Use a point: 0.9e-1.")]
    [InlineData("training.validation=0,1", "Use a point: 0.1.")]
    [InlineData("training.validation=10", "Write 0.1 for 10 %.")]
    [InlineData("training.validation=1", "Write a number from 0 to 0.9.")]
    [InlineData("training.validation=95", "Write a number from 0 to 0.9.")]
    [InlineData("target.test_accuracy=99.2", "Write 0.992 for 99.2 %.")]
    [InlineData("techniques.adversarial_training.epsilon=8", "Write 0.031373 for 8/255.")]
    [InlineData("target.test_accuracy=99,2 %", "Write 0.992 for 99.2 %.")]
    [InlineData("target.test_accuracy=-1", "Write a number from 0 to 1.")]
    [InlineData("target={ test_accuracy: 0,98 }", "use a point: 0.98.")]
    [InlineData("training.schedule={ one_cycle: { peak_rate: 0,05 } }", "Use a point: 0.05.")]
    [InlineData("training.schedule={ one_cycle: { peak_rate: 1,5 } }", "use a point: 1.5.")]
    [InlineData("training.epochs=3,5", "Write a whole number from 1 to 1000000.")]
    public void A_decimal_comma_and_per_cent_are_told(string pair, string remedy) =>
        Assert.EndsWith(remedy, Assert.Throws<RecipeException>(() => Recipe.Parse(Small, "small.yaml", [pair])).Remedy,
            StringComparison.Ordinal);

    [Theory]
    [InlineData("training.epochs=x", "'epochs' is x; it must be a whole number from 1 to 1000000.")]
    [InlineData("training.seed=-1", "'seed' is -1; it must be a whole number from 0 to 2147483647.")]
    [InlineData("training.validation=2", "'validation' is 2; it must be a number from 0 to 0.9.")]
    [InlineData("training.optimizer.sgd.momentum=x", "'momentum' is x; it must be a number from 0 to below 1.")]
    [InlineData("training.optimizer.sgd.momentum=1", "'momentum' is 1; it must be a number from 0 to below 1.")]
    [InlineData("training.schedule.one_cycle.peak_rate=0", "'peak_rate' is 0; it must be a number above 0.")]
    [InlineData("training.schedule={ cosine: { warmup_steps: -1 } }", "'warmup_steps' is -1; it must be a whole number from 0 up.")]
    [InlineData("training.schedule={ cyclical: { cycle_steps: x } }", "'cycle_steps' is x; it must be a whole number from 2 up.")]
    [InlineData("model.layers.0.conv.stride=70000", "'stride' is 70000; it must be a whole number from 1 to 4096.")]
    [InlineData("model.layers.1={ batch_norm: { momentum: 0 } }", "'momentum' is 0; it must be a number above 0 and up to 1.")]
    public void A_range_names_both_its_ends(string pair, string message) =>
        Assert.Equal(message, Assert.Throws<RecipeException>(() => Recipe.Parse(Small, "small.yaml", [pair])).Message);

    [Theory]
    [InlineData("a:\n\tb: 1\n", 2)]
    [InlineData("a: 1\n\tb: 2\nc: 3\n", 2)]
    [InlineData("a:\n  - x\n\t- y\nb: 1\n", 3)]
    [InlineData("a:\n  b: 1\n  \tc: 2\nd: 1\n", 3)]
    [InlineData("a:\tx\nb:\n\t- 1\n", 3)]
    [InlineData("a: [1,\n\t2]\nb:\n\tc: 1\n", 4)]
    [InlineData("a: \"x\n\ty\"\nb:\n  c: 1\n\td: 1\n", 5)]
    [InlineData("a: 1\r\nb:\r\n\tc: 2\r\n", 3)]
    [InlineData("a: 1\nb: 2\nc\nd: 4\n", 3)]
    [InlineData("a: 1\nb:\n  c: 1\n  d\n  e: 3\nf: 1\n", 4)]
    [InlineData("a: 1\nb: [1, 2\nc: 3\nd: 4\n", 2)]
    [InlineData("a: 1\nb: { x: 1\nc: 3\nd: 4\n", 2)]
    [InlineData("a: 1\nb: 'x\nc: 3\nd: 4\n", 2)]
    [InlineData("a: 1\nb: \"x\nc: 3\nd: 4\n", 2)]
    [InlineData("a:\n    b: 1\n    c: 2\n  d: 3\ne: 1\n", 4)]
    [InlineData("a: 1\nb: c: d\ne: 1\n", 2)]
    [InlineData("a: 1\nb: @x\nc: 1\n", 2)]
    [InlineData("a:\n  - x\n  -y\n  - z\nb: 1\n", 3)]
    [InlineData("a: 1\nb: 2\n- c\nd: 3\n", 3)]
    public void A_syntax_error_names_its_line(string text, int line) =>
        Assert.Equal($"wrong.yaml, line {line}", Assert.Throws<RecipeException>(() => Recipe.Parse(text, "wrong.yaml")).Where);

    [Theory]
    [InlineData("2147483647x2147483647x2147483647")]
    [InlineData("3x30000x30000")]
    [InlineData("1x65537x1")]
    [InlineData("1000000x1000x1")]
    public void An_input_that_is_too_large_is_refused_at_its_line(string input)
    {
        var error =
            Assert.Throws<RecipeException>(() => Recipe.Parse(Small.Replace("1x28x28", input, StringComparison.Ordinal), "small.yaml"));

        Assert.Equal("small.yaml, line 6, key model.input", error.Where);
    }

    [Theory]
    [InlineData("{ conv: { channels: 4, padding: 2147483647 } }", "conv.padding")]
    [InlineData("{ conv: { channels: 4, stride: 2147483647 } }", "conv.stride")]
    [InlineData("{ conv: { channels: 4, kernel: 2147483647 } }", "conv.kernel")]
    [InlineData("{ conv: { channels: 4, padding: -1 } }", "conv.padding")]
    [InlineData("{ conv: { channels: 4, groups: 0 } }", "conv.groups")]
    [InlineData("{ conv: { channels: 4, kernel: 4096, padding: 4096 } }", "conv")]
    [InlineData("{ depthwise_conv: { multiplier: 65536 } }", "depthwise_conv")]
    [InlineData("{ inverted_residual: { channels: 65536, expansion: 64 } }", "inverted_residual")]
    [InlineData("{ average_pool: { padding: 2147483647 } }", "average_pool.padding")]
    [InlineData("{ max_pool: { kernel: 65536 } }", "max_pool.kernel")]
    [InlineData("{ blur_pool: { stride: 2147483647 } }", "blur_pool.stride")]
    [InlineData("{ squeeze_excite: { hidden: 2147483647 } }", "squeeze_excite.hidden")]
    public void A_layer_that_is_too_large_is_refused_at_its_line(string layer, string key)
    {
        string text = Small.Replace("{ channels: 4, stride: 2 }", "65536", StringComparison.Ordinal)
            .Replace("1x28x28", "1x40x40", StringComparison.Ordinal)
            .Replace("- relu", "- " + layer, StringComparison.Ordinal);

        var error = Assert.Throws<RecipeException>(() => Recipe.Parse(text, "small.yaml"));

        Assert.StartsWith($"small.yaml, line 10, key model.layers[2].{key}", error.Where, StringComparison.Ordinal);
    }

    [Fact]
    public void Dense_layers_whose_weights_no_array_holds_are_refused() => Assert.StartsWith(
        "small.yaml, line 12, key model.layers[3].residual.body[0].conv",
        Assert.Throws<RecipeException>(() =>
        Recipe.Parse(Small.Replace("{ channels: 4, stride: 2 }", "65536", StringComparison.Ordinal)
            .Replace("- conv: 4", "- conv: 65536", StringComparison.Ordinal), "small.yaml"))
            .Where.Replace("line 13", "line 12", StringComparison.Ordinal),
        StringComparison.Ordinal);

    [Fact]
    public void A_recipe_of_a_megabyte_of_values_or_of_layers_is_refused()
    {
        string many = string.Concat(Enumerable.Repeat("\n    - relu", 5000));
        Assert.Contains("more than 4096 layers",
            Assert.Throws<RecipeException>(() => Recipe.Parse(Small.Replace("\n    - relu", many, StringComparison.Ordinal), "small.yaml"))
            .Message, StringComparison.Ordinal);
        Assert.Contains("too many values",
            Assert.Throws<RecipeException>(() =>
            Recipe.Parse(Small + "\nx: [" + string.Concat(Enumerable.Repeat("1,", 200_000)) + "]", "small.yaml")).Message,
                StringComparison.Ordinal);
        Assert.Contains("longer than 1,000,000",
            Assert.Throws<RecipeException>(() => Recipe.Parse(Small + "\n#" + new string('x', 1_000_000), "small.yaml")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Overrides_reach_into_lists_and_later_ones_win()
    {
        Recipe recipe =
            Recipe.Parse(Small, "small.yaml",
            ["model.layers.0.conv.channels=8", "model.layers.3.residual.body.0.conv=8", "training.seed=2", "training.seed=3"]);
        Assert.Equal(8, recipe.Graph.Nodes[1].Shape.Channels);
        Assert.Equal(3, recipe.Training.Seed);
    }

    [Theory]
    [InlineData("true")]
    [InlineData("")]
    public void What_is_on_with_its_defaults_can_be_given_one_setting(string written)
    {
        var recipe = Recipe.Parse(Small + $"\ntechniques:\n  horizontal_flip: {written}", "small.yaml",
            ["techniques.horizontal_flip.probability=0.25"]);
        Assert.Equal([new HorizontalFlip { Probability = 0.25f }], recipe.Training.Techniques);
    }

    [Fact]
    public void What_is_a_value_has_no_settings()
    {
        RecipeException wrong = Assert.Throws<RecipeException>(() => Recipe.Parse(Small + "\ntechniques:\n  mixup: false", "small.yaml",
            ["techniques.mixup.alpha=0.3"]));
        Assert.Equal("'techniques.mixup' is 'false', which has no 'alpha' to set.", wrong.Message);
        Assert.Equal("Give 'techniques.mixup' another value, or settings where it has any: techniques.mixup={alpha: ...}.", wrong.Remedy);
    }

    [Fact]
    public void The_path_of_the_data_begins_at_the_recipe_s_folder_and_is_whole_in_the_resolved_recipe()
    {
        using var folder = new DataFolder();
        Directory.CreateDirectory(folder["pictures"]);
        string file = folder["mine.yaml"];
        string phased = Small + "\nphases: [ one ]\n";

        Assert.Equal(folder["pictures"], Recipe.Parse(Small, file, ["dataset.path=pictures"]).DatasetPath);
        Assert.Equal(folder["pictures"], Recipe.Parse(Small, file, ["dataset={ path: ./pictures }"]).DatasetPath);
        Assert.Equal(folder["missing"], Recipe.Parse(Small, file, ["dataset.path=missing"]).DatasetPath);
        Assert.Equal(folder["pictures"], Recipe.Parse(phased, file, ["dataset.path=pictures"]).DatasetPath);
        Assert.Contains(folder["pictures"], PhasedRecipe.Parse(phased, file, ["dataset.path=pictures"]).ToYaml(), StringComparison.Ordinal);
        string resolved = Recipe.Parse(Small, file, ["dataset.path=pictures"]).ToYaml();
        Assert.Equal(folder["pictures"], Recipe.Parse(resolved, Path.Combine(folder["runs"], "a", "recipe.yaml")).DatasetPath);

        // Runs of before have the path as it was typed, from where the command was given.
        string here = Path.GetFileName(Directory.EnumerateFiles(Environment.CurrentDirectory).First());
        Assert.Equal(Path.GetFullPath(here), Recipe.Parse(Small, file, [$"dataset.path={here}"]).DatasetPath);
    }

    [Fact]
    public void An_optimizer_that_is_named_again_keeps_its_settings()
    {
        const string scheduled = Small + "\n  schedule: { one_cycle: { peak_rate: 0.3 } }\n";
        Recipe again = Recipe.Parse(scheduled, "a.yaml", ["training.optimizer=sgd", "training.schedule=one_cycle"]);
        Assert.Equal(0.8f, Assert.IsType<Sgd>(again.Training.Optimizer).Momentum);
        Assert.Equal(0.3, Assert.IsType<OneCycle>(again.Training.Schedule).PeakRate, 6);
        Assert.IsType<Cosine>(Recipe.Parse(scheduled, "a.yaml", ["training.schedule=cosine"]).Training.Schedule);
        Recipe phase = Recipe.Parse(scheduled + "phases:\n  - one: { set: { training: { optimizer: sgd } } }\n", "a.yaml");
        Assert.Equal(0.8f, Assert.IsType<Sgd>(phase.Training.Optimizer).Momentum);
    }

    [Theory]
    [InlineData("True", true)]
    [InlineData("TRUE", true)]
    [InlineData("False", false)]
    public void Truth_is_written_as_yaml_has_it(string text, bool isOn)
    {
        string on = $"{Small}\ntechniques: {{ horizontal_flip: {text} }}\n";
        Assert.Equal(isOn ? 1 : 0, Recipe.Parse(on, "a.yaml").Training.Techniques.Count);
        Assert.Equal(isOn ? 1 : 0, Recipe.Parse(Small, "a.yaml", [$"techniques.horizontal_flip={text}"]).Training.Techniques.Count);
        Assert.Equal(text, Recipe.Parse(Recipe.Parse(Small, "a.yaml", [$"name='{text}'"]).ToYaml(), "a.yaml").Name);
    }

    [Fact]
    public void An_empty_value_of_an_optional_text_is_none()
    {
        Assert.Null(Recipe.Parse(Small, "small.yaml", ["dataset.path="]).DatasetPath);
        Assert.Null(Recipe.Parse(Small, "small.yaml", ["dataset.path=null"]).DatasetPath);
        Assert.Null(Recipe.Parse(Small, "small.yaml", ["dataset.path=~"]).DatasetPath);
    }

    [Theory]
    [InlineData("  epochs: 3", "  epoks: 3", 18, "training.epoks", "'epochs'")]
    [InlineData("  epochs: 3", "  epochs: 0", 18, "training.epochs", "")]
    [InlineData("  epochs: 3", "  epochs: many", 18, "training.epochs", "")]
    [InlineData("  epochs: 3", "  epochs: 2.5", 18, "training.epochs", "")]
    [InlineData("  epochs: 3", "  epochs: [3]", 18, "training.epochs", "")]
    [InlineData("  epochs: 3", "  epochs: 3\n  epochs: 4", 19, "", "")]
    [InlineData("momentum: 0.8", "momentun: 0.8", 19, "training.optimizer.sgd.momentun", "'momentum'")]
    [InlineData("momentum: 0.8", "momentum: .nan", 19, "training.optimizer.sgd.momentum", "")]
    [InlineData("momentum: 0.8", "momentum: 0", 19, "training", "")]
    [InlineData("sgd:", "sgdd:", 19, "training.optimizer", "'sgd'")]
    [InlineData("{ sgd: { momentum: 0.8 } }", "{ sgd: {}, adamw: {} }", 19, "training.optimizer", "")]
    [InlineData("{ sgd: { momentum: 0.8 } }", "{ adamw: { epsilon: 0 } }", 19, "training", "")]
    [InlineData("1x28x28", "1x28", 6, "model.input", "1x28x28")]
    [InlineData("1x28x28", "1x28x0", 6, "model.input", "1x28x28")]
    [InlineData("    - relu", "    - rellu", 10, "model.layers[2]", "'relu'")]
    [InlineData("channels: 4, stride", "chanels: 4, stride", 8, "model.layers[0].conv", "channels")]
    [InlineData("stride: 2", "stride: 0", 8, "model.layers[0].conv.stride", "")]
    [InlineData("stride: 2", "kernel: 99, padding: 0", 8, "model.layers[0].conv", "")]
    [InlineData("conv: { channels: 4, stride: 2 }", "conv", 8, "model.layers[0].conv", "channels")]
    [InlineData("- conv: 4", "- conv: 5", 11, "model.layers[3].residual", "")]
    [InlineData("- dropout: 0.1", "- dropout: 1.5", 14, "model.layers[3].residual.body[1].dropout", "")]
    [InlineData("  name: glyphs", "  path: x", 4, "dataset", "glyphs")]
    [InlineData("description: for tests", "descripton: for tests", 2, "descripton", "'description'")]
    [InlineData("description: for tests", "description: [a", 2, "", "")]
    [InlineData("description: for tests", "description: *nowhere", 2, "", "")]
    public void An_error_names_file_line_and_key(string written, string wrong, int line, string key, string remedy)
    {
        Assert.Contains(written, Small, StringComparison.Ordinal);
        RecipeException exception =
            Assert.Throws<RecipeException>(() => Recipe.Parse(Small.Replace(written, wrong, StringComparison.Ordinal), "small.yaml"));
        Assert.Contains($"small.yaml, line {line}", exception.Where + ",", StringComparison.Ordinal);
        Assert.Contains(key, exception.Where, StringComparison.Ordinal);
        Assert.Contains(remedy, exception.Remedy, StringComparison.Ordinal);
        Assert.NotEmpty(exception.Message);
    }

    [Theory]
    [InlineData("training.epoks=3", "training.epoks")]
    [InlineData("training.epochs=many", "training.epochs")]
    [InlineData("model.layers.99.conv=3", "model.layers.99")]
    [InlineData("name.first=3", "name.first")]
    [InlineData("training.epochs", "")]
    [InlineData("=3", "")]
    [InlineData("training..epochs=3", "training.")]
    [InlineData("description=[a", "")]
    public void A_wrong_override_is_refused_and_blamed_on_the_command_line(string pair, string key)
    {
        RecipeException exception = Assert.Throws<RecipeException>(() => Recipe.Parse(Small, "small.yaml", [pair]));
        Assert.StartsWith("overrides", exception.Where, StringComparison.Ordinal);
        Assert.Equal("overrides", exception.Setting);
        Assert.Contains(key, exception.Message + exception.Where, StringComparison.Ordinal);
        Assert.DoesNotContain("line 1", exception.Where, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("just a text")]
    [InlineData("- a\n- list")]
    [InlineData("name: a\n---\nname: b")]
    [InlineData("? [a, b]\n: c")]
    [InlineData("\0")]
    public void A_file_that_is_no_recipe_is_refused(string text) => Assert.Throws<RecipeException>(() => Recipe.Parse(text, "other.yaml"));

    [Fact]
    public void A_list_that_contains_itself_is_refused() => Assert.Throws<RecipeException>(() => Recipe.Parse(
        Small.Replace("body:", "body: &loop\n              - residual: { body: *loop }", StringComparison.Ordinal), "small.yaml"));

    [Fact]
    public void Values_nested_thousands_deep_are_refused() => Assert.Throws<RecipeException>(() => Recipe.Parse(
        "name: " + new string('[', 100_000), "deep.yaml"));

    [Fact]
    public void Damaged_recipes_give_a_recipe_error_and_nothing_else() =>
        Gen.Select(Gen.Int[0, Small.Length - 1], Gen.Int[0, 8], s_oddities).Sample(
        static (start, length, inserted) =>
        {
            string damaged = Small[..start] + inserted + Small[Math.Min(start + length, Small.Length)..];
            try
            {
                Recipe recipe = Recipe.Parse(damaged, "damaged.yaml");
                Assert.Equal(recipe.ToYaml(), Recipe.Parse(recipe.ToYaml(), "resolved.yaml").ToYaml());
            }
            catch (RecipeException exception)
            {
                Assert.Contains("damaged.yaml", exception.Where, StringComparison.Ordinal);
            }
        }, iter: 3000);
}
