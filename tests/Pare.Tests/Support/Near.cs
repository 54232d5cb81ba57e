namespace Pare.Tests.Support;

/// <summary>Comparison of whole arrays.</summary>
internal static class Near
{
    /// <summary>Fails when |got - expected| / |expected| exceeds the tolerance.</summary>
    public static void AssertEqual(string what, ReadOnlySpan<float> expected, ReadOnlySpan<float> got, double tolerance = 1e-5)
    {
        double error = FixtureCase.RelativeL2(expected, got);
        if (!(error <= tolerance)) Assert.Fail($"{what} is off by {error:g3}, more than {tolerance:g3}");
    }
}
