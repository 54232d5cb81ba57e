namespace Pare.Execution.Lowered;

/// <summary>The channels of maps, one map after the other.</summary>
internal sealed class ConcatStep(string name, PixelMap[] sources, PixelMap target) : Step(name, target)
{
    protected override void Compute(Span<float> arena)
    {
        for (int row = 0; row < Target.Shape.Height; row++)
        {
            for (int column = 0; column < Target.Shape.Width; column++)
            {
                Span<float> pixel = arena.Slice(Target.At(row, column), Target.Shape.Channels);
                foreach (PixelMap source in sources)
                {
                    arena.Slice(source.At(row, column), source.Shape.Channels).CopyTo(pixel);
                    pixel = pixel[source.Shape.Channels..];
                }
            }
        }
    }
}
