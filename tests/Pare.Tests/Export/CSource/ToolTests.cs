using System.Diagnostics;
using Pare.Export.CSource;

namespace Pare.Tests.Export.CSource;

public class ToolTests
{
    private static readonly byte[] Input = new byte[1 << 20];

    [Theory]
    [InlineData("sleep 100")]
    [InlineData("cat; sleep 100")]
    [InlineData("cat | sleep 100")]
    public void A_program_that_does_not_take_its_input_ends_when_it_is_cancelled_and_at_its_time_limit(string script)
    {
        Tool? shell = Tool.Find("sh");
        Assert.SkipWhen(shell is null, "There is no sh.");
        long start = Stopwatch.GetTimestamp();
        using var cancellation = new CancellationTokenSource(300);
        Assert.ThrowsAny<OperationCanceledException>(() =>
            shell!.Run(["-c", script], Path.GetTempPath(), Input, cancellation: cancellation.Token));
        RunException error = Assert.Throws<RunException>(() => shell!.Run(["-c", script], Path.GetTempPath(), Input, seconds: 1));
        Assert.Contains("1 seconds", error.Message, StringComparison.Ordinal);
        Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(90));
    }
}
