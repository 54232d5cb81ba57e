using Pare.Kernels;
using Pare.Tests.Support;

namespace Pare.Tests;

public class SimdWidthTests
{
    [Fact]
    public void Vectors_are_as_wide_as_asked_for() => Assert.Equal(SimdLevels.ExpectedLanes, Simd.Lanes);
}
