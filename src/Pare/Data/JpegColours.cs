namespace Pare.Data;

/// <summary>JPEG files put so that the decoder takes their components for the colours that libjpeg and what rests on it see.</summary>
/// <remarks>
/// Four inks are stored inverted, as CMYK or, by the transform of Adobe's segment, as YCCK. The decoder takes them for luma and chroma
/// where that segment is missing or names another transform. Three components of a JFIF file are luma and chroma, whatever Adobe's segment
/// says.
/// </remarks>
internal static class JpegColours
{
    private static readonly byte[] AdobeSegment = [0xFF, 0xEE, 0, 14, .. "Adobe"u8, 0, 100, 0, 0, 0, 0, 0];

    /// <summary>The file with its transform named: CMYK where nothing is said of four inks, YCCK where it is none that there is.</summary>
    public static byte[] Named(byte[] file, ImageHeader header)
    {
        if (header.HasInks && header.Adobe is null) return [.. file[..2], .. AdobeSegment, .. file[2..]];
        return (header.HasInks, header.Adobe) switch
        {
            (true, (not (0 or 2), int at)) => With(2, at),
            (false, (0, int at)) when header.IsJfif => With(1, at),
            _ => file,
        };

        byte[] With(byte transform, int at)
        {
            byte[] named = [.. file];
            named[at] = transform;
            return named;
        }
    }
}
