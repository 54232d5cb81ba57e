using Pare.Data;
using Pare.Evaluation;
using Pare.Execution.Lowered;
using Pare.Export;
using Pare.Export.Onnx;
using Pare.Graphs;
using Pare.Graphs.Lowering;
using Pare.Kernels;
using Pare.Recipes;
using Pare.Robustness;
using Pare.Runs;

namespace Pare.Inference;

/// <summary>
/// A trained network that classifies pictures: one file, with the names of the classes and what must be done to a picture. It never
/// changes, and any number of threads may use it at once; each call computes on its own thread.
/// </summary>
public sealed class Model
{
    private const int ImagesAtOnce = 1024;

    private readonly Executor _executor;
    private readonly ArenaPool _arenas;
    private readonly float[] _values;
    private readonly Network? _network;

    private Model(InferenceGraph graph, Network? network, ModelOrigin origin)
    {
        (Graph, Origin, _network) = (graph, origin, network);
        _executor = new Executor(graph);
        _arenas = new ArenaPool(_executor);
        _values = graph.Preprocessing.Table();
    }

    /// <summary>The lowered network: what runs, and what is exported.</summary>
    public InferenceGraph Graph { get; }

    /// <summary>Where it comes from, as far as the file says.</summary>
    public ModelOrigin Origin { get; }

    /// <summary>How sure it is said to be, and when it is not sure.</summary>
    public ConfidenceRule Confidence { get; private init; } = ConfidenceRule.None;

    /// <summary>The file that it was read from; null for one that was made in memory.</summary>
    public string? Location { get; private init; }

    /// <summary>
    /// The names of the classes; their numbers where <see cref="InferenceGraph.NamesClasses"/> says that nobody named them.
    /// </summary>
    public IReadOnlyList<string> Classes => Graph.Classes;

    /// <summary>
    /// Parameters that were trained, those of norms among them; null where only the lowered network is known, as of an ONNX file. Its
    /// <see cref="InferenceGraph.Parameters"/> are fewer: norms are folded in.
    /// </summary>
    public long? TrainedParameters => _network is null ? null : Cost.Of(_network.Graph).Parameters;

    /// <summary>What bytes / 255 are shifted and scaled by.</summary>
    internal Normalization Normalization => new([.. Graph.Preprocessing.Mean], [.. Graph.Preprocessing.StandardDeviation]);

    /// <summary>The shape of the images that the network takes; pictures of any size are made into such.</summary>
    public Shape Input => Graph.Input.Shape;

    /// <summary>
    /// Whether the file does not say how a picture becomes the network's input, so that bytes / 255 are assumed: whoever trained it has to
    /// be asked.
    /// </summary>
    public bool AssumesPreprocessing { get; private init; }

    /// <summary>The network as it was trained; null where the file has the lowered one only.</summary>
    internal Network? Network => _network;

    /// <summary>Makes a model of a trained network; later changes of the network do not reach it.</summary>
    /// <param name="network">The network.</param>
    /// <param name="normalization">What its images were shifted and scaled by in training.</param>
    /// <param name="classes">The names of the classes; null for their numbers.</param>
    /// <param name="origin">Where it comes from.</param>
    /// <exception cref="ArgumentException">
    /// The network is no classifier, has another number of outputs than there are classes, or needs more than 1 GB for one image; or the
    /// name of a class is missing, not valid Unicode, or there twice.
    /// </exception>
    public static Model Of(Network network, Normalization normalization, IReadOnlyList<string>? classes = null, ModelOrigin? origin = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(normalization);
        return Of(network, normalization, classes, origin ?? new ModelOrigin(), file: null);
    }

    /// <summary>Makes a model of a lowered network, such as one that was read from another format.</summary>
    /// <param name="graph">The network, with classes and preprocessing.</param>
    /// <param name="origin">Where it comes from.</param>
    /// <exception cref="ArgumentException">The network needs more than 1 GB for one image.</exception>
    public static Model Of(InferenceGraph graph, ModelOrigin? origin = null)
    {
        ArgumentNullException.ThrowIfNull(graph);
        return new(graph, null, origin ?? new ModelOrigin());
    }

    /// <summary>Reads a model.</summary>
    /// <param name="path">
    /// A safetensors file, an ONNX file (<c>.onnx</c>), the folder of a run with one, or that of a build, of which the last phase is taken
    /// that was kept. A file of a version that kept no network in it needs its recipe beside it, as <see cref="TrainedModel.Open"/> does.
    /// </param>
    /// <exception cref="DataException">The file is damaged, or does not fit together.</exception>
    /// <exception cref="RecipeException">There is no model here, or one without its recipe.</exception>
    /// <exception cref="RunException">The build has no phase that is done.</exception>
    public static Model Load(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (IsOnnx(path)) return LoadOnnx(path);
        if (!FilePath.CanBe(path)) throw TrainedModel.Missing(path);
        string file = BuildFolder.ModelFileOf(path);
        try
        {
            if (File.Exists(file) && ModelFile.Read(file) is { } content)
                return new Model(content.Graph, content.Network, content.Origin) { Location = file, Confidence = content.Confidence };
            var trained = TrainedModel.Open(File.Exists(file) ? file : path);
            Recipe recipe = trained.Recipe;
            return Of(
                trained.Network, trained.Normalization, trained.Classes,
                new ModelOrigin
                {
                    Recipe = recipe.Name,
                    RecipeText = recipe.ToYaml(),
                    Seed = recipe.Training.Seed,
                    Data = recipe.DatasetName
                }, file);
        }
        catch (ArgumentException error)
        {
            throw new DataException($"The model cannot be used: {error.Message.TrimEnd('.')}.", file, "Take another file.", error);
        }
    }

    /// <summary>
    /// Writes the model as one file, whole or not at all, with network, classes, preprocessing and <see cref="Confidence"/>.
    /// <see cref="Load"/> reads both forms; only safetensors keeps a network that can be trained on.
    /// <see cref="OnnxFile.Save(InferenceGraph, string, OnnxOptions?)"/> has the settings of an ONNX file.
    /// </summary>
    /// <param name="path">
    /// The file, whose name ends in <c>.safetensors</c> or <c>.onnx</c> and so says its form; its folder must exist. An old one is
    /// replaced.
    /// </param>
    /// <exception cref="RunException">
    /// The name ends in something else, a weight is not a finite number, the file cannot be written, or ONNX is asked for and the network
    /// has a single class.
    /// </exception>
    public void Save(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (!IsOnnx(path) && !path.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase))
            throw new RunException("A model is written as .safetensors or as .onnx, and this name ends in neither.", path,
                "Name a file that ends in one of them.");
        ModelOrigin origin = Origin with { PareVersion = LibraryVersion.Text };
        if (IsOnnx(path)) OnnxFile.Save(Graph, path, new OnnxOptions { Origin = origin, Confidence = Confidence });
        else if (_network is null) ModelFile.Save(path, Graph, origin, Confidence);
        else ModelFile.Save(path, _network, Normalization, Graph.NamesClasses ? Classes : null, origin, Confidence);
    }

    /// <summary>The same model with another rule of how sure it is said to be.</summary>
    /// <param name="confidence">The rule.</param>
    /// <exception cref="ArgumentException">A number of the rule is none that can be.</exception>
    public Model With(ConfidenceRule confidence)
    {
        ArgumentNullException.ThrowIfNull(confidence);
        confidence.Validate(nameof(confidence));
        return new Model(Graph, _network, Origin)
        {
            Location = Location,
            AssumesPreprocessing = AssumesPreprocessing,
            Confidence = confidence,
        };
    }

    /// <summary>The logits of labelled images, for choosing how sure the model is said to be.</summary>
    /// <param name="images">The images, of the network's size; their classes numbered as its outputs.</param>
    /// <param name="threads">Threads; null for one per processor. The result is the same with any number.</param>
    /// <param name="cancellationToken">Stops between some images.</param>
    /// <exception cref="RecipeException">
    /// The images are of another size, of another number of classes, or of the network's classes in another order.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">The number of threads is less than 1.</exception>
    /// <exception cref="RunException">What the network says about an image is not a finite number.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public LabelledLogits LogitsOf(ChosenImages images, int? threads = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(images);
        CheckFit(images.Images);
        int size = Input.Count, classes = Classes.Count, count = images.Indices.Count;
        float[] logits = LabelledLogits.Room(count, classes);
        using ImageClassifier classifier = Classifier(threads);
        for (int first = 0; first < count; first += ImagesAtOnce)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int some = Math.Min(ImagesAtOnce, count - first);
            byte[] pixels = new byte[some * size];
            for (int i = 0; i < some; i++)
                images.Images.Image(images.Indices[first + i], images.Images.Spare()).CopyTo(pixels.AsSpan(i * size));
            classifier.Logits(pixels, logits.AsSpan(first * classes, some * classes), cancellationToken);
        }

        return new LabelledLogits(logits, [.. images.Indices.Select(index => images.Images.Labels[index])], classes);
    }

    /// <summary>
    /// Classifies a picture in a file: PNG, JPEG or BMP, of any size. It is decoded, turned and resized as the training images were.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <exception cref="DataException">The file cannot be read, or does not decode.</exception>
    /// <exception cref="RunException">The network's outputs are no finite numbers.</exception>
    public Prediction Predict(string path)
    {
        byte[] file;
        try
        {
            using FileStream stream = RegularFile.Open(path);
            if (stream.Length > ImageDecoder.MostFileBytes)
                throw new DataException($"The file is over the limit of {ImageDecoder.MostFileBytes >> 20} MiB.", path, "Name a picture.");
            file = new byte[stream.Length];
            stream.ReadExactly(file);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw FilePath.IsNotUtf8(path) ? FolderReader.NotUtf8(path)
                : new DataException("There is no such picture.", path, "Check the path.", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            // What the system says of a folder speaks of permissions.
            throw Directory.Exists(path)
                ? new DataException("This is a folder, and no picture.", path,
                    "Name a file; PictureClassifier.Run classifies all pictures of a folder.", error)
                : new DataException($"The picture cannot be read: {error.Message.TrimEnd('.')}.", path,
                    "Check the path and its permissions.", error);
        }

        return PredictFile(file, path);
    }

    /// <summary>
    /// Classifies a picture of any size that is already decoded. It is resized and made grey or coloured as the training images were.
    /// </summary>
    /// <param name="pixels">
    /// Row by row, the channels of a pixel one after the other; those of <see cref="ImageSet.Image(int)"/> stand otherwise.
    /// </param>
    /// <param name="width">Columns.</param>
    /// <param name="height">Rows.</param>
    /// <param name="channels">1 for grey; 3 for red, green and blue; 4 for these with an opacity, which is passed over.</param>
    /// <exception cref="ArgumentException">Sizes and the number of pixels do not fit together.</exception>
    /// <exception cref="RunException">The network's outputs are no finite numbers.</exception>
    public Prediction Predict(ReadOnlySpan<byte> pixels, int width, int height, int channels)
    {
        if (width < 1 || height < 1)
            throw new ArgumentException(
                $"A picture of {width} x {height} pixels is none: it has at least one column and one row.",
                width < 1 ? nameof(width) : nameof(height));
        if (channels is not (1 or 3 or 4))
            throw new ArgumentException(
                $"A picture of {width} x {height} pixels with {channels} channels is none: channels are 1, 3 or 4.", nameof(channels));
        if (pixels.Length != (long)width * height * channels)
            throw new ArgumentException(
                $"A picture of {width} x {height} pixels with {channels} channels has {(long)width * height * channels} bytes, not " +
                $"{pixels.Length}.", nameof(pixels));
        if (width == Input.Width && height == Input.Height && channels == Input.Channels) return Predict(pixels, interleaved: true);
        if (!TakesPictures) throw new ArgumentException($"{NoPictures} Give images of its own size.", nameof(channels));
        return Predict(ImageDecoder.Fit(pixels, height, width, channels, Input.Channels, Input.Height, Input.Width), interleaved: false);
    }

    /// <summary>Classifies an image of a set, such as one of the test images.</summary>
    /// <param name="images">Images of the network's size.</param>
    /// <param name="index">Which, from 0 on.</param>
    /// <exception cref="RecipeException">The images are of another size.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is none of this index.</exception>
    /// <exception cref="DataException">The image cannot be read.</exception>
    /// <exception cref="RunException">The network's outputs are no finite numbers.</exception>
    public Prediction Predict(ImageSet images, int index)
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, images.Count);
        Evaluator.CheckSize(Input, images, "the images");
        return Predict(images.Image(index, images.Spare()), interleaved: false);
    }

    /// <summary>Classifies many images of the network's own size one after the other, and allocates nothing.</summary>
    /// <param name="images">
    /// As many bytes per image as <see cref="Input"/> has values: row by row, the channels of a pixel one after the other, which is not
    /// the order of <see cref="ImageSet.Image(int)"/>.
    /// </param>
    /// <param name="probabilities">One per image and class, image by image.</param>
    /// <exception cref="ArgumentException">The two are not for the same number of images.</exception>
    /// <exception cref="RunException">The network's outputs are no finite numbers.</exception>
    public void Predict(ReadOnlySpan<byte> images, Span<float> probabilities)
    {
        int size = Input.Count, classes = Classes.Count, count = images.Length / size;
        CheckMany(images.Length, probabilities.Length);
        using Arena arena = _arenas.Rent();
        for (int i = 0; i < count; i++)
            Softmax(_executor.Run(arena, images.Slice(i * size, size), _values, interleaved: true),
                probabilities.Slice(i * classes, classes));
    }

    /// <summary>Classifies many images of the network's own size on several threads. The answers are the same with any number.</summary>
    /// <param name="images">
    /// As many bytes per image as <see cref="Input"/> has values: row by row, the channels of a pixel one after the other, which is not
    /// the order of <see cref="ImageSet.Image(int)"/>.
    /// </param>
    /// <param name="probabilities">One per image and class, image by image.</param>
    /// <param name="threads">The most threads; null for one per processor.</param>
    /// <param name="cancellationToken">Stops between two images.</param>
    /// <exception cref="ArgumentException">
    /// The two are not for the same number of images, or the number of threads is less than 1.
    /// </exception>
    /// <exception cref="RunException">The network's outputs are no finite numbers.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public void Predict(ReadOnlyMemory<byte> images, Memory<float> probabilities, int? threads,
        CancellationToken cancellationToken = default)
    {
        int size = Input.Count, classes = Classes.Count, count = images.Length / size;
        CheckMany(images.Length, probabilities.Length);
        Parallels.For(count, i =>
            Predict(images.Span.Slice(i * size, size), probabilities.Span.Slice(i * classes, classes)), threads, cancellationToken);
    }

    /// <summary>
    /// Measures the model on labelled images, at temperature 1. One that has the network as it was trained is measured with it, to the
    /// digit as after its training; one that has the lowered network only with that.
    /// </summary>
    /// <param name="images">Images of the network's size; their classes numbered as the network's outputs.</param>
    /// <param name="threads">Threads; null for one per processor. The result is the same with any number.</param>
    /// <param name="cancellationToken">Stops between two images.</param>
    /// <exception cref="RecipeException">
    /// The images are of another size, of another number of classes, or of the network's classes in another order.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">The number of threads is less than 1.</exception>
    /// <exception cref="RunException">What the network says about an image is not a finite number.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public EvaluationResult Evaluate(ImageSet images, int? threads = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(images);
        CheckFit(images);
        if (_network is not null) return Evaluator.Run(_network, Normalization, images, threads, cancellationToken);
        var predictions = new Predictions(images, [.. Enumerable.Range(0, images.Count)]);
        Parallels.For(images.Count, Measure, threads, cancellationToken);
        predictions.CheckFinite();
        return predictions.Result();

        void Measure(int i)
        {
            using Arena arena = _arenas.Rent();
            predictions.Accept(i, _executor.Run(arena, images.Image(i, images.Spare()), _values, interleaved: false), 1, 0);
        }
    }

    /// <summary>
    /// The model as robustness is measured of it: with the network as it was trained where the file has it, as <see cref="Evaluate"/> does.
    /// </summary>
    /// <param name="threads">Threads; null for one per processor. What it says is the same with any number.</param>
    public ImageClassifier Classifier(int? threads = null) => _network is null ? new LoweredClassifier(this, threads)
        : ImageClassifier.Of(_network, Normalization, threads);

    /// <summary>Computes the logits of an image of the network's size.</summary>
    /// <param name="image"><c>[channel][row][column]</c>.</param>
    /// <param name="logits">One per class.</param>
    internal void Logits(ReadOnlySpan<byte> image, Span<float> logits)
    {
        using Arena arena = _arenas.Rent();
        _executor.Run(arena, image, _values, interleaved: false).CopyTo(logits);
    }

    /// <summary>Classifies a picture that is still encoded.</summary>
    /// <param name="file">The bytes of the file.</param>
    /// <param name="name">What to call it in an error.</param>
    /// <exception cref="DataException">It does not decode.</exception>
    /// <exception cref="RunException">The network's outputs are no finite numbers.</exception>
    public Prediction PredictFile(byte[] file, string name)
    {
        ArgumentNullException.ThrowIfNull(file);
        CheckTakesPictures();
        return Predict(ImageDecoder.Decode(file, name, Input.Channels, Input.Height, Input.Width), interleaved: false);
    }

    /// <exception cref="DataException">The network takes something else than what a picture's file can be made into.</exception>
    internal void CheckTakesPictures()
    {
        if (!TakesPictures)
            throw new DataException(NoPictures, Location ?? Origin.Recipe ?? "the model",
                "Take a network of one channel or of three, or hand this one its images by Model.Predict.");
    }

    private bool TakesPictures => Input.Channels is 1 or 3;

    private string NoPictures => $"The network takes images of {Input.Channels} channels, and a picture is made into 1 or 3.";

    private static Model Of(Network network, Normalization normalization, IReadOnlyList<string>? classes, ModelOrigin origin,
        string? file) =>
        new(Lowerer.Lower(network, new Preprocessing(normalization.Mean, normalization.StandardDeviation), classes), network.Copy(),
            origin)
        { Location = file };

    private static bool IsOnnx(string path) => path.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase) && !Directory.Exists(path);

    private static Model LoadOnnx(string path)
    {
        OnnxNetwork network = OnnxFile.Load(path);
        try
        {
            return new Model(network.Graph, null, OnnxMetadata.Origin(network.Metadata))
            {
                Location = path,
                Confidence = OnnxMetadata.Confidence(network.Metadata, path),
                AssumesPreprocessing = !network.SaysPreprocessing
            };
        }
        catch (ArgumentException error)
        {
            throw new DataException($"The model cannot be used: {error.Message.TrimEnd('.')}.", path, "Take another file.", error);
        }
    }

    // Other names may be other words for the same classes; the same names in another order are surely numbered otherwise.
    private void CheckFit(ImageSet images)
    {
        Evaluator.CheckFit(Input, Graph.Output.Shape, images, "the images");
        if (!Graph.NamesClasses || Classes.SequenceEqual(images.Classes) || !images.Classes.Order().SequenceEqual(Classes.Order())) return;
        throw new RecipeException("The images have the network's classes in another order, and their labels would be taken for others.",
            "the images", "Number them as the network does: ImageSet.WithClasses.");
    }

    private void CheckMany(int bytes, int probabilities)
    {
        int size = Input.Count, classes = Classes.Count;
        if (bytes % size != 0 || probabilities != (long)(bytes / size) * classes)
            throw new ArgumentException(
                $"Images of {Input} have {size} bytes and {classes} probabilities each, which {bytes} bytes and {probabilities} " +
                $"probabilities do not fit.", nameof(probabilities));
    }

    private Prediction Predict(ReadOnlySpan<byte> image, bool interleaved)
    {
        var probabilities = new float[Classes.Count];
        using Arena arena = _arenas.Rent();
        ReadOnlySpan<float> logits = _executor.Run(arena, image, _values, interleaved);
        (int best, double sum) = Softmax(logits, probabilities);

        // The threshold is one of probabilities at temperature 1.
        if (Confidence.Temperature != 1) sum = Sum(logits, logits[best], 1);
        bool sure = !(1 / sum < Confidence.Threshold);
        return new Prediction(Classes[best], best, probabilities[best], probabilities) { IsSure = sure, Confidence = (float)(1 / sum) };
    }

    // The class with the largest logit, the first on a tie, and the sum of the exponentials over its own.
    private (int Best, double Sum) Softmax(ReadOnlySpan<float> logits, Span<float> probabilities)
    {
        int best = Largest.Of(logits);
        double temperature = Confidence.Temperature, sum = Sum(logits, logits[best], temperature);
        if (!double.IsFinite(sum))
            throw new RunException("The network's outputs are no finite numbers.", Origin.Recipe
                ?? "the model", "Its training diverged: take other weights.");
        for (int k = 0; k < logits.Length; k++)
            probabilities[k] = (float)(Math.Exp(((double)logits[k] - logits[best]) / temperature) / sum);
        return (best, sum);
    }

    private static double Sum(ReadOnlySpan<float> logits, float largest, double temperature)
    {
        double sum = 0;
        foreach (float logit in logits) sum += Math.Exp(((double)logit - largest) / temperature);
        return sum;
    }
}
