namespace Pare.Data;

/// <summary>A training set and its untouched test set, of the same image size and classes.</summary>
/// <param name="Name">A short name, such as <c>mnist</c>.</param>
/// <param name="Source">Where it was read from, for the run's record: a path, or <c>built in</c>.</param>
/// <param name="Train">The images to learn from.</param>
/// <param name="Test">The images that only the last epoch's network is measured on.</param>
public sealed record Dataset(string Name, string Source, ImageSet Train, ImageSet Test)
{
    /// <summary>What a person should know about how it was read, such as a split that was made; empty when nothing.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}
