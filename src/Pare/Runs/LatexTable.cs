using System.Globalization;
using System.Text;

namespace Pare.Runs;

/// <summary>A table for a paper: LaTeX with the lines of the package booktabs.</summary>
internal static class LatexTable
{
    /// <summary>The file of a build's or an ablation's table.</summary>
    public const string FileName = "results.tex";

    // The end of Latin Extended-A, which pdfLaTeX has in its fonts.
    private const char LastLatin = '\u017f';

    /// <summary>Writes a table that a paper takes in with <c>\input</c>.</summary>
    /// <param name="caption">What it shows.</param>
    /// <param name="label">What the text refers to it by, such as <c>tab:ablation</c>.</param>
    /// <param name="columns">The headings, as they are; those of numbers begin with <c>&gt;</c>.</param>
    /// <param name="rows">The cells, as they are.</param>
    public static string Of(string caption, string label, IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows)
    {
        var text = new StringBuilder("\\begin{table}\n  \\centering\\footnotesize\\setlength{\\tabcolsep}{3pt}\n");
        text.Append(CultureInfo.InvariantCulture, $"  \\caption{{{Escape(caption)}}}\n  \\label{{{label}}}\n");
        text.Append(CultureInfo.InvariantCulture,
            $"  \\begin{{tabular}}{{{string.Concat(columns.Select(static column => column[0] == '>' ? 'r' : 'l'))}}}\n    \\toprule\n");
        Row(columns.Select(static column => Escape(column.TrimStart('>'))));
        text.Append("    \\midrule\n");
        foreach (IReadOnlyList<string> row in rows) Row(row.Select(Escape));
        string table = text.Append("    \\bottomrule\n  \\end{tabular}\n\\end{table}\n").ToString();
        string engine = table.All(static letter => letter <= LastLatin) ? "" : ", and XeLaTeX or LuaLaTeX for letters that are not Latin";
        return $"% Written by Pare {RunEnvironment.Version}. Needs \\usepackage{{booktabs}}{engine}.\n{table}";

        void Row(IEnumerable<string> cells) => text.Append("    ").AppendJoin(" & ", cells).Append(" \\\\\n");
    }

    /// <summary>A name as a label may have it.</summary>
    public static string LabelOf(string name) =>
        string.Concat(name.Select(static letter => char.IsAsciiLetterOrDigit(letter) ? letter : '-'));

    /// <summary>
    /// A text as it is to be read, whatever it holds: what steers LaTeX is escaped, what steers a terminal left out, and a minus before a
    /// digit is one.
    /// </summary>
    internal static string Escape(string text)
    {
        var escaped = new StringBuilder();
        for (int i = 0; i < text.Length; i++)
        {
            bool signs = i + 1 < text.Length && char.IsAsciiDigit(text[i + 1]) && (i == 0 || text[i - 1] is ' ' or '(');
            escaped.Append(text[i] switch
            {
                '\\' => @"\textbackslash{}",
                '~' => @"\textasciitilde{}",
                '^' => @"\textasciicircum{}",
                '&' or '%' or '$' or '#' or '_' or '{' or '}' => $@"\{text[i]}",
                '<' => "$<$",
                '>' => "$>$",
                '|' => "$|$",
                '"' => "''",
                '±' => @"$\pm$",
                '-' when signs => "$-$",
                '+' when signs => "$+$",
                '[' or ']' => $"{{{text[i]}}}",
                var letter => char.IsControl(letter) ? "" : letter.ToString(),
            });
        }

        return escaped.ToString();
    }
}
