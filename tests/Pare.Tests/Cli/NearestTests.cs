using Pare;

namespace Pare.Tests.Cli;

public sealed class NearestTests
{
    [Theory]
    [InlineData("trian", "train")]
    [InlineData("ispect", "inspect")]
    [InlineData("TRAIN", "train")]
    [InlineData("ins", "inspect")]
    [InlineData("xyzzy", null)]
    public void A_mistyped_name_finds_the_one_that_was_meant(string typed, string? expected) =>
        Assert.Equal(expected, Nearest.Find(typed, ["train", "eval", "inspect", "bench", "data"]));

    [Fact]
    public void Of_two_names_the_nearer_is_chosen() => Assert.Equal("--epochs", Nearest.Find("--epoch", ["--set", "--eposhs", "--epochs"]));
}
