namespace Pare.Robustness;

/// <summary>Makes the image at a place, <c>[channel][row][column]</c>; what it makes depends on nothing but the place.</summary>
internal delegate void ImageMaker(int place, Span<byte> to);
