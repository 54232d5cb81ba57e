using Pare.Data;
using Pare.Graphs;
using Pare.Quantization;

namespace Pare.Robustness;

/// <summary>
/// Bytes of images in, logits out: what robustness is measured of, whatever computes it. Derive from it to measure another program's
/// network.
/// </summary>
public abstract class ImageClassifier : IDisposable
{
    /// <summary>What <see cref="Form"/> says of a network in single precision.</summary>
    public const string Float = "float";

    /// <summary>What <see cref="Form"/> says of a network in 8-bit integers.</summary>
    public const string Int8 = "int8";

    /// <summary>The shape of an image.</summary>
    public abstract Shape Input { get; }

    /// <summary>The number of classes, one logit each.</summary>
    public abstract int Classes { get; }

    /// <summary>What it computes in: <see cref="Float"/> or <see cref="Int8"/>.</summary>
    public virtual string Form => Float;

    /// <summary>
    /// The network as it was trained, for what needs its gradient: of one in integers that which it was made of. Null where only its
    /// answers are known.
    /// </summary>
    public virtual Network? Network => null;

    /// <summary>By what the bytes of <see cref="Network"/>'s images are shifted and scaled; null without it.</summary>
    public virtual Normalization? Normalization => null;

    /// <summary>
    /// A digest of all that its answers depend on, its weights above all, so that two with the same say the same of every image; null where
    /// it is not known: what is measured of it is then never put beside what was measured before.
    /// </summary>
    public virtual string? Fingerprint => null;

    /// <summary>Makes one of a network in single precision.</summary>
    /// <param name="network">The network; its input must be one shape, its output one value per class.</param>
    /// <param name="normalization">As in training.</param>
    /// <param name="threads">Threads to use; null for one per processor. What it says is the same with any number.</param>
    public static ImageClassifier Of(Network network, Normalization normalization, int? threads = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(normalization);
        return new NetworkClassifier(network, normalization, Parallels.Threads(threads));
    }

    /// <summary>Makes one of a network in 8-bit integers.</summary>
    /// <param name="graph">The network.</param>
    /// <param name="threads">Threads to use; null for one per processor. What it says is the same with any number.</param>
    /// <param name="trained">
    /// The network in single precision that it was made of, whose gradient attacks use; null where nobody has it.
    /// </param>
    public static ImageClassifier Of(QuantizedGraph graph, int? threads = null, Network? trained = null)
    {
        ArgumentNullException.ThrowIfNull(graph);
        return new QuantizedClassifier(graph, threads, trained);
    }

    /// <summary>Computes the logits of images. It is called on one thread at a time.</summary>
    /// <param name="images">All images, <c>[image][channel][row][column]</c>.</param>
    /// <param name="logits"><c>[image][class]</c>.</param>
    /// <param name="cancellation">Stops between two images.</param>
    /// <exception cref="ArgumentException">The two are not for the same whole number of images.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public abstract void Logits(byte[] images, Span<float> logits, CancellationToken cancellation = default);

    /// <summary>Checks what <see cref="Logits"/> is given.</summary>
    /// <exception cref="ArgumentException">The two are not for the same whole number of images.</exception>
    private protected void CheckMany(byte[] images, ReadOnlySpan<float> logits)
    {
        ArgumentNullException.ThrowIfNull(images);
        if (images.Length % Input.Count != 0 || logits.Length != (long)(images.Length / Input.Count) * Classes)
            throw new ArgumentException(
                $"Images of {Input} have {Input.Count} bytes and {Classes} logits each, which {images.Length} bytes and {logits.Length} " +
                "logits do not fit.", nameof(images));
    }

    /// <summary>Gives back what it holds.</summary>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Gives back what it holds.</summary>
    /// <param name="disposing">Always true.</param>
    protected virtual void Dispose(bool disposing)
    {
    }
}
