using System.Text.Json;
using Pare.Cli;
using Pare.Models;
using Pare.Recipes;

namespace Pare.Tests.Cli;

public sealed class RecipeCommandTests : IDisposable
{
    private readonly CliData _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void Show_prints_every_default_and_what_it_prints_reads_back_the_same()
    {
        var cli = new TestCli();
        Assert.Equal(ExitCode.Done, cli.Run("recipe", "show", _files.Recipe, "--set", "training.epochs=7"));
        Assert.Equal(
            """
            name: tiny
            description: rows and columns
            dataset:
              name: mnist
              path:
              split:
                test: 0.2
                seed: 1
                group:
            model:
              input: 1x8x8
              layers:
                - conv:
                    channels: 4
                    kernel: 3
                    stride: 2
                    padding:
            """,
            string.Join('\n', cli.Out.Split('\n')[..17]));
        Assert.Contains("\n  epochs: 7\n", cli.Out, StringComparison.Ordinal);
        Assert.Empty(cli.Error);
        string again = _files.Write("again.yaml", cli.Out);
        var second = new TestCli();
        Assert.Equal(ExitCode.Done, second.Run("recipe", "show", again));
        Assert.Equal(cli.Out, second.Out);
    }

    [Fact]
    public void What_would_steer_a_terminal_is_an_escape_in_what_show_prints()
    {
        string odd =
            _files.Write("odd.yaml",
            CliData.RecipeText.Replace("rows and columns", """ "a\e[2J\u202eb\u009bc\nd" """, StringComparison.Ordinal));
        var cli = new TestCli();
        Assert.Equal(ExitCode.Done, cli.Run("recipe", "show", odd));
        Assert.Contains("""description: "a\u001b[2J\u202eb\u009bc\u000ad" """.TrimEnd(), cli.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void List_has_a_line_a_shipped_recipe()
    {
        var cli = new TestCli();
        Assert.Equal(ExitCode.Done, cli.Run("recipe", "list"));
        string[] lines = cli.Out.TrimEnd().Split('\n');
        Assert.StartsWith("recipe ", lines[0], StringComparison.Ordinal);
        Assert.Equal(RecipeStore.Names, lines[1..].TakeWhile(static line => line.Length > 0).Select(static line => line.Split(' ')[0]));
        Assert.Equal(["model", .. ModelCatalog.Names], lines.SkipWhile(static line => line.Length > 0).Skip(1)
            .TakeWhile(static line => line.Length > 0).Select(static line => line.Split(' ')[0]));
        Assert.Contains(lines, static line =>
            line.StartsWith("resnet8 ", StringComparison.Ordinal) && line.Contains(" 77,946 ", StringComparison.Ordinal));
        Assert.Contains(lines, static line => line.StartsWith("mnist ", StringComparison.Ordinal)
            && line.EndsWith(" 1,418  handwritten digits, from 206,970 parameters to 1,418 and 938", StringComparison.Ordinal));
    }

    [Fact]
    public void Show_keeps_phases_and_shows_one_in_full()
    {
        var cli = new TestCli();
        Assert.Equal(ExitCode.Done, cli.Run("recipe", "show", "glyphs", "--set", "training.batch_size=64"));
        PhasedRecipe shown = PhasedRecipe.Parse(cli.Out, "shown.yaml");
        PhasedRecipe shipped = RecipeStore.OpenPhases("glyphs", ["training.batch_size=64"]);
        Assert.Equal(shipped.Phases.Select(static phase => (phase.Name, phase.Target, phase.Change)),
            shown.Phases.Select(static phase => (phase.Name, phase.Target, phase.Change)));
        Assert.All(shipped.Phases, phase => Assert.Equal(shipped.Resolve(phase).ToYaml(), shown.Resolve(shown.Find(phase.Name)).ToYaml()));

        var one = new TestCli();
        Assert.Equal(ExitCode.Done, one.Run("recipe", "show", "glyphs", "--phase", "gap"));
        Assert.Equal(RecipeStore.Open("glyphs", phase: "gap").ToYaml(), one.Out);
        Assert.Equal(ExitCode.Usage, new TestCli().Run("recipe", "show", "glyphs", "--phase", "gab"));
    }

    [Fact]
    public void List_as_json_is_one_object()
    {
        var cli = new TestCli();
        Assert.Equal(ExitCode.Done, cli.Run("recipe", "list", "--json"));
        using JsonDocument json = JsonDocument.Parse(cli.Out);
        Assert.Equal(RecipeStore.Names, json.RootElement.GetProperty("recipes").EnumerateArray()
            .Select(static recipe => recipe.GetProperty("name").GetString()));
        Assert.Equal(ModelCatalog.Names, json.RootElement.GetProperty("models").EnumerateArray()
            .Select(static model => model.GetProperty("name").GetString()));
    }

    [Fact]
    public void Schema_prints_the_schema_and_nothing_else()
    {
        var cli = new TestCli();
        Assert.Equal(ExitCode.Done, cli.Run("recipe", "schema"));
        Assert.Equal(RecipeSchema.Write(), cli.Out);
        Assert.Empty(cli.Error);
    }
}
