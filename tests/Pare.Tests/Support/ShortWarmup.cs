using System.Runtime.CompilerServices;

namespace Pare.Tests.Support;

/// <summary>Shortens what runs unmeasured before anything is timed: no test looks at a time, and hundreds train a network.</summary>
internal static class ShortWarmup
{
    [ModuleInitializer]
    internal static void Begin() => Timing.Warmup = TimeSpan.FromMilliseconds(1);
}
