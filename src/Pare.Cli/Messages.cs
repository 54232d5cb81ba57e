namespace Pare.Cli;

/// <summary>Lines for a person. On a terminal the last one may be redrawn in place; elsewhere it is written when nothing else was for a minute.</summary>
internal sealed class Messages(TextWriter writer, bool isTerminal, bool color, Func<int> width, TimeProvider clock)
{
    private static readonly TimeSpan RedrawInterval = TimeSpan.FromMilliseconds(100), LogInterval = TimeSpan.FromMinutes(1);
    private readonly Lock _lock = new();
    private long _writtenAt = clock.GetTimestamp();
    private bool _drawn;

    public bool IsTerminal => isTerminal;

    public int Width => width();

    /// <summary>Breaks a text between words into lines of at most so many columns; all but the first are indented.</summary>
    public static string[] Wrap(string text, int columns, int indent)
    {
        var lines = new List<string>();
        int start = 0;
        while (text.Length - start > columns - (lines.Count > 0 ? indent : 0))
        {
            int most = Math.Max(1, columns - (lines.Count > 0 ? indent : 0)), blank = text.LastIndexOf(' ', start + most, most);
            if (blank < start + (lines.Count > 0 ? 1 : indent)) break;
            Add(blank);
            start = blank + 1;
        }

        Add(text.Length);
        return [.. lines];

        void Add(int end) => lines.Add((lines.Count > 0 ? new string(' ', indent) : string.Empty) + text[start..end]);
    }

    /// <summary>A line of a list of facts: the name in a column of its own.</summary>
    public void Fact(string name, string value) => Line($"{Bold(name.PadRight(9))} {value}");

    public void Line(string text = "")
    {
        lock (_lock)
        {
            Erase();
            writer.WriteLine(text);
            writer.Flush();
            _writtenAt = clock.GetTimestamp();
        }
    }

    /// <summary>Redraws the live line, at most ten times a second; in a log, which has none, writes one after a minute without a line.</summary>
    public void Live(Func<int, string> draw)
    {
        lock (_lock)
        {
            if (!isTerminal)
            {
                if (clock.GetElapsedTime(_writtenAt) >= LogInterval) Line(draw(width()));
                return;
            }

            if (_drawn && clock.GetElapsedTime(_writtenAt) < RedrawInterval) return;

            // One column is left free: a full line would wrap and could not be redrawn.
            int columns = Math.Max(1, width() - 1);
            string text = draw(columns);
            writer.Write($"\r\e[K{(text.Length > columns ? text[..columns] : text)}");
            writer.Flush();
            (_drawn, _writtenAt) = (true, clock.GetTimestamp());
        }
    }

    /// <summary>Takes the live line away.</summary>
    public void EndLive()
    {
        lock (_lock)
        {
            Erase();
            writer.Flush();
        }
    }

    public string Bold(string text) => color ? $"\e[1m{text}\e[0m" : text;

    private void Erase()
    {
        if (_drawn) writer.Write("\r\e[K");
        _drawn = false;
    }
}
