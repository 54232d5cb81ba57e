namespace Pare.Cli;

/// <summary>
/// Lines for a person. On a terminal the last one may be redrawn in place; elsewhere it is written when nothing else was for a minute.
/// </summary>
internal sealed class Messages(TextWriter writer, bool isTerminal, bool color, Func<int> width, TimeProvider clock)
{
    private static readonly TimeSpan RedrawInterval = TimeSpan.FromMilliseconds(100), LogInterval = TimeSpan.FromMinutes(1);
    private const string Gap = "  ";
    private const int FactIndent = 10, LeastMeaning = 20;
    private readonly Lock _lock = new();
    private long _writtenAt = clock.GetTimestamp();
    private bool _drawn, _blank;

    public bool IsTerminal => isTerminal;

    public TimeProvider Clock => clock;

    public int Width => width();

    /// <summary>How many columns a line may take where there is no terminal; null where nobody minds long lines.</summary>
    public int? PlainColumns { get; init; }

    /// <summary>How many columns a line may take; null where nobody minds long lines.</summary>
    public int? Columns => isTerminal ? Math.Max(1, width() - 1) : PlainColumns;

    /// <summary>
    /// Breaks a text between words into lines of at most so many columns; all but the first are indented. A longer word stays whole, and so
    /// does a number with its unit.
    /// </summary>
    public static string[] Wrap(string text, int columns, int indent)
    {
        var words = new List<string>();
        foreach (string word in text.Split(' '))
        {
            bool isUnit = words.Count > 0 && words[^1].Length > 0 && char.IsAsciiDigit(words[^1][^1]) && word.Length > 0
                && (char.IsLetter(word[0]) || word[0] == '%');
            if (isUnit) words[^1] += " " + word;
            else words.Add(word);
        }

        return Fill(words, " ", columns, indent);
    }

    /// <summary>A line of a list of facts: the name in a column of its own. A terminal gets the value broken between words.</summary>
    /// <param name="name">What it is.</param>
    /// <param name="value">What it says.</param>
    /// <param name="bold">The parts of the value to emphasize.</param>
    public void Fact(string name, string value, params string[] bold)
    {
        string[] lines = Columns is int columns && columns > 2 * FactIndent ? Wrap(Printable.Text(value), columns - FactIndent, 0)
            : [Printable.Text(value)];
        for (int i = 0; i < lines.Length; i++) Write(Bold((i == 0 ? name : "").PadRight(FactIndent - 1)) + " " + Emphasize(lines[i], bold));
    }

    /// <summary>A fact that somebody will copy, a path or a command: it is never broken.</summary>
    public void Exact(string name, string value) => Write($"{Bold(name.PadRight(FactIndent - 1))} {Printable.Text(value)}");

    /// <summary>A file that a report is made without, and why.</summary>
    public void LeftOut(string what)
    {
        EndLive();
        Fact("note", $"the report leaves out {what}");
    }

    /// <summary>A line as it is; of several empty ones in a row there is one.</summary>
    public void Line(string text = "") => Write(Printable.Text(text));

    /// <summary>A line that stands out.</summary>
    public void Heading(string text) => Write(Bold(Printable.Text(text)));

    /// <summary>A sentence; a terminal gets it broken between words.</summary>
    public void Paragraph(string text)
    {
        foreach (string line in Columns is int columns ? Wrap(Printable.Text(text), columns, 0) : [Printable.Text(text)]) Write(line);
    }

    /// <summary>A name and what it means; a terminal gets the meaning broken between words, under its beginning.</summary>
    public void Hanging(string title, string meaning)
    {
        string name = Printable.Text(title);
        bool beside = Columns is not int columns || columns > Printable.Width(name) + LeastMeaning;
        int indent = beside ? Printable.Width(name) : FactIndent;
        string[] lines = Columns is int most ? Wrap(Printable.Text(meaning), Math.Max(1, most - indent), 0) : [Printable.Text(meaning)];
        if (!beside) Write(name.TrimEnd());
        for (int i = 0; i < lines.Length; i++)
        {
            if (beside || meaning.Length > 0) Write(((i == 0 && beside ? name : new string(' ', indent)) + lines[i]).TrimEnd());
        }
    }

    /// <summary>Values beside each other; a terminal gets them broken between two of them, never inside one.</summary>
    public void Values(int indent, params IReadOnlyList<string> values)
    {
        IReadOnlyList<string> escaped = [.. values.Select(Printable.Text)];
        foreach (string line in Columns is int columns ? Fill(escaped, Gap, columns, indent) : [string.Join(Gap, escaped)]) Write(line);
    }

    /// <summary>
    /// Redraws the live line, at most ten times a second; in a log, which has none, writes one after a minute without a line.
    /// </summary>
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
            writer.Write($"\r\e[K{Printable.Crop(Printable.Text(draw(columns)), columns)}");
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

    private static string[] Fill(IReadOnlyList<string> parts, string between, int columns, int indent)
    {
        var lines = new List<string>();
        string line = "";
        bool begun = false;
        foreach (string part in parts)
        {
            if (begun && Printable.Width(line) + between.Length + Printable.Width(part) > columns && line.Trim().Length > 0)
            {
                lines.Add(line);
                line = new string(' ', indent) + part;
            }
            else
            {
                line = begun ? line + between + part : part;
            }

            begun = true;
        }

        return [.. lines, line];
    }

    private string Emphasize(string line, string[] parts)
    {
        foreach (string part in color ? parts : [])
        {
            int at = line.IndexOf(part, StringComparison.Ordinal);
            if (at >= 0) line = line[..at] + Bold(part) + line[(at + part.Length)..];
        }

        return line;
    }

    private string Bold(string text) => color && text.Length > 0 ? $"\e[1m{text}\e[0m" : text;

    // The one way of a line to the terminal: what is not ours has been escaped.
    private void Write(string line)
    {
        lock (_lock)
        {
            Erase();
            if (line.Length > 0 || !_blank) writer.WriteLine(line);
            writer.Flush();
            (_blank, _writtenAt) = (line.Length == 0, clock.GetTimestamp());
        }
    }

    private void Erase()
    {
        if (_drawn) writer.Write("\r\e[K");
        _drawn = false;
    }
}
