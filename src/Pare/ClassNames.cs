namespace Pare;

/// <summary>What names of classes must be, so that each says one class and a file can hold them.</summary>
internal static class ClassNames
{
    /// <summary>Checks names.</summary>
    /// <param name="classes">In the order of their index.</param>
    /// <param name="parameter">What the caller calls them.</param>
    /// <exception cref="ArgumentException">A name is null, is there twice, or is not valid Unicode.</exception>
    public static void Check(IReadOnlyList<string> classes, string parameter)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < classes.Count; i++)
        {
            if (classes[i] is not { } name) throw new ArgumentException($"Class {i} has no name.", parameter);
            if (!UnicodeText.IsValid(name)) throw new ArgumentException($"The name of class {i} is not valid Unicode.", parameter);
            if (!seen.Add(name)) throw new ArgumentException($"Two classes are named `{name}`.", parameter);
        }
    }
}
