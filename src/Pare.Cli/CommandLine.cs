using System.Buffers;

namespace Pare.Cli;

/// <summary>Writes words so that a shell reads them back as they are.</summary>
internal static class CommandLine
{
    private static readonly SearchValues<char> Special = SearchValues.Create(" {}[]*?'&;|<>()#");

    /// <summary>The word, in double quotes where a shell would take it apart.</summary>
    public static string Quoted(string word) => word.AsSpan().ContainsAny(Special) ? $"\"{word}\"" : word;
}
