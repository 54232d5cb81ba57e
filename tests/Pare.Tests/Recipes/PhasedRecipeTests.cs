using System.Runtime.CompilerServices;
using Pare.Graphs;
using Pare.Recipes;
using Pare.Training.Optimizers;
using Pare.Training.Schedules;
using YamlDotNet.RepresentationModel;

namespace Pare.Tests.Recipes;

public sealed class PhasedRecipeTests
{
    private const string Text = """
        name: small
        description: for tests
        dataset: { name: glyphs }
        model:
          input: 1x28x28
          layers:
            - conv: 4
            - flatten
            - linear: 10
        training:
          epochs: 3
          optimizer: { sgd: { momentum: 0.8 } }
        techniques: { label_smoothing: 0.1 }
        tolerance: 0.01
        target: { test_accuracy: 0.9, parameters: 100 }
        phases:
          - baseline: { target: what there is }
          - pooled:
              target: the head goes
              set:
                model:
                  layers:
                    - conv: 4
                    - global_average_pool
                    - linear: 10
          - tuned:
              set:
                training: { epochs: 5, optimizer: { sgd: { nesterov: false } } }
                techniques: { label_smoothing: false }
          - adam:
              set:
                training: { optimizer: adamw, schedule: { cosine: { rate: 0.01 } } }
        """;

    private static readonly PhasedRecipe s_recipe = PhasedRecipe.Parse(Text, "small.yaml");

    [Fact]
    public void The_phases_are_numbered_and_say_what_they_change()
    {
        Assert.Equal(("small", "for tests", 0.01), (s_recipe.Name, s_recipe.Description, s_recipe.Tolerance));
        Assert.Equal(["01-baseline", "02-pooled", "03-tuned", "04-adam"], s_recipe.Phases.Select(static phase => phase.Folder));
        Assert.Equal(["what there is", "the head goes", "", ""], s_recipe.Phases.Select(static phase => phase.Target));
        Assert.Equal(
            ["", "new layers", "epochs 5, optimizer sgd (nesterov off), label_smoothing off",
            "optimizer adamw, schedule cosine (rate 0.01)"],
            s_recipe.Phases.Select(static phase => phase.Change));
    }

    [Fact]
    public void A_phase_is_laid_over_all_before_it()
    {
        Recipe[] recipes = [.. s_recipe.Phases.Select(phase => s_recipe.Resolve(phase))];
        Assert.Equal(["flatten", "global_average_pool", "global_average_pool", "global_average_pool"],
            recipes.Select(static recipe => recipe.Graph.Nodes[2].Layer.Kind));
        Assert.All(recipes, static recipe => Assert.Equal(new Shape(1, 28, 28), recipe.Graph.Input.Shape));
        Assert.Equal([3, 3, 5, 5], recipes.Select(static recipe => recipe.Training.Epochs));
        Assert.Equal([1, 1, 0, 0], recipes.Select(static recipe => recipe.Training.Techniques.Count));
    }

    [Fact]
    public void Settings_of_the_same_choice_merge_and_another_choice_replaces_them()
    {
        Sgd sgd = Assert.IsType<Sgd>(s_recipe.Resolve(s_recipe.Find("tuned")).Training.Optimizer);
        Assert.Equal((0.8f, false), (sgd.Momentum, sgd.Nesterov));
        Recipe adam = s_recipe.Resolve(s_recipe.Find("adam"));
        Assert.IsType<AdamW>(adam.Training.Optimizer);
        Assert.IsType<Cosine>(adam.Training.Schedule);
        PhasedRecipe other =
            PhasedRecipe.Parse(Text.Replace("optimizer: adamw", "optimizer: { adamw: { weight_decay: 0.5 } }", StringComparison.Ordinal),
            "small.yaml");
        Assert.Equal(0.5f, Assert.IsType<AdamW>(other.Resolve(other.Phases[3]).Training.Optimizer).WeightDecay);
    }

    [Fact]
    public void Without_a_phase_that_was_undone_the_others_stand_on_what_was_before()
    {
        Recipe recipe = s_recipe.Resolve(s_recipe.Find("adam"), [s_recipe.Find("pooled"), s_recipe.Find("tuned")]);
        Assert.Equal("flatten", recipe.Graph.Nodes[2].Layer.Kind);
        Assert.Equal(3, recipe.Training.Epochs);
        Assert.Single(recipe.Training.Techniques);
    }

    [Fact]
    public void The_target_is_the_last_phases()
    {
        Assert.All(s_recipe.Phases.SkipLast(1), static phase => Assert.Null(s_recipe.Resolve(phase).TargetTestAccuracy));
        Recipe last = s_recipe.Resolve(s_recipe.Phases[^1]);
        Assert.Equal((0.9f, 100), (last.TargetTestAccuracy, last.TargetParameters));
    }

    [Fact]
    public void Read_as_one_recipe_it_is_the_last_phase_or_the_one_that_is_named()
    {
        Assert.Equal("adam", Recipe.Parse(Text, "small.yaml").Phase?.Name);
        Recipe pooled = Recipe.Parse(Text, "small.yaml", ["training.epochs=9"], "pooled");
        Assert.Equal(("pooled", 9), (pooled.Phase?.Name, pooled.Training.Epochs));
        Recipe again = Recipe.Parse(pooled.ToYaml(), "resolved.yaml");
        Assert.Null(again.Phase);
        Assert.Equal(pooled.ToYaml(), again.ToYaml());
    }

    [Fact]
    public void Overrides_change_the_file_of_a_build_and_have_the_last_word_over_a_single_recipe()
    {
        PhasedRecipe build =
            PhasedRecipe.Parse(Text, "small.yaml", ["training.epochs=9", "phases.2.tuned.set.training.epochs=7", "tolerance=0.5"]);
        Assert.Equal([9, 9, 7, 7], build.Phases.Select(phase => build.Resolve(phase).Training.Epochs));
        Assert.Equal(0.5, build.Tolerance);
        Assert.Equal(9, Recipe.Parse(Text, "small.yaml", ["training.epochs=9", "phases.2.tuned.set.training.epochs=7"]).Training.Epochs);
    }

    [Fact]
    public void Written_with_its_phases_it_reads_back_as_the_same()
    {
        PhasedRecipe build = PhasedRecipe.Parse(Text, "small.yaml", ["training.batch_size=64"]);
        PhasedRecipe again = PhasedRecipe.Parse(build.ToYaml(), "again.yaml");
        Assert.Equal(build.ToYaml(), again.ToYaml());
        Assert.Equal(build.Phases.Select(phase => build.Resolve(phase).ToYaml()),
            again.Phases.Select(phase => again.Resolve(phase).ToYaml()));
        Assert.Equal(build.Phases.Select(static phase => (phase.Name, phase.Target, phase.Change)),
            again.Phases.Select(static phase => (phase.Name, phase.Target, phase.Change)));
    }

    [Theory]
    [InlineData("{ model: { surgery: [b] } }", "{ model: { name: x, surgery: [a] } }", "{ model: { surgery: [a, b], name: x } }")]
    [InlineData("{ model: { layers: [b] } }", "{ model: { input: i, name: x, surgery: [a] } }", "{ model: { layers: [b], input: i } }")]
    [InlineData("{ model: { name: y } }", "{ model: { input: i, name: x, width: 2, surgery: [a] } }", "{ model: { name: y, input: i } }")]
    [InlineData("{ model: { name: y, surgery: [b] } }", "{ model: { surgery: [a] } }", "{ model: { name: y, surgery: [b] } }")]
    [InlineData("{ training: , other: 1 }", "{ training: { epochs: 3 } }", "{ training: { epochs: 3 }, other: 1 }")]
    [InlineData("{ a: { b: { c: 1 } } }", "{ a: { b: { d: 2 }, e: [1] } }", "{ a: { b: { c: 1, d: 2 }, e: [1] } }")]
    [InlineData("{ a: [2] }", "{ a: [1] }", "{ a: [2] }")]
    [InlineData("{ a: 1 }", "{ a: { b: 2 } }", "{ a: 1 }")]
    public void Surgery_is_appended_and_a_new_model_clears_it(string over, string below, string merged) =>
        Assert.Equal(Node(merged), PhaseSection.Merge(Node(over), Node(below)));

    [Fact]
    public void A_phase_is_called_by_letters_of_any_script()
    {
        var recipe = PhasedRecipe.Parse("""
            name: größer
            dataset: { name: glyphs }
            model: { input: 1x28x28, layers: [flatten, { linear: 10 }] }
            training: { epochs: 1 }
            phases:
              - größe_2: { target: first }
              - 数字: { set: { training: { epochs: 2 } } }
            """, "a.yaml");
        Assert.Equal(["01-größe_2", "02-数字"], recipe.Phases.Select(static phase => phase.Folder));
        Assert.Equal(2, recipe.Resolve(recipe.Find("数字")).Training.Epochs);
    }

    [Theory]
    [InlineData("{ distillation: { teacher: phase:pooled } }", "pooled")]
    [InlineData("{ distillation: phase:pooled }", "pooled")]
    [InlineData("{ distillation: { teacher: some/model.safetensors } }", null)]
    [InlineData("{ distillation: true }", null)]
    [InlineData("{ }", null)]
    public void A_teacher_is_named_by_its_phase(string techniques, string? phase)
    {
        YamlScalarNode? teacher = PhaseSection.Teacher(Node($"{{ techniques: {techniques} }}"), out string name);
        Assert.Equal(phase, teacher is null ? null : name);
    }

    [Theory]
    [InlineData("epochs: 5", "epoks: 5", 28, "training.epoks", "phase tuned", "'epochs'")]
    [InlineData("epochs: 5", "epochs: none", 28, "training.epochs", "phase tuned", "")]
    [InlineData("nesterov: false", "momentum: 7", 28, "training.optimizer.sgd", "phase tuned", "")]
    [InlineData("            - global_average_pool", "            - global_average_pol", 24, "model.layers[1]", "phase pooled",
        "'global_average_pool'")]
    [InlineData("label_smoothing: false", "label_smoothng: false", 29, "techniques", "phase tuned", "'label_smoothing'")]
    [InlineData("label_smoothing: false", "distillation: { teacher: phase:adam }", 29, "techniques.distillation.teacher", "phase tuned",
        "earlier phase")]
    [InlineData("conv: 4\n    - flatten", "conv: 0\n    - flatten", 7, "model.layers[0].conv.channels", "phase baseline", "")]
    [InlineData("- pooled:", "- po/oled:", 18, "phases[1]", "", "letters")]
    [InlineData("- pooled:", "- pooled_pooled_pooled_pooled_pooled_pooled_pooled_pooled_pooled_pooled_pooled_pooled_pooled_pooled_pooled:",
        18, "phases[1]", "", "at most 100")]
    [InlineData("- pooled:", "- äääääääääääääääääääääääääääääääääääääääääääääääääää:", 18, "phases[1]", "", "at most 100")]
    [InlineData("- pooled:", "- Baseline:", 18, "phases[1]", "", "name of its own")]
    [InlineData("target: the head goes", "targt: the head goes", 19, "phases[1].pooled.targt", "", "'target'")]
    [InlineData("target: the head goes", "target: { test_accuracy: 0.9 }", 19, "phases[1].pooled.target", "", "below set")]
    [InlineData("epochs: 5, optimizer: { sgd: { nesterov: false } } }", "epochs: 5 }\n        dataset: { name: mnist }", 29,
        "phases[2].tuned.set.dataset", "", "top of the recipe")]
    [InlineData("tolerance: 0.01", "tolerance: 7", 14, "tolerance", "", "")]
    [InlineData("tolerance: 0.01", "train: tund", 14, "train", "", "'tuned'")]
    [InlineData("phases:", "phasses:", 16, "phasses", "", "'phases'")]
    public void An_error_names_file_line_key_and_phase(string written, string wrong, int line, string key, string phase, string remedy)
    {
        Assert.Contains(written, Text, StringComparison.Ordinal);
        string text = Text.Replace(written, wrong, StringComparison.Ordinal);
        RecipeException error =
            Assert.Throws<RecipeException>(() =>
            PhasedRecipe.Read(text, "small.yaml", []) is { } read ? read : (object)Recipe.Parse(text, "small.yaml"));
        Assert.Contains($"small.yaml, line {line},", error.Where + ",", StringComparison.Ordinal);
        Assert.Contains(key, error.Where, StringComparison.Ordinal);
        Assert.EndsWith(phase, error.Where, StringComparison.Ordinal);
        Assert.Contains(remedy, error.Remedy, StringComparison.Ordinal);
        Assert.Equal(error.Where, Assert.Throws<RecipeException>(() => Recipe.Parse(text, "small.yaml")).Where);
    }

    [Fact]
    public void A_recipe_without_phases_is_no_build_and_one_with_an_empty_list_is_wrong()
    {
        string none = Text[..Text.IndexOf("phases:", StringComparison.Ordinal)];
        Assert.Contains("pare train", Assert.Throws<RecipeException>(() => PhasedRecipe.Parse(none, "small.yaml")).Remedy,
            StringComparison.Ordinal);
        Assert.Throws<RecipeException>(() => Recipe.Parse(none, "small.yaml", phase: "baseline"));
        Assert.Contains("'training'", Assert.Throws<RecipeException>(() => Recipe.Parse(none + "train: { epochs: 2 }", "small.yaml"))
            .Remedy, StringComparison.Ordinal);
        Assert.Throws<RecipeException>(() => Recipe.Parse(none + "phases: []", "small.yaml"));
        Assert.Equal(3, Recipe.Parse(none, "small.yaml", ["tolerance=0.1"]).Training.Epochs);
    }

    [Fact]
    public void One_phase_alone_is_the_last_or_the_one_that_the_recipe_names()
    {
        Assert.Equal("adam", Recipe.Parse(Text, "small.yaml").Phase!.Name);
        Assert.Equal("pooled", Recipe.Parse(Text, "small.yaml", ["train=pooled"]).Phase!.Name);
        Assert.Equal("tuned", Recipe.Parse(Text, "small.yaml", ["train=pooled"], "tuned").Phase!.Name);
    }

    [Fact]
    public void An_unknown_phase_gets_the_nearest() =>
        Assert.Contains("'pooled'", Assert.Throws<RecipeException>(() => Recipe.Parse(Text, "small.yaml", phase: "poled")).Remedy,
            StringComparison.Ordinal);

    [Fact]
    public void A_wrong_override_is_blamed_on_the_command_line()
    {
        RecipeException error =
            Assert.Throws<RecipeException>(() => PhasedRecipe.Parse(Text, "small.yaml", ["training.batch_size=2", "training.epochs=none"]));
        Assert.Contains("overrides training.epochs=none", error.Where, StringComparison.Ordinal);
    }

    [Fact]
    public void The_example_of_the_documentation_is_a_recipe()
    {
        string page = File.ReadAllText(Path.Combine(Path.GetDirectoryName(ThisFile())!, "..", "..", "..", "docs", "phases.md"))
            .ReplaceLineEndings("\n");
        string example = page.Split("```yaml\n")[1].Split("```")[0];
        Assert.Equal(["baseline", "gap", "smoothing"], PhasedRecipe.Parse(example, "docs/phases.md")
            .Phases.Select(static phase => phase.Name));
    }

    private static string ThisFile([CallerFilePath] string path = "") => path;

    private static YamlMappingNode Node(string yaml) => (YamlMappingNode)RecipeYaml.Load(yaml, "test.yaml");
}
