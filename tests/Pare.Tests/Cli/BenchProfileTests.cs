using System.Text.Json;
using Pare.Cli;

namespace Pare.Tests.Cli;

public sealed class BenchProfileTests
{
    [Fact]
    public void With_json_every_operation_has_its_passes_and_they_add_up()
    {
        var cli = new TestCli();
        Assert.Equal(ExitCode.Done, Profile(cli, "--json"));
        using JsonDocument json = JsonDocument.Parse(cli.Out);
        JsonElement[] operations = [.. json.RootElement.GetProperty("operations").EnumerateArray()];
        Assert.Equal(
            ["conv1", "conv2", "max_pool1", "conv3", "max_pool2", "conv4", "global_average_pool1", "linear1"],
            operations.Select(static operation => operation.GetProperty("name").GetString()));

        // The images need no gradient; pooling has no weights.
        Assert.Equal(JsonValueKind.Null, operations[0].GetProperty("input_gradient").ValueKind);
        Assert.Equal(JsonValueKind.Null, operations[2].GetProperty("weight_gradient").ValueKind);
        Assert.Equal(JsonValueKind.Object, operations[1].GetProperty("input_gradient").ValueKind);
        string[] passes = ["forward", "weight_gradient", "input_gradient"];
        double sum =
            operations.Sum(operation => passes.Select(operation.GetProperty).Where(static pass => pass.ValueKind == JsonValueKind.Object)
            .Sum(static pass => pass.GetProperty("ms").GetDouble()));
        Assert.Equal(sum, json.RootElement.GetProperty("total").GetProperty("ms").GetDouble(), 1e-3);
    }

    [Fact]
    public void The_rate_of_a_pass_is_its_multiply_adds_over_its_time()
    {
        var cli = new TestCli();
        Assert.Equal(ExitCode.Done, Profile(cli, "--json"));
        using JsonDocument json = JsonDocument.Parse(cli.Out);
        JsonElement forward = json.RootElement.GetProperty("operations")[1].GetProperty("forward");
        double macs = 24 * 24 * 8 * 4 * 9, images = 20;
        Assert.Equal(2 * macs * images / 1e6, forward.GetProperty("gflops").GetDouble() * forward.GetProperty("ms").GetDouble(), 0.02);
    }

    [Fact]
    public void The_table_ends_with_all_operations_together()
    {
        var cli = new TestCli();
        Assert.Equal(ExitCode.Done, Profile(cli));
        string[] lines = cli.Out.TrimEnd().Split('\n');
        Assert.StartsWith("operation ", Assert.Single(lines, static line => line.Contains("dW ms", StringComparison.Ordinal)),
            StringComparison.Ordinal);
        Assert.StartsWith("----", lines[^4], StringComparison.Ordinal);
        Assert.StartsWith("all ", lines[^3], StringComparison.Ordinal);
        Assert.StartsWith("machine   1 thread,", lines[0], StringComparison.Ordinal);
    }

    [Fact]
    public void A_recipe_has_a_profile_too()
    {
        using var files = new CliData();
        var cli = new TestCli();
        Assert.Equal(ExitCode.Done, cli.Run("bench", files.Recipe, "--profile", "--batch", "20", "--steps", "3"));
        Assert.Contains("\nall ", cli.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void A_mistyped_network_is_named_before_anything_is_measured()
    {
        var cli = new TestCli();
        Assert.Equal(ExitCode.Usage, Profile(cli, "bench-cifr"));
        Assert.Contains("Did you mean bench-cifar?", cli.Error, StringComparison.Ordinal);
        Assert.Empty(cli.Out);
    }

    [Theory]
    [InlineData("bench --profile --torch python3", "--profile and --torch do not go together.")]
    [InlineData("bench --profile --threads 2", "--profile measures on one thread.")]
    public void What_it_cannot_do_is_said_before_anything_is_measured(string line, string what)
    {
        var cli = new TestCli();
        Assert.Equal(ExitCode.Usage, cli.Run(line.Split(' ')));
        Assert.StartsWith($"error: {what}\n", cli.Error, StringComparison.Ordinal);
        Assert.Empty(cli.Out);
    }

    private static int Profile(TestCli cli, params string[] more) =>
        cli.Run(["bench", "bench-mnist", "--profile", "--batch", "20", "--steps", "3", .. more]);
}
