using System.Reflection;

namespace Pare;

/// <summary>Which build of the library this is.</summary>
internal static class LibraryVersion
{
    /// <summary>The version with the commit that it was built from, such as <c>0.1.0+4c2e0f7</c>.</summary>
    public static string Full { get; } =
        typeof(LibraryVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0";

    /// <summary>The version without the commit.</summary>
    public static string Text => Full.Split('+')[0];
}
