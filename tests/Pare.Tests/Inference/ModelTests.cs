using Pare.Data;
using Pare.Evaluation;
using Pare.Export;
using Pare.Export.Onnx;
using Pare.Graphs;
using Pare.Inference;
using Pare.Quantization;
using Pare.Robustness;
using Pare.Tests.Execution;
using Pare.Tests.Quantization;
using Pare.Tests.Support;
using Pare.Training;

namespace Pare.Tests.Inference;

[Collection(AloneCollection.Name)]
public sealed class ModelTests : IDisposable
{
    private readonly DataFolder _folder = new();
    private int _different;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void A_file_and_its_pixels_are_the_same_picture_whatever_its_size(int channels)
    {
        Model model = Create(channels);
        foreach ((int height, int width) in new[] { (12, 10), (12, 11), (40, 33), (5, 7), (1, 1) })
        {
            foreach (int depth in new[] { 1, 3 })
            {
                byte[] pixels = Pixels(height * width * depth, height + depth);
                string file = _folder.Write("picture.png", ImageFiles.Png(height, width, depth, pixels));
                Prediction fromFile = model.Predict(file), fromPixels = model.Predict(pixels, width, height, depth);
                Assert.Equal(fromFile.Probabilities, fromPixels.Probabilities);
                Assert.Equal(1, fromFile.Probabilities.Sum(), 1e-5);
                Assert.Equal(fromFile.Probabilities.Max(), fromFile.Probability);
                Assert.Equal(model.Classes[fromFile.Class], fromFile.Label);

                // An opacity changes nothing.
                if (depth != 3) continue;
                byte[] opaque =
                    [.. Enumerable.Range(0, height * width).SelectMany(pixel => pixels.Skip(3 * pixel).Take(3).Append((byte)pixel))];
                Assert.Equal(fromFile.Probabilities, model.Predict(opaque, width, height, 4).Probabilities);
            }
        }
    }

    [Fact]
    public void It_says_what_the_evaluation_says()
    {
        Network network = TrainedNetworks.WithStatistics(SmallRun.Network().Graph, 1);
        ImageSet images = Glyphs.Create(train: 10, test: 200).Test;
        var normalization = Normalization.Of(images);
        var model = Model.Of(network, normalization);
        var confusion = new int[10, 10];
        for (int i = 0; i < images.Count; i++) confusion[images.Labels[i], model.Predict(images.Image(i), 28, 28, 1).Class]++;
        Assert.Equal(Evaluator.Run(network, normalization, images).Confusion, confusion);
    }

    [Fact]
    public void Images_that_number_the_same_classes_otherwise_are_refused_and_other_names_are_not()
    {
        Model trained = Create(3);
        string path = _folder["model.onnx"];
        OnnxFile.Save(trained.Graph, path);
        foreach (Model model in new[] { trained, Model.Load(path) })
        {
            ImageSet turned = Set("b", "a", "c", "d"), translated = Set("w", "x", "y", "z");
            Assert.Contains("another order", Assert.Throws<RecipeException>(() => model.Evaluate(turned)).Message,
                StringComparison.Ordinal);
            Assert.Throws<RecipeException>(() => model.LogitsOf(new ChosenImages(turned, [0])));
            Assert.Equal(model.Evaluate(Set("a", "b", "c", "d")).Confusion, model.Evaluate(translated).Confusion);
        }

        ImageSet Set(params string[] classes) => new(3, trained.Input.Height, trained.Input.Width, Pixels(4 * trained.Input.Count, 1),
            [0, 1, 2, 3], classes);
    }

    [Fact]
    public void An_image_of_a_set_is_the_picture_that_its_pixels_are_one_after_the_other()
    {
        Model model = Create(3);
        int pixels = model.Input.Height * model.Input.Width;
        byte[] planes = Pixels(3 * model.Input.Count, 4);
        var images = new ImageSet(3, model.Input.Height, model.Input.Width, planes, [0, 1, 2], ["a", "b", "c"]);
        for (int image = 0; image < 3; image++)
        {
            int first = image * model.Input.Count;
            byte[] picture = [.. Enumerable.Range(0, 3 * pixels).Select(i => planes[first + (i % 3 * pixels) + (i / 3)])];
            Assert.Equal(model.Predict(picture, model.Input.Width, model.Input.Height, 3).Probabilities,
                model.Predict(images, image).Probabilities);
        }

        Assert.Throws<ArgumentOutOfRangeException>("index", () => model.Predict(images, 3));
        Assert.Throws<ArgumentOutOfRangeException>("index", () => model.Predict(images, -1));
        var other = new ImageSet(1, 12, 10, new byte[120], [0], ["a"]);
        var refused = Assert.Throws<RecipeException>(() => model.Predict(other, 0));
        Assert.Contains("the data has images of 1x12x10", refused.Message, StringComparison.Ordinal);
        Assert.Equal(refused.Message, Assert.Throws<RecipeException>(() => model.Evaluate(other)).Message);
    }

    [Fact]
    public void Later_changes_of_what_it_was_made_of_do_not_reach_it()
    {
        float[] mean = [0.5f], deviation = [0.5f];
        var model = Model.Of(SmallRun.Network(), new Normalization(mean, deviation));
        (mean[0], deviation[0]) = (0, 1);
        Assert.Equal([0.5f], model.Graph.Preprocessing.Mean);
        Assert.Equal([0.5f], model.Graph.Preprocessing.StandardDeviation);
    }

    [Fact]
    public void No_file_is_written_that_could_not_be_read()
    {
        Network network = SmallRun.Network();
        var normalization = new Normalization([0.5f], [0.5f]);
        string[] names = [.. Enumerable.Range(0, 9).Select(static i => $"{i}")];
        foreach (string? name in new[] { "0", null, "\ud800" })
            Assert.Throws<ArgumentException>("classes", () => Model.Of(network, normalization, [.. names, name!]));

        Graph single = GraphBuilder.Input(1, 4, 4).Conv(3).GlobalAveragePool().Linear(1).Build();
        var one = Model.Of(new Network(single, 1), normalization);
        Assert.Contains("single class", Assert.Throws<RunException>(() => OnnxFile.Save(one.Graph, _folder["one.onnx"])).Message,
            StringComparison.Ordinal);

        network.Weights[3] = float.NaN;
        var broken = Model.Of(network, normalization);
        Assert.Contains("NaN", Assert.Throws<RunException>(() => broken.Save(_folder["a.safetensors"])).Message, StringComparison.Ordinal);
        Assert.Throws<RunException>(() => Model.Of(broken.Graph).Save(_folder["b.safetensors"]));
        Assert.Throws<RunException>(() => OnnxFile.Save(broken.Graph, _folder["c.onnx"]));
        Assert.Empty(_folder.Files);
    }

    [Fact]
    public void What_is_missing_is_named()
    {
        Model model = Create(3);
        Assert.Throws<ArgumentNullException>("path", () => Model.Load(null!));
        Assert.Throws<ArgumentNullException>("path", () => model.Save(null!));
        Assert.Throws<ArgumentNullException>("path", () => model.Predict(null!));
        Assert.Throws<ArgumentNullException>("network", () => Model.Of(null!, new Normalization([0], [1])));
        Assert.Throws<ArgumentNullException>("normalization", () => Model.Of(SmallRun.Network(), null!));
        Assert.Throws<ArgumentNullException>("graph", () => Model.Of(null!));
        Assert.Throws<ArgumentNullException>("images", () => model.Evaluate(null!));
        Assert.Throws<ArgumentNullException>("images", () => model.LogitsOf(null!));
        Assert.Throws<ArgumentNullException>("images", () => model.Predict((ImageSet)null!, 0));
        Assert.Throws<ArgumentNullException>("confidence", () => model.With(null!));
        Assert.Throws<ArgumentNullException>("file", () => model.PredictFile(null!, "picture"));

        // At once, not when the answers are asked for.
        Assert.Throws<ArgumentNullException>("model", () => PictureClassifier.Run(null!, _folder.Root));
        Assert.Throws<ArgumentNullException>("path", () => PictureClassifier.Run(model, null!));
        Assert.Throws<DataException>(() => PictureClassifier.Run(model, _folder["nowhere"]));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a\0b")]
    public void A_path_that_no_file_can_have_is_refused_as_one_where_nothing_is(string path)
    {
        Model model = Create(3);
        Assert.Equal("There is nothing at this path.", Assert.Throws<RecipeException>(() => Model.Load(path)).Message);
        Assert.Equal("There is nothing at this path.", Assert.Throws<DataException>(() => Model.Load($"{path}\0.onnx")).Message);
        Assert.Equal("There is no such picture.", Assert.Throws<DataException>(() => model.Predict(path)).Message);
        Assert.StartsWith("The name is not UTF-8", Assert.Throws<DataException>(() => model.Predict("\uFFFD.png")).Message,
            StringComparison.Ordinal);
        Assert.Throws<RunException>(() => model.Save(path));
        Assert.Throws<RunException>(() => OnnxFile.Save(model.Graph, path));
        Assert.Throws<DataException>(() => PictureClassifier.Run(model, path).ToArray());
    }

    [Fact]
    public void A_number_of_threads_below_one_is_refused_alike()
    {
        Model trained = Create(3), lowered = Model.Of(trained.Graph);
        byte[] pixels = Pixels(trained.Input.Count, 1);
        var images = new ImageSet(3, 12, 10, pixels, [0], ["a", "b", "c", "d"]);
        foreach (int threads in new[] { 0, -1 })
        {
            foreach (Model model in new[] { trained, lowered })
            {
                Assert.Throws<ArgumentOutOfRangeException>("threads", () => model.Predict(pixels, new float[4], threads));
                Assert.Throws<ArgumentOutOfRangeException>("threads", () => model.Evaluate(images, threads));
                Assert.Throws<ArgumentOutOfRangeException>("threads", () => model.LogitsOf(new ChosenImages(images, [0]), threads));
            }
        }
    }

    [Fact]
    public void Bytes_that_are_no_whole_number_of_images_are_refused_by_every_form()
    {
        Model trained = Create(3);
        foreach (Model model in new[] { trained, Model.Of(trained.Graph) })
        {
            using ImageClassifier classifier = model.Classifier(1);
            foreach ((int bytes, int logits) in new[] { (359, 4), (360, 3), (720, 4), (361, 4) })
                Assert.Contains($"which {bytes} bytes and {logits} logits do not fit",
                    Assert.Throws<ArgumentException>("images", () => classifier.Logits(new byte[bytes], new float[logits])).Message,
                    StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_classifier_of_every_form_stops_between_two_images()
    {
        Model trained = Create(3);
        QuantizedGraph integers = Quantizer.Quantize(trained.Graph,
            QuantizerTests.Observed(trained.Graph, [new byte[trained.Input.Count]]));
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        foreach (ImageClassifier classifier in new[]
        {
            trained.Classifier(1), Model.Of(trained.Graph).Classifier(1), ImageClassifier.Of(integers, threads: 1),
        })
        {
            using (classifier)
            {
                byte[] images = new byte[5 * classifier.Input.Count];
                float[] logits = new float[5 * classifier.Classes];
                Assert.Throws<OperationCanceledException>(() => classifier.Logits(images, logits, stop.Token));
                classifier.Logits(images, logits, TestContext.Current.CancellationToken);
            }
        }
    }

    [Fact]
    public void Sixteen_threads_get_the_same_answers_as_one_in_flat_memory()
    {
        Model model = Create(3);
        const int Pictures = 50, Rounds = 200;
        byte[][] pictures = [.. Enumerable.Range(0, Pictures).Select(i => Pixels(model.Input.Count, i))];
        float[][] alone =
            [.. pictures.Select(pixels => model.Predict(pixels, model.Input.Width, model.Input.Height, 3).Probabilities.ToArray())];
        Round();
        long before = GC.GetTotalMemory(forceFullCollection: true);
        for (int i = 0; i < 3; i++) Round();
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, -1_000_000, 200_000);

        void Round()
        {
            Thread[] threads = [.. Enumerable.Range(0, 16).Select(thread => new Thread(() =>
            {
                var probabilities = new float[model.Classes.Count];
                for (int i = 0; i < Rounds; i++)
                {
                    int picture = ((i * 7) + thread) % Pictures;
                    model.Predict(pictures[picture], probabilities);
                    if (!probabilities.AsSpan().SequenceEqual(alone[picture])) Interlocked.Increment(ref _different);
                }
            }))];
            foreach (Thread thread in threads) thread.Start();
            foreach (Thread thread in threads) thread.Join();
            Assert.Equal(0, _different);
        }
    }

    [Fact]
    public void Many_images_in_the_callers_memory_allocate_nothing()
    {
        Model model = Create(3);
        byte[] images = Pixels(5 * model.Input.Count, 3);
        var probabilities = new float[5 * model.Classes.Count];
        model.Predict(images, probabilities);
        long least = long.MaxValue;
        for (int i = 0; i < 30; i++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            model.Predict(images, probabilities);
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.Equal(0, least);
        foreach (int threads in new[] { 1, 3 })
        {
            var parallel = new float[probabilities.Length];
            model.Predict(images, parallel, threads);
            Assert.Equal(probabilities, parallel);
        }

        Assert.Throws<ArgumentException>(() => model.Predict(images, new float[3], 2));
        Assert.Throws<OperationCanceledException>(() => model.Predict(images, probabilities, 2, new CancellationToken(canceled: true)));
        for (int i = 0; i < 5; i++)
            Assert.Equal(model.Predict(images.AsSpan(i * model.Input.Count, model.Input.Count), model.Input.Width, model.Input.Height, 3)
                .Probabilities, probabilities[(i * 4)..((i * 4) + 4)]);
    }

    [Fact]
    public void What_is_saved_comes_back_with_its_classes_and_its_origin()
    {
        Model model = Create(3);
        string path = _folder["model.safetensors"];
        model.Save(path);
        Model loaded = Model.Load(path);
        byte[] pixels = Pixels(model.Input.Count, 9);
        Assert.Equal(model.Predict(pixels, 10, 12, 3).Probabilities, loaded.Predict(pixels, 10, 12, 3).Probabilities);
        Assert.Equal(["a", "b", "c", "d"], loaded.Classes);
        Assert.Equal(model.Origin, loaded.Origin);
        loaded.Save(path);
        Assert.Equal(loaded.Predict(pixels, 10, 12, 3).Probabilities, Model.Load(path).Predict(pixels, 10, 12, 3).Probabilities);
    }

    [Fact]
    public void What_stands_in_the_way_of_a_file_is_named()
    {
        Model model = Create(3);
        DataException error = Assert.Throws<DataException>(() => model.Predict(_folder.Root));
        Assert.Equal("This is a folder, and no picture.", error.Message);
        string none = _folder["none"];
        foreach (string name in new[] { "model.safetensors", "model.onnx" })
        {
            RunException missing = Assert.Throws<RunException>(() => model.Save(Path.Combine(none, name)));
            Assert.Contains($"there is no folder for '{Path.Combine(none, name)}'", missing.Message, StringComparison.Ordinal);
            Assert.StartsWith("Name a file in a folder that is there", missing.Remedy, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("model.tflite")]
    [InlineData("model.onnx.gz")]
    [InlineData("model")]
    [InlineData("safetensors")]
    public void A_name_that_says_no_form_is_refused(string name)
    {
        RunException error = Assert.Throws<RunException>(() => Create(3).Save(_folder[name]));
        Assert.Equal("A model is written as .safetensors or as .onnx, and this name ends in neither.", error.Message);
        Assert.Equal(_folder[name], error.Where);
        Assert.Empty(_folder.Files);
    }

    [Fact]
    public void A_file_of_another_form_gives_the_same_answers()
    {
        Model model = Create(3);
        string path = _folder["model.onnx"];
        OnnxFile.Save(model.Graph, path);
        Model loaded = Model.Load(path);
        byte[] pixels = Pixels(model.Input.Count, 9);
        Assert.False(loaded.AssumesPreprocessing);
        Assert.Equal(model.Classes, loaded.Classes);
        Assert.Equal(model.Predict(pixels, 10, 12, 3).Probability, loaded.Predict(pixels, 10, 12, 3).Probability, 1e-5f);
        Assert.Throws<DataException>(() => Model.Load(_folder.Write("bad.onnx", [1, 2, 3])));
        Assert.Throws<DataException>(() => Model.Load(_folder["nothing.onnx"]));

        // A lowered network is kept as it is.
        loaded.Save(_folder["again.safetensors"]);
        Assert.Equal(loaded.Predict(pixels, 10, 12, 3).Probabilities, Model.Load(_folder["again.safetensors"]).Predict(pixels, 10, 12, 3)
            .Probabilities);
    }

    [Fact]
    public void A_training_becomes_a_model()
    {
        TrainingResult result = SmallRun.Train();
        Model model = result.ToModel();
        Assert.Equal(["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"], model.Classes);
        ImageSet images = Glyphs.Create(train: 200, test: 50).Test;
        int right = Enumerable.Range(0, images.Count).Count(i => model.Predict(images.Image(i), 28, 28, 1).Class == images.Labels[i]);
        Assert.Equal(result.Test.Accuracy, (float)right / images.Count, 1e-6f);
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        Model model = Create(3);
        Assert.Throws<ArgumentException>(() => model.Predict(new byte[10], 2, 2, 3));
        Assert.Throws<ArgumentException>("channels", () => model.Predict(new byte[8], 2, 2, 2));
        Assert.Throws<ArgumentException>("width", () => model.Predict([], 0, 0, 3));
        Assert.Throws<ArgumentException>("width", () => model.Predict(new byte[12], -2, 2, 3));
        Assert.StartsWith("A picture of 2 x -2 pixels is none",
            Assert.Throws<ArgumentException>("height", () => model.Predict(new byte[12], 2, -2, 3)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => model.Predict(new byte[model.Input.Count], new float[3]));
        Assert.Throws<ArgumentException>(() => model.Predict(new byte[model.Input.Count + 1], new float[4]));
        Assert.Throws<DataException>(() => model.Predict(_folder["nothing.png"]));
        Assert.Throws<DataException>(() => model.Predict(_folder.Write("bad.png", [1, 2, 3])));
        Assert.Throws<DataException>(() => Model.Load(_folder.Write("bad.safetensors", [1, 2, 3])));
        Assert.Throws<RecipeException>(() => Model.Load(_folder["nothing.safetensors"]));
        string whole = _folder["whole.safetensors"];
        model.Save(whole);
        byte[] bytes = File.ReadAllBytes(whole);
        foreach (int length in new[] { 0, 7, 8, 100, bytes.Length / 2, bytes.Length - 1 })
            Assert.Throws<DataException>(() => Model.Load(_folder.Write("cut.safetensors", bytes[..length])));
    }

    [Fact]
    public void Outputs_that_are_no_numbers_are_refused()
    {
        var network = new Network(GraphBuilder.Input(1, 4, 4).Conv(2).GlobalAveragePool().Linear(2).Build(), 1);
        network.Weights.AsSpan().Fill(3e38f);
        var model = Model.Of(network, new Normalization([0.5f], [0.001f]));
        Assert.Throws<RunException>(() => model.Predict([.. Enumerable.Repeat((byte)255, 16)], 4, 4, 1));
    }

    private static Model Create(int channels)
    {
        Graph graph = GraphBuilder.Input(channels, 12, 10).Conv(9).BatchNorm().Relu().DepthwiseSeparable(20).MaxBlurPool().SqueezeExcite()
            .GlobalAveragePool().Linear(4).Build();
        return Model.Of(
            TrainedNetworks.WithStatistics(graph, 5),
            new Normalization([.. Enumerable.Repeat(0.45f, channels)], [.. Enumerable.Repeat(0.22f, channels)]), ["a", "b", "c", "d"],
            new ModelOrigin { PareVersion = LibraryVersion.Text, Recipe = "tiny", Seed = 5 });
    }

    private static byte[] Pixels(int count, int seed)
    {
        var random = new SeededRandom(seed, 8);
        byte[] pixels = new byte[count];
        foreach (ref byte pixel in pixels.AsSpan()) pixel = (byte)random.NextInt(256);
        return pixels;
    }
}
