using System.Reflection;

namespace Pare.Reporting;

/// <summary>The style sheet and the script that are part of the library.</summary>
internal static class Resources
{
    /// <summary>The text of one, with the line ends that a browser reads whatever they were.</summary>
    public static string Text(string name)
    {
        using var reader = new StreamReader(Assembly.GetExecutingAssembly().GetManifestResourceStream(name)!);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }
}
