namespace Pare.Inference;

/// <summary>What an export was allowed to take of a board, and what it takes.</summary>
/// <param name="Name">Of what, such as <c>flash</c>.</param>
/// <param name="Taken">Bytes that it takes.</param>
/// <param name="Allowed">Bytes that it may take.</param>
public sealed record ExportLimit(string Name, long Taken, long Allowed)
{
    /// <summary>Whether it takes no more than it may.</summary>
    public bool IsMet => Taken <= Allowed;
}
