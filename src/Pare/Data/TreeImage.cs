namespace Pare.Data;

/// <summary>One image file of an <see cref="ImageTree"/>.</summary>
/// <param name="Path">Its path as its folder or archive gives it.</param>
/// <param name="Label">The index of its class.</param>
/// <param name="Part">What the folders that it lies in say it is for; <see cref="ImagePart.Train"/> where they say nothing.</param>
internal sealed record TreeImage(string Path, int Label, ImagePart Part)
{
    /// <summary>The path of the entry that holds its bytes: another one where it is a link within an archive.</summary>
    public string Source { get; init; } = Path;

    /// <summary>Why it cannot be read, as the rest of a sentence, where that is known before it is opened.</summary>
    public string? Fault { get; init; }

    /// <summary>
    /// Its path inside the data set or its part, the class first: the same wherever the data set lies, in a folder or an archive.
    /// </summary>
    public string Name { get; init; } = Path;
}
