using NativeWidths;
using Pare.Kernels;
using Pare.Tests.Support;

namespace Pare.Tests;

public class SimdWidthTests
{
    [Fact]
    public void Vectors_are_as_wide_as_asked_for() => Assert.Equal(SimdLevels.ExpectedLanes, Simd.Lanes);

    [Fact]
    public void A_native_program_continues_in_the_file_of_the_width_that_the_JIT_takes() =>
        Assert.Equal(Simd.InstructionSet switch { "AVX-512" => "x86-64-v4", "AVX2" => "x86-64-v3", _ => null }, WidestFile.Widest());
}
