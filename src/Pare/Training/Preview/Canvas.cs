namespace Pare.Training.Preview;

/// <summary>A picture to draw on, white at first.</summary>
internal sealed class Canvas
{
    private readonly byte[] _pixels;

    /// <param name="width">Pixels of a row.</param>
    /// <param name="height">Rows.</param>
    public Canvas(int width, int height)
    {
        (Width, Height) = (width, height);
        _pixels = new byte[3 * width * height];
        Array.Fill(_pixels, byte.MaxValue);
    }

    /// <summary>Pixels of a row.</summary>
    public int Width { get; }

    /// <summary>Rows.</summary>
    public int Height { get; }

    /// <summary>Red, green, blue, row after row from the top.</summary>
    public ReadOnlySpan<byte> Pixels => _pixels;

    /// <summary>Draws one point of a picture, magnified.</summary>
    /// <param name="left">Column of its left edge.</param>
    /// <param name="top">Row of its upper edge.</param>
    /// <param name="size">Its width and height.</param>
    /// <param name="red">0 to 255.</param>
    /// <param name="green">0 to 255.</param>
    /// <param name="blue">0 to 255.</param>
    public void Square(int left, int top, int size, byte red, byte green, byte blue)
    {
        for (int row = top; row < top + size; row++)
        {
            for (int column = left; column < left + size; column++)
            {
                int at = 3 * ((row * Width) + column);
                (_pixels[at], _pixels[at + 1], _pixels[at + 2]) = (red, green, blue);
            }
        }
    }

    /// <summary>Writes a line in capital letters, as far as it fits.</summary>
    /// <param name="text">What; letters that <see cref="PixelFont"/> lacks become question marks.</param>
    /// <param name="left">Column of its left edge.</param>
    /// <param name="top">Row of its upper edge.</param>
    /// <param name="width">Room in pixels.</param>
    /// <param name="size">Pixels of a point of the font.</param>
    /// <param name="shade">0 for black, 255 for white.</param>
    public void Text(string text, int left, int top, int width, int size, byte shade)
    {
        int end = left + width;
        foreach (char letter in text)
        {
            string[] rows = PixelFont.Rows(letter);
            if (left + (rows[0].Length * size) > end) return;
            for (int row = 0; row < rows.Length; row++)
            {
                for (int column = 0; column < rows[row].Length; column++)
                {
                    if (rows[row][column] == '#') Square(left + (column * size), top + (row * size), size, shade, shade, shade);
                }
            }

            left += (rows[0].Length + 1) * size;
        }
    }
}
