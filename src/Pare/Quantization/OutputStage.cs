using Pare.Graphs.Lowering;

namespace Pare.Quantization;

/// <summary>What becomes of an integer that was computed: the zero point is added, the ends are cut, and a table is looked up.</summary>
/// <param name="ZeroPoint">The zero point of the map, or of what the table takes.</param>
/// <param name="Min">The lower end, -128 or more; a rectifier is an end at the zero point.</param>
/// <param name="Max">The upper end, 127 or less.</param>
/// <param name="Table">The map's integer for each of the 256, that for -128 first; null where the sum is the map's.</param>
internal sealed record OutputStage(int ZeroPoint, int Min, int Max, IReadOnlyList<sbyte>? Table = null)
{
    /// <summary>The map's integer.</summary>
    public sbyte Apply(int x)
    {
        int value = (int)Math.Clamp((long)x + ZeroPoint, Min, Max);
        return Table is null ? (sbyte)value : Table[value - QuantizationParameters.Lowest];
    }
}
