using System.Text.Json;
using Pare.Cli;

namespace Pare.Tests.Cli;

public sealed class InspectCommandTests : IDisposable
{
    private readonly CliData _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void The_table_has_a_line_a_node_and_the_totals()
    {
        var cli = new TestCli();
        Assert.Equal(ExitCode.Done, cli.Run("inspect", _files.Recipe));
        Assert.Equal(
            """
            node         layer                  output  params   MACs  bytes  sees
            input        input                  1x8x8        0      0    256     1
            conv1        conv 3x3 stride 2      4x4x4       36    576    256     3
            """,
            string.Join('\n', cli.Out.Split('\n')[..3]));
        Assert.Contains("\ntotal ", cli.Out, StringComparison.Ordinal);
        Assert.Contains(" depthwise ", cli.Out, StringComparison.Ordinal);
        Assert.Empty(cli.Error);
    }

    [Fact]
    public void The_nodes_of_the_json_object_add_up_to_its_totals()
    {
        var cli = new TestCli();
        Assert.Equal(ExitCode.Done, cli.Run("inspect", _files.Recipe, "--json"));
        using JsonDocument json = JsonDocument.Parse(cli.Out);
        JsonElement nodes = json.RootElement.GetProperty("nodes");
        foreach (string key in new[] { "parameters", "macs" })
            Assert.Equal(json.RootElement.GetProperty(key).GetInt64(), nodes.EnumerateArray()
                .Sum(node => node.GetProperty(key).GetInt64()));
        Assert.Equal([4, 4, 4], nodes[1].GetProperty("output").EnumerateArray().Select(static side => side.GetInt32()));
    }

    [Fact]
    public void A_key_of_the_recipe_can_be_overridden()
    {
        var cli = new TestCli();
        Assert.Equal(ExitCode.Done, cli.Run("inspect", _files.Recipe, "--set", "name=other", "--json"));
        Assert.StartsWith("""{"recipe":"other",""", cli.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_a_recipe_with_phases_one_is_taken()
    {
        string recipe = _files.Write("paring.yaml", DownFiles.RecipeText);
        var last = new TestCli();
        Assert.Equal(ExitCode.Done, last.Run("inspect", recipe));
        Assert.Contains("\nphase     smooth, number 3; --phase NAME", last.Out, StringComparison.Ordinal);
        var wide = new TestCli();
        Assert.Equal(ExitCode.Done, wide.Run("inspect", recipe, "--phase", "wide"));
        Assert.Contains("conv1        conv 3x3 stride 2  8x4x4", wide.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void A_mistake_in_the_recipe_ends_with_exit_code_2()
    {
        var cli = new TestCli();
        Assert.Equal(ExitCode.Usage, cli.Run("inspect", _files.Recipe, "--set", "training.epoch=3"));
        Assert.Contains("epochs", cli.Error, StringComparison.Ordinal);
        Assert.Empty(cli.Out);
    }
}
