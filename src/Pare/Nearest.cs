namespace Pare;

/// <summary>Finds the name that a mistyped one was most likely meant to be.</summary>
public static class Nearest
{
    /// <summary>The candidate that the fewest edits reach, or null when none is near.</summary>
    /// <param name="text">What was typed.</param>
    /// <param name="candidates">The names that there are.</param>
    public static string? Find(string text, IEnumerable<string> candidates)
    {
        (string? best, int distance) = (null, (text.Length / 3) + 2);
        foreach (string candidate in candidates)
        {
            int edits = candidate.StartsWith(text, StringComparison.OrdinalIgnoreCase) ? 0 : Edits(text, candidate);
            if (edits < distance) (best, distance) = (candidate, edits);
        }

        return best;
    }

    // Insertions, deletions, replacements and swaps of neighbours (optimal string alignment distance).
    private static int Edits(string a, string b)
    {
        var table = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++) table[i, 0] = i;
        for (int j = 0; j <= b.Length; j++) table[0, j] = j;
        for (int i = 1; i <= a.Length; i++)
        {
            for (int j = 1; j <= b.Length; j++)
            {
                int replace = table[i - 1, j - 1] + (char.ToLowerInvariant(a[i - 1]) == char.ToLowerInvariant(b[j - 1]) ? 0 : 1);
                table[i, j] = Math.Min(replace, Math.Min(table[i - 1, j], table[i, j - 1]) + 1);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    table[i, j] = Math.Min(table[i, j], table[i - 2, j - 2] + 1);
            }
        }

        return table[a.Length, b.Length];
    }
}
