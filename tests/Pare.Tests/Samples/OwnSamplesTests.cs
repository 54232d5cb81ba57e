using System.Diagnostics;
using System.Text.RegularExpressions;
using Pare.Tests.Support;

namespace Pare.Tests.Samples;

/// <summary>The samples of what is written outside the library, as processes of their own.</summary>
public sealed class OwnSamplesTests : IDisposable
{
    private readonly DataFolder _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public async Task Techniques_of_ones_own_train()
    {
        string[] lines = await Run("OwnTechnique");
        Assert.Equal(11, lines.Length);
        Assert.Matches(@"^channel norm: a gradient that is off by 0\.00\d\d of its size$", lines[0]);
        Assert.All(lines[1..^1], static line => Assert.InRange(double.Parse(Regex.Match(line, @": (\d+\.\d) %$").Groups[1].Value,
            System.Globalization.CultureInfo.InvariantCulture), 60, 100));
    }

    [Fact]
    public async Task A_loop_of_ones_own_goes_on_from_where_it_was_put_away()
    {
        string[] lines = await Run("OwnLoop");
        Assert.Matches(@"^put away after step 100 of \d+$", lines[0]);
        Assert.Matches(@"^epoch 1: \d+\.\d % of the held-out images$", lines[1]);
        Assert.Matches(@"^test: [89]\d\.\d %$", lines[^1]);
    }

    private async Task<string[]> Run(string sample)
    {
        using Process process = SampleProcess.Start(sample, _files.Root);
        Task<string> output = process.StandardOutput.ReadToEndAsync(), errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(2));
        Assert.Equal("", await errors);
        Assert.Equal(0, process.ExitCode);
        return (await output).ReplaceLineEndings("\n").Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
