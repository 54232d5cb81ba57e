using Pare.Data;
using Pare.Evaluation;
using Pare.Graphs;
using Pare.Kernels;
using Pare.Robustness.Corruptions;

namespace Pare.Robustness;

/// <summary>What the sections measure on, and how they take images through the network.</summary>
internal sealed class RobustnessInputs
{
    // So many images with their corrupted copies lie in memory at once; the threads meet after each such chunk.
    private const int MostChunk = 8192, ChunkBytes = 24 << 20, ImagesAtOnce = 8;

    private readonly IProgress<RobustnessProgress>? _progress;
    private float[]? _logits;
    private int[]? _classes;
    private LabelledLogits? _clean, _validation;
    private readonly Dictionary<(int Down, int Right), int[]> _moved = [];
    private RobustnessSection? _validates;
    private long _done;

    public RobustnessInputs(ImageClassifier classifier, RobustnessData data, RobustnessOptions options,
        IProgress<RobustnessProgress>? progress, CancellationToken cancellation)
    {
        (Classifier, Data, Options, _progress, Cancellation) = (classifier, data, options, progress, cancellation);
        Indices = [.. Evenly.Spread(Math.Min(data.Test.Count, options.MostImages ?? int.MaxValue), data.Test.Labels)];
        Labels = [.. Indices.Select(index => data.Test.Labels[index])];
    }

    public ImageClassifier Classifier { get; }

    public RobustnessData Data { get; }

    public RobustnessOptions Options { get; }

    /// <summary>Stops the evaluation.</summary>
    public CancellationToken Cancellation { get; }

    /// <summary>The test images that are measured on, by their number in the test set.</summary>
    public int[] Indices { get; }

    /// <summary>Their classes.</summary>
    public int[] Labels { get; }

    /// <summary>How many.</summary>
    public int Count => Indices.Length;

    /// <summary>All passes of the evaluation.</summary>
    public long Total { get; set; }

    /// <summary>What is being done, for who waits.</summary>
    public string Doing { get; set; } = "";

    /// <summary>The logits of the test images as they are, <c>[image][class]</c>; computed once.</summary>
    public float[] CleanLogits => _logits ??= Logits(Count, (place, to) => Image(place).CopyTo(to));

    /// <summary>The same with their classes.</summary>
    public LabelledLogits Clean => _clean ??= new LabelledLogits(CleanLogits, Labels, Classifier.Classes);

    /// <summary>The classes that the network sees in the test images as they are.</summary>
    public int[] CleanClasses => _classes ??= [.. Enumerable.Range(0, Count)
        .Select(place => Largest.Of(CleanLogits.AsSpan(place * Classifier.Classes, Classifier.Classes)))];

    /// <summary>Logits and classes of the validation images, computed once; null where there are none.</summary>
    public LabelledLogits? Validation
    {
        get
        {
            if (_validation is not null || Data.Validation is not { Indices.Count: > 0 } held) return _validation;
            Evaluator.CheckFit(Classifier.Input, new Shape(Classifier.Classes, 1, 1), held.Images, "the validation images");
            string doing = Doing;
            Doing = "the validation images";
            float[] logits = Logits(held.Indices.Count, (place, to) =>
                held.Images.Image(held.Indices[place], held.Images.Spare()).CopyTo(to));
            Doing = doing;
            return _validation = new LabelledLogits(logits, [.. held.Indices.Select(index => held.Images.Labels[index])],
                Classifier.Classes);
        }
    }

    /// <summary>The passes of the validation images, for the first section that asks; the others find them done.</summary>
    public long ValidationPasses(RobustnessSection section) =>
        (_validates ??= section) == section ? Data.Validation?.Indices.Count ?? 0 : 0;

    /// <summary>The bytes of a test image, <c>[channel][row][column]</c>.</summary>
    /// <param name="place">Its place among <see cref="Indices"/>.</param>
    public ReadOnlySpan<byte> Image(int place) => Data.Test.Image(Indices[place], Data.Test.Spare());

    /// <summary>The classes that the network sees in images, one per image.</summary>
    /// <param name="count">How many images.</param>
    /// <param name="make">Makes an image; called on any thread.</param>
    /// <exception cref="RunException">A logit is not a finite number.</exception>
    public int[] Classify(int count, ImageMaker make)
    {
        var classes = new int[count];
        Run(count, make, (place, logits) => classes[place] = Largest.Of(logits));
        return classes;
    }

    /// <summary>
    /// The classes that the network sees in the test images, each moved so that its border pixels go on outside. Those that are known are
    /// not asked for again.
    /// </summary>
    /// <param name="move">Pixels down and to the right.</param>
    /// <exception cref="RunException">A logit is not a finite number.</exception>
    public int[] Moved((int Down, int Right) move)
    {
        if (move == (0, 0))
        {
            Done(Count);
            return CleanClasses;
        }

        int[] classes = Known(move), unknown = [.. Enumerable.Range(0, Count).Where(place => classes[place] < 0)];
        Done(Count - unknown.Length);
        int[] seen = Classify(unknown.Length, (i, to) =>
            Geometry.Shift(Image(unknown[i]), Classifier.Input, move.Down, move.Right, Border.Nearest, to));
        for (int i = 0; i < seen.Length; i++) classes[unknown[i]] = seen[i];
        return classes;
    }

    /// <summary>Keeps what the network sees in a test image that was moved as <see cref="Moved"/> moves it.</summary>
    /// <param name="move">Pixels down and to the right.</param>
    /// <param name="place">The image's place among <see cref="Indices"/>.</param>
    /// <param name="label">The class.</param>
    public void Know((int Down, int Right) move, int place, int label) => Known(move)[place] = label;

    /// <summary>The logits of images, <c>[image][class]</c>.</summary>
    /// <param name="count">How many images.</param>
    /// <param name="make">Makes an image; called on any thread.</param>
    /// <exception cref="RunException">A logit is not a finite number.</exception>
    public float[] Logits(int count, ImageMaker make)
    {
        float[] all = LabelledLogits.Room(count, Classifier.Classes);
        Run(count, make, (place, logits) => logits.CopyTo(all.AsSpan(place * logits.Length)));
        return all;
    }

    /// <summary>The share of images that are classified rightly, 0 to 1.</summary>
    /// <param name="classes">What the network sees, one a test image.</param>
    public double AccuracyOf(int[] classes) => (double)classes.Where((label, place) => label == Labels[place]).Count() / Count;

    /// <summary>Does something with 0 up to <paramref name="count"/> - 1 on the threads that were asked for.</summary>
    public void InParallel(int count, Action<int> work)
    {
        int parts = (count + ImagesAtOnce - 1) / ImagesAtOnce;
        Parallels.For(parts, part =>
        {
            for (int i = part * ImagesAtOnce; i < Math.Min(count, (part + 1) * ImagesAtOnce); i++) work(i);
        }, Options.Threads, Cancellation);
    }

    /// <summary>Tells that so many more passes are done.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public void Done(long passes)
    {
        Cancellation.ThrowIfCancellationRequested();
        if (passes == 0) return;
        _done += passes;
        _progress?.Report(new RobustnessProgress(Doing, _done, Total));
    }

    // -1 for an image that nobody has asked for.
    private int[] Known((int Down, int Right) move)
    {
        if (_moved.TryGetValue(move, out int[]? classes)) return classes;
        classes = new int[Count];
        Array.Fill(classes, -1);
        return _moved[move] = classes;
    }

    private void Run(int count, ImageMaker make, Taker take)
    {
        int size = Classifier.Input.Count, classes = Classifier.Classes;
        int most = Math.Clamp(ChunkBytes / size, 1, MostChunk);
        byte[] images = [];
        var logits = new float[Math.Min(most, count) * classes];
        for (int first = 0; first < count; first += most)
        {
            int chunk = Math.Min(most, count - first), start = first;
            if (images.Length != chunk * size) images = new byte[chunk * size];
            byte[] to = images;
            InParallel(chunk, i => make(start + i, to.AsSpan(i * size, size)));
            Classifier.Logits(images, logits.AsSpan(0, chunk * classes), Cancellation);
            for (int i = 0; i < chunk; i++)
            {
                ReadOnlySpan<float> own = logits.AsSpan(i * classes, classes);
                foreach (float logit in own)
                {
                    if (!float.IsFinite(logit)) throw NonFiniteOutput.Error(Doing);
                }

                take(first + i, own);
            }

            Done(chunk);
        }
    }

    private delegate void Taker(int place, ReadOnlySpan<float> logits);
}
