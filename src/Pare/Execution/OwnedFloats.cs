namespace Pare.Execution;

/// <summary>
/// Floats that a part of a plan keeps for itself, declared with their number and allocated later: a plan is first counted, then made.
/// </summary>
/// <param name="length">How many.</param>
internal sealed class OwnedFloats(long length)
{
    private float[]? _values;

    public long Length { get; } = length;

    public float[] Values => _values ?? throw new InvalidOperationException("The plan has been counted and not allocated.");

    public void Allocate() => _values = new float[Length];
}
