namespace Pare.Data;

/// <summary>The bytes of one image of a set, <c>[channel][row][column]</c>.</summary>
internal delegate Span<byte> PixelTarget(int index);
