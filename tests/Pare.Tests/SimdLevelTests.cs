using System.Globalization;
using System.Text.RegularExpressions;
using Pare.Tests.Support;

namespace Pare.Tests;

/// <summary>Everything that computes, once more with narrower vectors.</summary>
public partial class SimdLevelTests
{
    // Less would mean that the filters below have come to miss tests.
    private const int FewestTests = 120;

    [Theory]
    [InlineData("DOTNET_EnableAVX512", 8)]
    [InlineData("DOTNET_EnableAVX2", 4)]
    public void Kernels_gradients_and_parity_hold_with_narrower_vectors(string runtimeSwitch, int lanes)
    {
        Assert.SkipWhen(SimdLevels.WhyNot(lanes) is not null, SimdLevels.WhyNot(lanes) ?? string.Empty);
        (int status, string output) = SimdLevels.Run(runtimeSwitch, lanes,
            "Pare.Tests.Kernels.*", "Pare.Tests.Graphs.*", "Pare.Tests.Execution.*", "Pare.Tests.Inference.*",
            "Pare.Tests.Benchmarking.StepWorkTests", typeof(ParityTests).FullName!, typeof(SimdWidthTests).FullName!);
        Assert.True(status == 0, output);
        Match total = Total().Match(output);
        Assert.True(total.Success, output);
        Assert.InRange(int.Parse(total.Groups[1].Value, CultureInfo.InvariantCulture), FewestTests, int.MaxValue);
    }

    [GeneratedRegex(@"Total: (\d+), Errors: 0, Failed: 0, Skipped: 0,")]
    private static partial Regex Total();
}
