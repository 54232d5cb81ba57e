using Pare.Recipes;

namespace Pare.Runs;

/// <summary>
/// Which teacher a run learns from. A recipe names it by its place, and what lies there may be another one tomorrow: a run that goes on,
/// and runs that are compared, would then have learned from two. The same weights in another place are the same teacher.
/// </summary>
internal static class TeacherIdentity
{
    /// <summary>A digest of a recipe's teacher as it is now; null where nothing teaches, or it can no longer be read.</summary>
    public static string? Of(Recipe recipe)
    {
        try
        {
            return recipe.Training.Distillation?.Teacher?.Digest;
        }
        catch (PareException)
        {
            return null;
        }
    }

    /// <summary>A digest of a model's file as a teacher; null where it cannot be read.</summary>
    public static string? OfFile(string file)
    {
        try
        {
            return TeacherFile.Named(file, file).Digest;
        }
        catch (PareException)
        {
            return null;
        }
    }

    /// <summary>
    /// Of two places that recipes name whether they are those of the same teacher: then the one that a recipe names has the recorded
    /// digest.
    /// </summary>
    /// <param name="recipe">The recipe as it is now.</param>
    /// <param name="recorded">What the record says; null where it says nothing: then two places are two teachers.</param>
    /// <param name="sameName">Whether two places are the same by their names; null for never.</param>
    public static Func<string, string, bool> Same(Recipe recipe, string? recorded, Func<string, string, bool>? sameName = null) =>
        (before, now) => sameName?.Invoke(before, now) == true || (recorded is not null && Of(recipe) == recorded);

    /// <summary>That a recipe's teacher is another than a record's, in one sentence; null if not, as far as is known.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="recorded">What the record says; null where it says nothing, as in those of earlier versions.</param>
    /// <param name="what">What was made with the recorded one, such as <c>It was begun</c>.</param>
    public static string? Against(Recipe recipe, string? recorded, string what) =>
        recorded is not null && Of(recipe) is { } now && now != recorded
            ? $"{what} with another teacher: the weights at {RecipeDifference.TeacherKey} have changed since." : null;
}
