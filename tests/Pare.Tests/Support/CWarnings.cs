namespace Pare.Tests.Support;

/// <summary>What a strict project asks a C compiler to warn of.</summary>
internal static class CWarnings
{
    /// <summary>Flags of GCC and Clang; each warning is an error.</summary>
    public static readonly string[] All =
        ["-Wall", "-Wextra", "-Wconversion", "-Wsign-conversion", "-Wshadow", "-Wundef", "-Wcast-qual", "-Werror"];
}
