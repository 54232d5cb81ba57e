using Pare.Graphs.Lowering;

namespace Pare.Export.CSource;

/// <summary>What a <see cref="ChannelKernel"/> computes with: types, what a sum begins with, what a pixel adds, what is stored.</summary>
internal abstract class ChannelArithmetic
{
    /// <summary>The type of the values of maps and of weights.</summary>
    public abstract string Element { get; }

    /// <summary>The type of sums.</summary>
    public abstract string Sum { get; }

    /// <summary>The type of a weight or a factor that is loaded.</summary>
    public abstract string Factor { get; }

    /// <summary>The most pixels of a tile.</summary>
    public abstract int MostPixels { get; }

    /// <summary>What a convolution reads outside the map; null where it counts nothing.</summary>
    public virtual string? Outside => null;

    /// <summary>A small whole number.</summary>
    public abstract string Number(int value);

    /// <summary>Statements that come before all others.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="cut">Whether rows of the window may lie outside the map.</param>
    public virtual void Begin(CWriter writer, bool cut)
    {
    }

    /// <summary>What a sum begins with.</summary>
    public abstract string Start();

    /// <summary>The statement that takes the larger one of a sum and a value.</summary>
    public abstract string Larger(string sum, string value);

    /// <summary>The value of a pixel in an average.</summary>
    public abstract string Averaged(string value);

    /// <summary>The factor of a place of a blur's filter.</summary>
    public abstract string BlurFactor(LoweredBlur blur, int u, int v);

    /// <summary>Declares by what a sum of an average is divided.</summary>
    /// <param name="count">The number where it is known.</param>
    /// <param name="expression">What computes it where it is not.</param>
    public abstract string Divisor(int? count, string expression);

    /// <summary>A statement between the last value of a channel and the first that is stored; empty if there is none.</summary>
    public virtual string BeforeStores() => "";

    /// <summary>What is stored of a sum.</summary>
    public abstract string Finish(string sum);
}
