namespace Pare.Data;

/// <summary>JPEG files of four inks, put so that the decoder reads them as libjpeg and what rests on it do.</summary>
/// <remarks>
/// The inks are stored inverted, as CMYK or, by the transform of Adobe's segment, as YCCK. The decoder takes them for luma and chroma where
/// that segment is missing or names another transform.
/// </remarks>
internal static class CmykJpeg
{
    private static readonly byte[] AdobeSegment = [0xFF, 0xEE, 0, 14, .. "Adobe"u8, 0, 100, 0, 0, 0, 0, 0];

    /// <summary>The file with its transform named: CMYK where nothing is said, YCCK where it is none that there is.</summary>
    public static byte[] Named(byte[] file, ImageHeader header)
    {
        if (header.Adobe is not (int transform, int at)) return [.. file[..2], .. AdobeSegment, .. file[2..]];
        if (transform is 0 or 2) return file;
        byte[] named = [.. file];
        named[at] = 2;
        return named;
    }
}
