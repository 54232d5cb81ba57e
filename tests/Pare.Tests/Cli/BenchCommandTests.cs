using System.Text.Json;
using Pare.Cli;

namespace Pare.Tests.Cli;

public sealed class BenchCommandTests
{
    [Fact]
    public void With_json_it_writes_one_object_a_network()
    {
        var cli = new TestCli();
        Assert.Equal(ExitCode.Done, cli.Run("bench", "bench-mnist", "--threads", "1", "--batch", "16", "--steps", "1", "--json"));
        using JsonDocument json = JsonDocument.Parse(cli.Out);
        Assert.Equal(
            ["model", "parameters", "batch", "threads", "train_images_per_second", "infer_images_per_second", "latency_ms", "train_gflops",
            "peak_gflops", "peak_fraction"],
            json.RootElement.EnumerateObject().Select(static property => property.Name));
        Assert.Equal(1622, json.RootElement.GetProperty("parameters").GetInt32());
        Assert.True(json.RootElement.GetProperty("peak_fraction").GetDouble() > 0);
    }

    [Fact]
    public void The_cost_of_an_epoch_is_one_object_a_network()
    {
        var cli = new TestCli();
        Assert.Equal(ExitCode.Done,
            cli.Run("bench", "bench-mnist", "--epoch", "--threads", "1", "--batch", "16", "--steps", "2", "--json"));
        using JsonDocument json = JsonDocument.Parse(cli.Out);
        Assert.Equal(
            ["model", "bare_images_per_second", "from_bytes", "augmented", "augmented_by_worker", "evaluation"],
            json.RootElement.EnumerateObject().Select(static property => property.Name));
        Assert.True(json.RootElement.GetProperty("bare_images_per_second").GetDouble() > 0);
        Assert.True(json.RootElement.GetProperty("evaluation").GetDouble() > 0);
        Assert.Equal(ExitCode.Usage, new TestCli().Run("bench", "--epoch", "--profile"));
    }

    [Fact]
    public void An_unknown_network_finds_the_nearest()
    {
        var cli = new TestCli();
        Assert.Equal(ExitCode.Usage, cli.Run("bench", "resnet"));
        Assert.Contains("Did you mean resnet8?", cli.Error, StringComparison.Ordinal);
    }
}
