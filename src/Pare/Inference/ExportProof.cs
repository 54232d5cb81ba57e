using Pare.Data;
using Pare.Evaluation;
using Pare.Export.CSource;
using Pare.Graphs;
using Pare.Kernels;
using Pare.Quantization;

namespace Pare.Inference;

/// <summary>
/// Runs files that were exported over images, read back as a user would, and holds them against the network that they came from.
/// </summary>
public sealed class ExportProof
{
    private const int LatencyRuns = 101, TestBytes = 2048;

    private readonly ImageSet _images;
    private readonly bool _labelled;
    private readonly int _threads;
    private readonly float[] _expected;
    private readonly int _classes;
    private readonly float[] _original;
    private float[]? _integers;

    private ExportProof(Model model, ImageSet images, bool labelled, int threads, CancellationToken cancellation, float[]? original = null)
    {
        (_images, _labelled, _threads, _classes) = (images, labelled, threads, model.Classes.Count);
        Evaluator.CheckFit(model.Input, model.Graph.Output.Shape, images, "the images");
        float[] lowered = Logits(model, cancellation);

        // What is exported in float32 does not round what a training for integers rounded.
        _expected = model.Network?.WithoutRounding() is { } network
            ? Evaluator.Logits(network, model.Normalization, images, threads, cancellation) : lowered;
        Forms = model.Network is null
            ? [Form("Pare", null, lowered, Latency(model, cancellation))]
            : [Form("trainer", null, _expected, null), Form("Pare", null, lowered, Latency(model, cancellation))];
        Original = original is null ? null : Form("original", null, original, null);
        if (Original is not null) Forms = [Original, .. Forms];
        _original = original ?? _expected;
    }

    /// <summary>
    /// The forms so far: the network that another was trained on from, where there is one, the trainer and Pare's own executor first.
    /// </summary>
    public IReadOnlyList<ExportedForm> Forms { get; private set; }

    /// <summary>The network before it was trained on; null where it was not. What integers lose is held against it.</summary>
    public ExportedForm? Original { get; }

    /// <summary>The network in integers, if it was added.</summary>
    public ExportedForm? IntegerForm { get; private set; }

    /// <summary>The images that all forms were run on.</summary>
    public int Images => _images.Count;

    /// <summary>Begins with the model itself.</summary>
    /// <param name="model">The model.</param>
    /// <param name="images">Images of its size and classes; at least one.</param>
    /// <param name="threads">Threads; null for one per processor. The result is the same with any number.</param>
    /// <param name="cancellation">Stops between two images.</param>
    /// <exception cref="RecipeException">The images are of another size, or of another number of classes.</exception>
    /// <exception cref="RunException">What the network says about an image is not a finite number.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static ExportProof Begin(Model model, ImageSet images, int? threads = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(images);
        return new(model, images, labelled: true, Parallels.Threads(threads), cancellation);
    }

    /// <summary>Begins with the model itself, on noise: for want of images.</summary>
    /// <param name="model">The model.</param>
    /// <param name="count">Images of noise.</param>
    /// <param name="threads">Threads; null for one per processor.</param>
    /// <param name="cancellation">Stops between two images.</param>
    /// <exception cref="RunException">What the network says about an image is not a finite number.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static ExportProof BeginOnNoise(Model model, int count, int? threads = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        Shape input = model.Input;
        var pixels = new byte[checked(count * input.Count)];
        var random = new SeededRandom(1);
        foreach (ref byte pixel in pixels.AsSpan()) pixel = (byte)random.NextUInt64();
        var images = new ImageSet(input.Channels, input.Height, input.Width, pixels, new int[count], [.. model.Classes]);
        return new ExportProof(model, images, labelled: false, Parallels.Threads(threads), cancellation);
    }

    /// <summary>Begins with another model on the same images, as with one that was trained on.</summary>
    /// <param name="other">A model of the same size and classes.</param>
    /// <param name="cancellation">Stops between two images.</param>
    /// <exception cref="RunException">What the network says about an image is not a finite number.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public ExportProof For(Model other, CancellationToken cancellation = default) =>
        new(other, _images, _labelled, _threads, cancellation, _original);

    /// <summary>Reads a file back and runs it over the images.</summary>
    /// <param name="name">What it is, such as <c>ONNX</c>.</param>
    /// <param name="path">The file.</param>
    /// <param name="inIntegers">Whether it computes in integers, and so is held against the network that was added so.</param>
    /// <param name="target">Where it goes once everything is proved; null for where it lies.</param>
    /// <param name="cancellation">Stops between two images; nothing is added.</param>
    /// <exception cref="DataException">The file cannot be read back.</exception>
    /// <exception cref="RunException">What it says about an image is not a finite number.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public ExportedForm Add(string name, string path, bool inIntegers = false, string? target = null,
        CancellationToken cancellation = default)
    {
        var model = Model.Load(path);
        ExportedForm form = Form(name, target ?? path, Logits(model, cancellation), Latency(model, cancellation),
            inIntegers ? _integers : null, new FileInfo(path).Length);
        Forms = [.. Forms, form];
        return form;
    }

    /// <summary>Runs the network in integers over the images, by which files in integers are measured from then on.</summary>
    /// <param name="graph">The network, in integers.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public ExportedForm Add(QuantizedGraph graph, CancellationToken cancellation = default)
    {
        float[] logits = LabelledLogits.Room(_images.Count, _classes);
        Parallels.For(_images.Count, i =>
            QuantizedExecutor.Run(graph, _images.Image(i, _images.Spare())).Logits.CopyTo(logits, i * _classes), _threads,
            cancellation);
        ExportedForm form = Form("Pare int8", null, logits, null);
        (_integers, IntegerForm) = (logits, form);
        Forms = [.. Forms, form];
        return form;
    }

    /// <summary>
    /// What the integers lose of the images that the original gets right; null where there are none, or no labels.
    /// </summary>
    public IntegerLoss? Loss()
    {
        if (!_labelled || _integers is null) return null;
        var pairs = McNemar.Of(_images.Labels, Answers(_original), Answers(_integers));
        return new IntegerLoss(pairs.Images, pairs.Worse, pairs.Better);

        int[] Answers(float[] logits) =>
            [.. Enumerable.Range(0, _images.Count).Select(i => Best(logits.AsSpan(i * _classes, _classes), i))];
    }

    /// <summary>Compiles a C program for this machine, in a process of its own, and runs it over the images.</summary>
    /// <param name="program">The program.</param>
    /// <param name="path">Its file; it need not be there yet.</param>
    /// <param name="inIntegers">Whether it computes in integers, and so is held against the network that was added so.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <returns>Null where there is no C compiler: the program was not run.</returns>
    /// <exception cref="RunException">It does not compile or run, or tests itself and finds something wrong.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public ExportedForm? Add(CProgram program, string path, bool inIntegers = false, CancellationToken cancellation = default)
    {
        if (HostProgram.Compiler is not { } compiler) return null;
        string folder = Directory.CreateTempSubdirectory("pare-c-").FullName;
        try
        {
            HostProgram host = HostProgram.Compile(compiler, [program], folder, ["-O2"], cancellation);
            int test = host.SelfTest(0);
            if (test != 0)
            {
                throw new RunException($"The compiled program's self test fails with {test}.", path,
                    "This is a fault of Pare or of the compiler: report it with the model.");
            }

            var pixels = new byte[_images.Count * (long)_images.Image(0).Length];
            for (int i = 0; i < _images.Count; i++) Interleaved(i).CopyTo(pixels, (long)i * _images.Image(0).Length);
            ExportedForm form = Form(inIntegers ? "c int8" : "c", path, host.Scores(0, pixels), host.Milliseconds(0),
                inIntegers ? _integers : null);
            Forms = [.. Forms, form];
            return form;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>The first images, as few as make sense in the memory of a small machine, for the self test of a C program.</summary>
    /// <param name="model">The model.</param>
    public IReadOnlyList<TestVector> TestVectors(Model model)
    {
        int count = Math.Clamp(TestBytes / _images.Image(0).Length, 1, Math.Min(2, _images.Count));
        return [.. Enumerable.Range(0, count).Select(i => Inference.TestVectors.Of(model.Graph, Interleaved(i)))];
    }

    private byte[] Interleaved(int image) => ImageDecoder.Interleaved(_images.Image(image), _images.Channels);

    private ExportedForm Form(string name, string? path, float[] logits, double? latency, float[]? reference = null, long bytes = 0)
    {
        (int right, int same, double largest) = Compare(_expected, logits);
        (int Right, int Same, double Largest)? integers = reference is null ? null : Compare(reference, logits);
        return new ExportedForm(
            name, path, bytes, _labelled ? (float)right / _images.Count : null, (double)same / _images.Count, largest, latency)
        {
            IntegerAgreement = (double?)integers?.Same / _images.Count,
            IntegerDifference = integers?.Largest,
        };
    }

    private (int Right, int Same, double Largest) Compare(float[] reference, float[] logits)
    {
        int right = 0, same = 0;
        double largest = 0;
        for (int i = 0; i < _images.Count; i++)
        {
            ReadOnlySpan<float> expected = reference.AsSpan(i * _classes, _classes), got = logits.AsSpan(i * _classes, _classes);
            int best = Best(got, i);
            if (best == _images.Labels[i]) right++;
            if (best == Best(expected, i)) same++;
            float scale = 0, off = 0;
            for (int k = 0; k < _classes; k++)
                (scale, off) = (Math.Max(scale, Math.Abs(expected[k])), Math.Max(off, Math.Abs(expected[k] - got[k])));
            if (off > 0) largest = Math.Max(largest, off / Math.Max(scale, 1e-30));
        }

        return (right, same, largest);
    }

    private static int Best(ReadOnlySpan<float> logits, int image)
    {
        foreach (float logit in logits)
        {
            if (!float.IsFinite(logit)) throw NonFiniteOutput.Error($"image {image}");
        }

        return Largest.Of(logits);
    }

    private float[] Logits(Model model, CancellationToken cancellation)
    {
        if (model.Classes.Count != _classes)
            throw new DataException($"The file has {model.Classes.Count} classes, and the network {_classes}.", model.Origin.Recipe
                ?? "the file", "Export it again.");
        float[] logits = LabelledLogits.Room(_images.Count, _classes);
        Parallels.For(_images.Count, i => model.Logits(_images.Image(i, _images.Spare()), logits.AsSpan(i * _classes, _classes)), _threads,
            cancellation);
        return logits;
    }

    private double Latency(Model model, CancellationToken cancellation)
    {
        var logits = new float[_classes];
        return 1e3 * Timing.MedianWarm(LatencyRuns, () =>
        {
            cancellation.ThrowIfCancellationRequested();
            model.Logits(_images.Image(0), logits);
        });
    }
}
