namespace Pare.Data;

/// <summary>How the ten digits are written: for each, its ways of writing, each a set of strokes as points.</summary>
/// <remarks>Coordinates: x to the right and y down, both from -1 to 1; a stroke is <c>x0, y0, x1, y1, ...</c>.</remarks>
internal static class GlyphStrokes
{
    private const int StepDegrees = 20;

    /// <summary>Ways of writing, <c>[digit][way][stroke]</c>.</summary>
    public static readonly float[][][][] Digits =
    [
        [[Arc(0, 0, 0.58f, 0.95f, -90, 270)], [Arc(0, 0, 0.45f, 0.95f, -60, 280)]],
        [
            [Line(0.05f, -0.95f, 0.05f, 0.95f)], [Line(-0.4f, -0.5f, 0.1f, -0.95f, 0.1f, 0.95f)],
            [Line(-0.35f, -0.55f, 0.1f, -0.95f, 0.1f, 0.95f), Line(-0.4f, 0.95f, 0.5f, 0.95f)],
        ],
        [
            [[.. Arc(0, -0.42f, 0.55f, 0.53f, -170, 30), .. Line(-0.6f, 0.95f), .. Line(0.65f, 0.95f)]],
            [
                [
                    .. Arc(-0.05f, -0.45f, 0.55f, 0.5f, -160, 60), .. Line(-0.45f, 0.7f), .. Arc(-0.42f, 0.75f, 0.2f, 0.18f, 120, 330),
                    .. Line(0.65f, 0.9f),
                ],
            ],
        ],
        [
            [[.. Arc(-0.05f, -0.48f, 0.52f, 0.47f, -150, 80), .. Arc(-0.05f, 0.47f, 0.6f, 0.48f, -80, 150)]],
            [[.. Line(-0.5f, -0.9f, 0.45f, -0.9f, -0.05f, -0.2f), .. Arc(-0.05f, 0.37f, 0.58f, 0.57f, -80, 150)]],
        ],
        [
            [Line(0.3f, 0.95f, 0.3f, -0.95f, -0.65f, 0.35f, 0.7f, 0.35f)],
            [Line(-0.45f, -0.9f, -0.5f, 0.1f, 0.55f, 0.1f), Line(0.45f, -0.6f, 0.4f, 0.95f)],
        ],
        [
            [[.. Line(0.55f, -0.92f, -0.4f, -0.92f, -0.48f, -0.1f), .. Arc(-0.02f, 0.36f, 0.56f, 0.56f, -130, 150)]],
            [[.. Line(-0.4f, -0.85f, -0.45f, -0.15f), .. Arc(-0.05f, 0.4f, 0.55f, 0.52f, -120, 140)], Line(-0.4f, -0.85f, 0.6f, -0.9f)],
        ],
        [
            [[.. Line(0.4f, -0.95f, -0.05f, -0.6f, -0.4f, -0.05f), .. Arc(0.02f, 0.45f, 0.52f, 0.5f, 180, 540)]],
            [[.. Arc(0.15f, -0.1f, 0.7f, 0.85f, -70, -180), .. Arc(0, 0.45f, 0.55f, 0.47f, 180, 540)]],
        ],
        [
            [Line(-0.6f, -0.9f, 0.6f, -0.9f, -0.1f, 0.95f)],
            [Line(-0.6f, -0.85f, 0.55f, -0.9f, 0, 0.1f, -0.2f, 0.95f), Line(-0.35f, 0, 0.5f, -0.05f)],
        ],
        [
            [Arc(0, -0.48f, 0.45f, 0.45f, -90, 270), Arc(0, 0.46f, 0.55f, 0.5f, -90, 270)],
            [[.. Arc(0, -0.47f, 0.48f, 0.46f, -20, -270), .. Arc(0, 0.47f, 0.52f, 0.48f, -90, 200), .. Line(0.45f, -0.7f)]],
        ],
        [
            [[.. Arc(-0.02f, -0.42f, 0.52f, 0.5f, 0, 360), .. Line(0.42f, 0.95f)]],
            [[.. Arc(-0.02f, -0.45f, 0.52f, 0.48f, 0, 360), .. Arc(-0.1f, 0.2f, 0.6f, 0.75f, 0, 130)]],
        ],
    ];

    private static float[] Line(params float[] points) => points;

    /// <summary>Points along an ellipse, from one angle to another; 0 points right, 90 down.</summary>
    private static float[] Arc(float centreX, float centreY, float radiusX, float radiusY, int from, int to)
    {
        int steps = Math.Max(1, Math.Abs(to - from) / StepDegrees);
        var points = new float[2 * (steps + 1)];
        for (int i = 0; i <= steps; i++)
        {
            double angle = (from + ((to - from) * (double)i / steps)) * Math.PI / 180;
            // Rounded, because the last bit of sine and cosine differs between platforms.
            points[2 * i] = centreX + (radiusX * (float)Math.Round(Math.Cos(angle), 6));
            points[(2 * i) + 1] = centreY + (radiusY * (float)Math.Round(Math.Sin(angle), 6));
        }

        return points;
    }
}
