using System.Text.Json;
using Pare.Cli;
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
            model:
              input: 1x8x8
              layers:
                - conv:
                    channels: 4
                    kernel: 3
                    stride: 2
                    padding:
            """,
            string.Join('\n', cli.Out.Split('\n')[..13]));
        Assert.Contains("\n  epochs: 7\n", cli.Out, StringComparison.Ordinal);
        Assert.Empty(cli.Error);
        string again = _files.Write("again.yaml", cli.Out);
        var second = new TestCli();
        Assert.Equal(ExitCode.Done, second.Run("recipe", "show", again));
        Assert.Equal(cli.Out, second.Out);
    }

    [Fact]
    public void List_has_a_line_a_shipped_recipe()
    {
        var cli = new TestCli();
        Assert.Equal(ExitCode.Done, cli.Run("recipe", "list"));
        string[] lines = cli.Out.TrimEnd().Split('\n');
        Assert.StartsWith("recipe ", lines[0], StringComparison.Ordinal);
        Assert.Equal(RecipeStore.Names, lines[1..].Select(static line => line.Split(' ')[0]));
        Assert.Contains(lines, static line => line.StartsWith("mnist ", StringComparison.Ordinal) && line.EndsWith(" 1,418  handwritten digits, from 206,970 parameters to 1,418 and 938", StringComparison.Ordinal));
    }

    [Fact]
    public void List_as_json_is_one_object()
    {
        var cli = new TestCli();
        Assert.Equal(ExitCode.Done, cli.Run("recipe", "list", "--json"));
        using JsonDocument json = JsonDocument.Parse(cli.Out);
        Assert.Equal(RecipeStore.Names, json.RootElement.GetProperty("recipes").EnumerateArray().Select(static recipe => recipe.GetProperty("name").GetString()));
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
