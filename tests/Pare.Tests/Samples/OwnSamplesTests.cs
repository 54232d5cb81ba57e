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
        Assert.Equal(8, lines.Length);
        Assert.All(lines, static line => Assert.InRange(double.Parse(Regex.Match(line, @": (\d+\.\d) %$").Groups[1].Value,
            System.Globalization.CultureInfo.InvariantCulture), 50, 100));
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
