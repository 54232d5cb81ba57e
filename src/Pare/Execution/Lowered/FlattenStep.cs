namespace Pare.Execution.Lowered;

/// <summary>A map as one pixel in the order channel, row, column, where a reader cares about that order.</summary>
internal sealed class FlattenStep(string name, PixelMap source, PixelMap target) : Step(name, target)
{
    protected override void Compute(Span<float> arena)
    {
        int to = Target.At(0, 0);
        for (int c = 0; c < source.Shape.Channels; c++)
        {
            for (int row = 0; row < source.Shape.Height; row++)
            {
                for (int column = 0; column < source.Shape.Width; column++) arena[to++] = arena[source.At(row, column) + c];
            }
        }
    }
}
