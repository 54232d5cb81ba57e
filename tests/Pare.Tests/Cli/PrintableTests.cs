using Pare.Cli;

namespace Pare.Tests.Cli;

public sealed class PrintableTests
{
    [Theory]
    [InlineData("cat", "cat")]
    [InlineData("", "")]
    [InlineData("Straße 漢字 😀 e\u0301 👨\u200d👩\u200d👧", "Straße 漢字 😀 e\u0301 👨\u200d👩\u200d👧")]
    [InlineData("a\e[31mb", @"a\u001B[31mb")]
    [InlineData("a\r\n\tb\0\u0007", @"a\r\n\tb\u0000\u0007")]
    [InlineData("a\u007f\u0080\u009b31m", @"a\u007F\u0080\u009B31m")]
    [InlineData("gpj.\u202egnp", @"gpj.\u202Egnp")]
    [InlineData("a\u061c\u200e\u2066b\u2069\u200b\ufeff\u00ad", @"a\u061C\u200E\u2066b\u2069\u200B\uFEFF\u00AD")]
    [InlineData("a\u2028b\u2029c", @"a\u2028b\u2029c")]
    [InlineData("a\U000E0041", @"a\U000E0041")]
    [InlineData(@"C:\new", @"C:\new")]
    public void What_would_steer_a_terminal_or_hide_is_seen_as_an_escape(string text, string expected) =>
        Assert.Equal(expected, Printable.Text(text));

    [Fact]
    public void Half_a_character_is_an_escape()
    {
        Assert.Equal(@"a\uD83Db", Printable.Text("a" + '\uD83D' + "b"));
        Assert.Equal(@"\uDE00", Printable.Text('\uDE00'.ToString()));
    }

    [Theory]
    [InlineData("abc", 2, "ab")]
    [InlineData("abc", 3, "abc")]
    [InlineData("漢字", 3, "漢")]
    [InlineData("漢字", 1, "")]
    [InlineData("e\u0301e\u0301", 1, "e\u0301")]
    [InlineData("a😀b", 2, "a")]
    public void Text_is_cropped_between_characters(string text, int columns, string expected) =>
        Assert.Equal(expected, Printable.Crop(text, columns));

    [Theory]
    [InlineData("runs/a-1", "runs/a-1")]
    [InlineData("data/größe", "data/größe")]
    [InlineData("my runs", "'my runs'")]
    [InlineData("it's", @"'it'\''s'")]
    [InlineData("$HOME`x`\"\\!", "'$HOME`x`\"\\!'")]
    [InlineData("", "''")]
    [InlineData("a\nb'\e", @"$'a\x0ab\'\x1b'")]
    [InlineData("model.layers={a: [1]}", "'model.layers={a: [1]}'")]
    public void A_word_is_quoted_so_that_a_shell_reads_it_back(string word, string expected) =>
        Assert.Equal(expected, CommandLine.QuotedForPosix(word));

    [Theory]
    [InlineData(@"C:\runs\a", @"C:\runs\a")]
    [InlineData(@"C:\my runs\", @"""C:\my runs\\""")]
    [InlineData(@"C:\my runs\a", @"""C:\my runs\a""")]
    [InlineData("a \"b\"", @"""a \""b\""""")]
    [InlineData("a\\\"", @"""a\\\""""")]
    [InlineData("", "\"\"")]
    public void A_word_is_quoted_so_that_Windows_reads_it_back(string word, string expected) =>
        Assert.Equal(expected, CommandLine.QuotedForWindows(word));
}
