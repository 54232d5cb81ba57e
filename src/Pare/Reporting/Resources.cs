using System.Reflection;

namespace Pare.Reporting;

/// <summary>The style sheets that are part of the library.</summary>
internal static class Resources
{
    /// <summary>The text of one.</summary>
    public static string Text(string name)
    {
        using var reader = new StreamReader(Assembly.GetExecutingAssembly().GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }
}
