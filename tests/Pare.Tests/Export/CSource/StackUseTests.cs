using Pare.Export.CSource;

namespace Pare.Tests.Export.CSource;

public sealed class StackUseTests
{
    private const string Calls =
        """
        graph: { title: "net.c"
        node: { title: "net.c:a" label: "a\nnet.c:3:5\n24 bytes (static)" }
        node: { title: "net.c:b" label: "b\nnet.c:9:5\n100 bytes (dynamic,bounded)" }
        node: { title: "memcpy" label: "__builtin_memcpy\n<built-in>" shape : ellipse }
        edge: { sourcename: "net.c:b" targetname: "memcpy" }
        node: { title: "net_predict" label: "net_predict\nnet.c:20:5\n8 bytes (static)" }
        edge: { sourcename: "net_predict" targetname: "net.c:a" label: "net.c:21:1" }
        edge: { sourcename: "net_predict" targetname: "net.c:b" label: "net.c:22:1" }
        edge: { sourcename: "net.c:a" targetname: "memcpy" }
        }
        """;

    [Fact]
    public void The_deepest_chain_of_calls_counts() => Assert.Equal(8 + 100 + 16, StackUse.Of(Calls, "net_predict"));

    [Fact]
    public void What_has_no_end_is_refused()
    {
        Assert.Throws<FormatException>(() => StackUse.Of(Calls, "net_self_test"));
        string circle = Calls.Replace("targetname: \"memcpy\"", "targetname: \"net_predict\"", StringComparison.Ordinal);
        Assert.Throws<FormatException>(() => StackUse.Of(circle, "net_predict"));
        string unbounded = Calls.Replace("100 bytes (dynamic,bounded)", "100 bytes (dynamic)", StringComparison.Ordinal);
        Assert.Throws<FormatException>(() => StackUse.Of(unbounded, "net_predict"));
    }
}
