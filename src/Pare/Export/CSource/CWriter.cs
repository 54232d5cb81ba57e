using System.Text;

namespace Pare.Export.CSource;

/// <summary>Lines of C, indented by four blanks a block.</summary>
internal sealed class CWriter
{
    private readonly StringBuilder _text = new();
    private int _depth;

    /// <summary>Writes a line; an empty one is not indented.</summary>
    public void Line(string text = "")
    {
        if (text.Length > 0) _text.Append(' ', 4 * _depth).Append(text);
        _text.Append('\n');
    }

    /// <summary>Opens a block after a head such as <c>if (x)</c>; without one the block stands alone.</summary>
    public void Open(string head = "")
    {
        Line(head.Length > 0 ? $"{head} {{" : "{");
        _depth++;
    }

    /// <summary>Closes a block.</summary>
    public void Close()
    {
        _depth--;
        Line("}");
    }

    /// <summary>Opens a function: its brace stands on a line of its own.</summary>
    public void Function(string head)
    {
        Line(head);
        Open();
    }

    /// <summary>Takes over what another has written.</summary>
    public void Add(CWriter other) => _text.Append(other._text);

    /// <summary>A constant array, in lines of up to about 110 characters.</summary>
    public void Array(string head, IEnumerable<string> values)
    {
        Line($"{head} = {{");
        var line = new StringBuilder();
        foreach (string value in values)
        {
            if (line.Length + value.Length > 106)
            {
                Line($"    {line.ToString().TrimEnd()}");
                line.Clear();
            }

            line.Append(value).Append(", ");
        }

        if (line.Length > 0) Line($"    {line.ToString().TrimEnd()}");
        Line("};");
    }

    /// <inheritdoc/>
    public override string ToString() => _text.ToString();
}
