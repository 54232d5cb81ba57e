using Pare.Tests.Support;

namespace Pare.Tests;

public sealed class AvailableMemoryTests : IDisposable
{
    private readonly DataFolder _root = new();

    public void Dispose() => _root.Dispose();

    [Fact]
    public void Without_a_limit_it_is_what_the_machine_has_free()
    {
        Write("proc/meminfo", "MemTotal:       24684084 kB\nMemFree:          100 kB\nMemAvailable:   2000 kB\n");
        Assert.Equal(2000 * 1024, AvailableMemory.Linux(_root.Root));
        Write("proc/self/cgroup", "0::/\n");
        Write("sys/fs/cgroup/memory.max", "max\n");
        Write("sys/fs/cgroup/memory.current", "500\n");
        Assert.Equal(2000 * 1024, AvailableMemory.Linux(_root.Root));
    }

    [Fact]
    public void A_control_group_of_the_second_version_leaves_its_limit_less_its_use()
    {
        Write("proc/meminfo", "MemAvailable:   2000000 kB\n");
        Write("proc/self/cgroup", "0::/outer/inner\n");
        Write("sys/fs/cgroup/outer/inner/memory.max", "9000\n");
        Write("sys/fs/cgroup/outer/inner/memory.current", "5000\n");
        Write("sys/fs/cgroup/outer/inner/memory.stat", "anon 1\ninactive_file 700\n");
        Assert.Equal(9000 - 5000 + 700, AvailableMemory.Linux(_root.Root));

        // A group around it may have less.
        Write("sys/fs/cgroup/outer/memory.max", "6000\n");
        Write("sys/fs/cgroup/outer/memory.current", "5500\n");
        Assert.Equal(500, AvailableMemory.Linux(_root.Root));
        Write("sys/fs/cgroup/outer/memory.current", "6500\n");
        Assert.Equal(0, AvailableMemory.Linux(_root.Root));
    }

    [Theory]
    [InlineData("sys/fs/cgroup/memory/docker/abc")]
    [InlineData("sys/fs/cgroup/memory")]
    public void A_control_group_of_the_first_version_is_found_by_its_path_or_at_the_top(string folder)
    {
        Write("proc/meminfo", "MemAvailable:   2000000 kB\n");
        Write("proc/self/cgroup", "12:cpu,cpuacct:/docker/abc\n4:memory:/docker/abc\n0::/\n");
        Write($"{folder}/memory.limit_in_bytes", "8000\n");
        Write($"{folder}/memory.usage_in_bytes", "3000\n");
        Write($"{folder}/memory.stat", "cache 5\ntotal_inactive_file 40\n");
        Assert.Equal(5040, AvailableMemory.Linux(_root.Root));
    }

    [Fact]
    public void A_machine_that_says_nothing_has_no_limit() => Assert.Equal(long.MaxValue, AvailableMemory.Linux(_root.Root));

    [Fact]
    public void What_is_more_than_there_is_is_refused_with_both_figures()
    {
        Assert.InRange(AvailableMemory.Bytes(), 1 << 20, long.MaxValue - 1);
        var error =
            Assert.Throws<RecipeException>(() => AvailableMemory.Require(long.MaxValue / 2, "The weights", static () => "here", "Less."));
        Assert.Matches(@"^The weights take \d+\.\d GB of memory, and .* are free\.$", error.Message);
        AvailableMemory.Require(1000, "The weights", static () => "here", "Less.");
    }

    private void Write(string path, string text)
    {
        string file = _root[path];
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
    }
}
