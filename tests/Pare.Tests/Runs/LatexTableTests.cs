using Pare.Runs;

namespace Pare.Tests.Runs;

public sealed class LatexTableTests
{
    [Theory]
    [InlineData(@"a\b", @"a\textbackslash{}b")]
    [InlineData("50 % & #1 $x_1^2$ {~}", @"50 \% \& \#1 \$x\_1\textasciicircum{}2\$ \{\textasciitilde{}\}")]
    [InlineData("-0.10 to +0.20", "$-$0.10 to $+$0.20")]
    [InlineData("one-sided, e-3", "one-sided, e-3")]
    [InlineData("98.40 ± 0.12", @"98.40 $\pm$ 0.12")]
    [InlineData("<0.001 > |", "$<$0.001 $>$ $|$")]
    [InlineData("[a, \"b\"]", @"{[}a, ''b''{]}")]
    [InlineData("a\u001b[2Jb\nc\0é", "a{[}2Jbcé")]
    public void A_text_is_read_as_it_is_whatever_it_holds(string text, string latex) => Assert.Equal(latex, LatexTable.Escape(text));

    [Fact]
    public void A_table_has_the_lines_of_booktabs()
    {
        string[] lines = LatexTable.Of("100 %", "tab:a", ["row", ">p, Holm"], [["a_b", "0.5"], ["c", ""]]).Split('\n');
        Assert.StartsWith("% Written by Pare ", lines[0], StringComparison.Ordinal);
        Assert.Equal(
            [@"\begin{table}", @"  \centering\footnotesize\setlength{\tabcolsep}{3pt}", @"  \caption{100 \%}", @"  \label{tab:a}",
            @"  \begin{tabular}{lr}", @"    \toprule",
            @"    row & p, Holm \\", @"    \midrule", @"    a\_b & 0.5 \\", @"    c &  \\", @"    \bottomrule", @"  \end{tabular}",
            @"\end{table}", ""],
            lines[1..]);
        Assert.EndsWith(@"\usepackage{booktabs}.", lines[0], StringComparison.Ordinal);
        Assert.EndsWith("XeLaTeX or LuaLaTeX for letters that are not Latin.", LatexTable.Of("a", "b", ["c"], [["δ = 2"]]).Split('\n')[0],
            StringComparison.Ordinal);
        Assert.Equal("my-recipe--1-", LatexTable.LabelOf("my recipe {1}"));
    }
}
