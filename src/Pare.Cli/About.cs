using System.Reflection;

namespace Pare.Cli;

/// <summary>Which Pare this is.</summary>
internal static class About
{
    /// <summary>The version without the commit that a build appends.</summary>
    public static string Version { get; } =
        (typeof(About).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0").Split('+')[0];
}
