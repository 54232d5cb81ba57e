using System.Text.RegularExpressions;

namespace Pare.Data;

/// <summary>How the images of a data set are divided; nothing of a training, its seed least of all, changes it.</summary>
public sealed record SplitOptions
{
    /// <summary>The part of each class that is held out for testing where the data set brings no test images.</summary>
    [Range(0, 0.95, AboveLeast = true)]
    public float Test { get; init; } = 0.2f;

    /// <summary>
    /// Decides which images are held out, for testing and for validation; the same seed gives the same split on every platform.
    /// </summary>
    public long Seed { get; init; } = 1;

    /// <summary>
    /// A regular expression whose first capture, in an image's path inside the data set, names who or what the image shows: all images of a
    /// group stand on one side. Null where every image stands for itself.
    /// </summary>
    public string? Group { get; init; }

    /// <summary>Checks the ranges and the expression.</summary>
    /// <exception cref="ArgumentException">A value is outside its range, or the expression is wrong or captures nothing.</exception>
    public void Validate()
    {
        SettingRanges.Check(typeof(SplitOptions), this);
        if (Group is { } group && Expression(group).GetGroupNumbers().Length < 2)
            throw new ArgumentException($"group is {group}; it must have a part in parentheses, which names the group.");
    }

    /// <summary>What each image is drawn by: the name of its group, or its own.</summary>
    /// <param name="names">The images' paths inside the data set.</param>
    /// <param name="source">Where they were read from, for the error.</param>
    /// <exception cref="DataException">An image belongs to no group.</exception>
    internal IReadOnlyList<string> KeysOf(IReadOnlyList<string> names, string source)
    {
        if (Group is null) return names;
        Regex expression = Expression(Group);
        string?[] groups = [.. names.Select(name => expression.Match(name).Groups[1] is { Length: > 0 } capture ? capture.Value : null)];
        int without = groups.Count(static group => group is null);
        if (without == 0) return groups!;
        throw new DataException(
            $"{without} of {names.Count} images {(without == 1 ? "belongs" : "belong")} to no group of dataset.split.group, {Group}; " +
            $"the first: {names[Array.IndexOf(groups, null)]}.", source,
            "Change the expression so that its first part in parentheses is found in every path, or leave out dataset.split.group.");
    }

    // Takes time in proportion to the path's length, whatever the expression.
    private static Regex Expression(string pattern)
    {
        try
        {
            return new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        }
        catch (Exception error) when (error is ArgumentException or NotSupportedException)
        {
            throw new ArgumentException($"group is {pattern}, which is no regular expression of the kind that is taken: {error.Message}",
                error);
        }
    }
}
