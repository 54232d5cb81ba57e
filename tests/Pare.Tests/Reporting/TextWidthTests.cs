using System.Text;
using Pare.Reporting;

namespace Pare.Tests.Reporting;

public sealed class TextWidthTests
{
    [Fact]
    public void A_wide_letter_takes_more_than_a_narrow_one_and_a_mark_takes_nothing()
    {
        Assert.True(TextWidth.Of("猫", 10) > 1.5 * TextWidth.Of("a", 10));
        Assert.True(TextWidth.Of("W", 10) > 2 * TextWidth.Of("l", 10));
        Assert.Equal(TextWidth.Of("e", 10), TextWidth.Of("e\u0301", 10));
        Assert.True(TextWidth.Of("a", 10, bold: true) > TextWidth.Of("a", 10));
    }

    [Theory]
    [InlineData("a short name")]
    [InlineData("a name that is much longer than what there is room for, by far")]
    [InlineData("とても長いクラスの名前なのでここには入りません")]
    [InlineData("👩‍🚀👩‍🚀👩‍🚀👩‍🚀👩‍🚀👩‍🚀👩‍🚀👩‍🚀👩‍🚀👩‍🚀")]
    [InlineData("e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301")]
    [InlineData("")]
    public void What_fits_is_whole_and_what_does_not_ends_between_letters(string text)
    {
        string fitted = TextWidth.Fit(text, 100, 11);
        Assert.True(TextWidth.Of(fitted, 11) <= 100);
        if (fitted == text) return;
        Assert.EndsWith("…", fitted, StringComparison.Ordinal);
        Assert.StartsWith(fitted[..^1], text, StringComparison.Ordinal);
        Assert.DoesNotContain(fitted.EnumerateRunes(), static rune => rune == Rune.ReplacementChar);
        Assert.False(fitted.EndsWith("\u200d…", StringComparison.Ordinal));
        Assert.NotEqual('\u0301', text[fitted.Length - 1]);
    }

    [Fact]
    public void One_letter_is_left_where_there_is_no_room() => Assert.Equal("n…", TextWidth.Fit("name", 0, 11));
}
