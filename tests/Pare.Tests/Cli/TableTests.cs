using Pare.Cli;

namespace Pare.Tests.Cli;

/// <summary>Tables as a terminal of a width, or a file, gets them.</summary>
public sealed class TableTests
{
    private static readonly string[] s_columns = ["class", ">images", ">accuracy", "most often taken for"];

    private static readonly string[][] s_rows =
    [
        ["cat", "1,000", "99.10 %", "dog (3)"],
        ["漢字の長い名前のクラス", "12,345", "100.00 %", ""],
        ["😀 e\u0301", "7", "5.00 %", "an aeroplane of the older kind, with two wings and an open cockpit (12)"],
        ["averyveryverylongclassnamewithoutanyblankinsideofit", "1", "0.00 %", "cat (1)"],
        ["\e[31mred\n", "1", "0.00 %", "[bold]markup[/]"],
    ];

    [Fact]
    public void A_file_gets_every_row_in_one_line_however_long()
    {
        Assert.Equal(
            """
            class                                                images  accuracy  most often taken for
            cat                                                   1,000   99.10 %  dog (3)
            漢字の長い名前のクラス                               12,345  100.00 %
            😀 é                                                      7    5.00 %  an aeroplane of the older kind, with two wings and an open cockpit (12)
            averyveryverylongclassnamewithoutanyblankinsideofit       1    0.00 %  cat (1)
            \u001B[31mred\n                                           1    0.00 %  [bold]markup[/]

            """,
            Table(terminal: false, 80));
    }

    [Fact]
    public void A_terminal_of_120_columns_wraps_the_longest_text()
    {
        Assert.Equal(
            """
            class                                              images  accuracy  most often taken for
            cat                                                 1,000   99.10 %  dog (3)
            漢字の長い名前のクラス                             12,345  100.00 %
            😀 é                                                    7    5.00 %  an aeroplane of the older kind, with two wings and
                                                                                 an open cockpit (12)
            averyveryverylongclassnamewithoutanyblankinsideof       1    0.00 %  cat (1)
            it
            \u001B[31mred\n                                         1    0.00 %  [bold]markup[/]

            """,
            Table(terminal: true, 120));
    }

    [Fact]
    public void A_terminal_of_80_columns_wraps_names_and_no_number()
    {
        Assert.Equal(
            """
            class                          images  accuracy  most often taken for
            cat                             1,000   99.10 %  dog (3)
            漢字の長い名前のクラス         12,345  100.00 %
            😀 é                                7    5.00 %  an aeroplane of the older
                                                             kind, with two wings and an
                                                             open cockpit (12)
            averyveryverylongclassnamewit       1    0.00 %  cat (1)
            houtanyblankinsideofit
            \u001B[31mred\n                     1    0.00 %  [bold]markup[/]

            """,
            Table(terminal: true, 80));
    }

    [Fact]
    public void A_terminal_too_narrow_for_columns_gets_a_paragraph_a_row()
    {
        Assert.Equal(
            """
            cat
              images 1,000, accuracy 99.10 %,
              most often taken for dog (3)
            漢字の長い名前のクラス
              images 12,345, accuracy 100.00 %
            😀 é
              images 7, accuracy 5.00 %,
              most often taken for an aeroplane of the
              older kind, with two wings and an open
              cockpit (12)
            averyveryverylongclassnamewithoutanyblankinside
            ofit
              images 1, accuracy 0.00 %,
              most often taken for cat (1)
            \u001B[31mred\n
              images 1, accuracy 0.00 %,
              most often taken for [bold]markup[/]

            """,
            Table(terminal: true, 48));
    }

    [Fact]
    public void Only_a_terminal_that_wants_it_gets_bold_headings_and_no_other_code()
    {
        var cli = new TestCli(terminal: true, color: true, width: 80);
        Fill().Write(cli.Console.Messages(json: false));
        Assert.StartsWith("\e[1mclass ", cli.Out, StringComparison.Ordinal);
        Assert.Equal(2, cli.Out.Count(static c => c == '\e'));
        Assert.DoesNotContain('\e', Table(terminal: false, 80));
    }

    [Theory]
    [InlineData(20)]
    [InlineData(33)]
    [InlineData(60)]
    [InlineData(80)]
    [InlineData(200)]
    public void No_line_is_wider_than_the_terminal_and_no_character_is_lost(int width)
    {
        string table = Table(terminal: true, width);
        Assert.All(table.Split('\n'), line => Assert.True(Printable.Width(line) < width, line));
        string all = string.Concat(table.Where(static c => !char.IsWhiteSpace(c)));
        foreach (string cell in s_rows.SelectMany(static row => row).Where(static cell => Printable.Width(Printable.Text(cell)) <= 14))
            Assert.Contains(string.Concat(Printable.Text(cell).Where(static c => !char.IsWhiteSpace(c))), all, StringComparison.Ordinal);
        foreach (string number in s_rows.SelectMany(static row => row[1..3])) Assert.Contains(number, table, StringComparison.Ordinal);
    }

    [Fact]
    public void A_streamed_table_keeps_its_columns_and_gives_way_like_any_other()
    {
        Assert.Equal(
            """
            row         validation      test     95 % interval
            all            98.20 %   98.11 %
            without 漢字 and_a_     97.20 %   97.11 %    -1.20 to -0.80
            long_technique

            """,
            Streamed(60));
        Assert.Equal(
            """
            all
              validation 98.20 %,
              test 98.11 %
            without 漢字
            and_a_long_technique
              validation 97.20 %,
              test 97.11 %,
              95 % interval -1.20 to
              -0.80

            """,
            Streamed(30));
    }

    // A paragraph has room for what a table has not.
    [Theory]
    [InlineData(60, new string[0])]
    [InlineData(45, new[] { "95 % interval" })]
    [InlineData(32, new[] { "test", "95 % interval" })]
    [InlineData(24, new string[0])]
    public void A_streamed_table_leaves_out_its_last_columns_before_its_names_wrap(int width, string[] leftOut)
    {
        var cli = new TestCli(terminal: true, width: width);
        var table = new StreamedTable(cli.Console.Messages(json: false),
            [("row", 20), (">validation", 8), (">test", 8), (">95 % interval", 8)], least: 2);
        table.Add(["all", "98.20 %", "98.11 %", "-1 to 0"]);
        Assert.Equal(leftOut, table.LeftOut);
        Assert.Equal(leftOut.Length < 2, cli.Out.Contains("98.11 %", StringComparison.Ordinal));
        Assert.Equal(leftOut.Length < 1, cli.Out.Contains("-1 to 0", StringComparison.Ordinal));
        Assert.Contains("98.20 %", cli.Out, StringComparison.Ordinal);
    }

    private static string Streamed(int width)
    {
        var cli = new TestCli(terminal: true, width: width);
        var table =
            new StreamedTable(cli.Console.Messages(json: false), [("row", 10), (">validation", 8), (">test", 8), (">95 % interval", 16)]);
        table.Add(["all", "98.20 %", "98.11 %", ""]);
        table.Add(["without 漢字 and_a_long_technique", "97.20 %", "97.11 %", "-1.20 to -0.80"]);
        return cli.Out;
    }

    private static string Table(bool terminal, int width)
    {
        var cli = new TestCli(terminal, width: width);
        Fill().Write(cli.Console.Messages(json: false));
        return cli.Out;
    }

    private static TextTable Fill()
    {
        var table = new TextTable(s_columns);
        foreach (string[] row in s_rows) table.Add(row);
        return table;
    }
}
