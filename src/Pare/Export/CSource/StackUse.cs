using System.Globalization;
using System.Text.RegularExpressions;

namespace Pare.Export.CSource;

/// <summary>The stack of a function with all that it calls, from what the compiler writes about frames and calls.</summary>
internal sealed partial class StackUse
{
    // Those of a C library that a program may call push no more than this.
    private const int LibraryBytes = 16;

    private readonly Dictionary<string, int> _frames = new(StringComparer.Ordinal);
    private readonly Dictionary<string, HashSet<string>> _calls = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _known = new(StringComparer.Ordinal);

    private StackUse(string text)
    {
        foreach (Match node in Node().Matches(text))
        {
            string name = node.Groups[1].Value;
            Match frame = Frame().Match(node.Groups[2].Value);
            if (frame.Success && frame.Groups[2].Value == "dynamic") throw new FormatException($"The frame of '{name}' has no bound.");
            _frames[name] = frame.Success ? int.Parse(frame.Groups[1].Value, CultureInfo.InvariantCulture) : LibraryBytes;
            _calls[name] = new HashSet<string>(StringComparer.Ordinal);
        }

        foreach (Match edge in Edge().Matches(text))
        {
            if (_calls.TryGetValue(edge.Groups[1].Value, out HashSet<string>? called)) called.Add(edge.Groups[2].Value);
        }
    }

    /// <summary>Bytes of stack along the chain of calls that takes most.</summary>
    /// <param name="text">A file that GCC writes with <c>-fcallgraph-info=su</c>.</param>
    /// <param name="function">The function.</param>
    /// <exception cref="FormatException">It is not in there, a frame has no bound, or a function calls itself by whatever way.</exception>
    public static int Of(string text, string function) => new StackUse(text).Deepest(function, []);

    private int Deepest(string function, HashSet<string> callers)
    {
        if (_known.TryGetValue(function, out int known)) return known;
        if (!_frames.TryGetValue(function, out int frame)) throw new FormatException($"Nothing is said of the function '{function}'.");
        if (!callers.Add(function)) throw new FormatException($"The function '{function}' calls itself.");
        int deepest = 0;
        foreach (string called in _calls[function]) deepest = Math.Max(deepest, Deepest(called, callers));
        callers.Remove(function);
        return _known[function] = frame + deepest;
    }

    [GeneratedRegex("""node: \{ title: "([^"]*)" label: "([^"]*)""")]
    private static partial Regex Node();

    [GeneratedRegex(@"\\n(\d+) bytes \((static|dynamic|dynamic,bounded)\)")]
    private static partial Regex Frame();

    [GeneratedRegex("""edge: \{ sourcename: "([^"]*)" targetname: "([^"]*)""")]
    private static partial Regex Edge();
}
