using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using Google.Protobuf;
using Pare.Data;
using Pare.Export;
using Pare.Export.Onnx;
using Pare.Graphs;
using Pare.Graphs.Lowering;
using Pare.Inference;
using Pare.Recipes;
using Pare.Robustness;
using Pare.Runs;
using Pare.Tests.Export.Onnx;
using Pare.Tests.Support;
using Pare.Training;
using Pare.Training.Losses;

namespace Pare.Tests.Fuzzing;

/// <summary>Small sound files of each kind, made by the project's own writers where it has one.</summary>
internal static class Seeds
{
    public const string Recipe = """
        name: fuzzed
        description: two classes
        dataset: { name: pictures }
        model:
          input: 1x4x4
          layers:
            - conv: { channels: 2, padding: 1 }
            - batch_norm
            - relu
            - max_pool
            - flatten
            - linear: 2
        training: { epochs: 1, batch_size: 4, validation: 0.2, schedule: { cosine: { rate: 0.01 } } }
        techniques: { label_smoothing: 0.1, ema: true, mixup: { alpha: 0.2 } }
        """;

    private const string Phases = """

        tolerance: 0.01
        target: { test_accuracy: 0.9, parameters: 100 }
        phases:
          - first: { target: as it is }
          - second:
              set:
                training: { epochs: 2, optimizer: { sgd: { nesterov: false } } }
                techniques: { label_smoothing: false, distillation: { teacher: phase:first } }
        """;

    private static readonly Lazy<Dictionary<string, byte[]>> s_run = new(MakeRun);

    /// <summary>The files of a finished run.</summary>
    public static Dictionary<string, byte[]> Run => s_run.Value;

    public static byte[][] Idx(int magic, params int[] extents)
    {
        byte[] raw = IdxFiles.File(magic, extents, new byte[extents.Aggregate(1, static (product, side) => product * side)]);
        return [raw, DataFolder.Gzip(raw), Mending.GzipOf(raw)];
    }

    public static byte[] CifarBatch() => [.. Enumerable.Range(0, 2).SelectMany(static label => (byte[])[(byte)label, .. new byte[3072]])];

    public static byte[][] Png() =>
    [
        ImageFiles.Png(5, 7, 3, Ramp(5 * 7 * 3), orientation: 6),
        ImageFiles.Png(4, 4, 1, Ramp(16)),
        ImageFiles.RawPng(3, 5, 4, 3, Ramp(3 * 4, 3), palette: Ramp(48)),
        ImageFiles.RawPng(9, 9, 8, 6, new byte[(9 * 9 * 4) + 19], interlaced: true),
        ImageFiles.RawPng(2, 3, 16, 2, Ramp(2 * 19, 4)),
        Stored(5, 6),
    ];

    public static byte[][] Jpeg() =>
    [
        ImageFiles.Jpeg(1, 2, [10, 200], orientation: 3),
        ImageFiles.ComponentJpeg([1, 100, 200, 50], adobe: 2),
        ImageFiles.ComponentJpeg([1, 100, 200, 50], adobe: null),
        ImageFiles.WithSegments(ImageFiles.Jpeg(2, 2, [1, 2, 3, 4]), 0xFE, [1, 2, 3]),
        Progressive(ImageFiles.Jpeg(1, 2, [128, 90])),
    ];

    public static byte[][] Bmp()
    {
        byte[] plain = ImageFiles.Bmp(3, 5, Ramp(45)), few = ImageFiles.Bmp(4, 4, Ramp(48));

        // One bit a pixel and a palette of two.
        byte[] bits = new byte[54 + 8 + 4 * 4];
        few.AsSpan(0, 54).CopyTo(bits);
        (bits[10], bits[28], bits[46]) = (62, 1, 2);
        (bits[58], bits[59], bits[60]) = (255, 255, 255);
        return [plain, few, bits];
    }

    public static byte[][] Exif() => [ImageFiles.Tiff(6, little: true, type: 3), ImageFiles.Tiff(8, little: false, type: 4)];

    public static byte[][] Zip() => [MakeZip(CompressionLevel.Optimal), MakeZip(CompressionLevel.NoCompression)];

    public static byte[][] Tar() => [MakeTar(TarEntryFormat.Pax), MakeTar(TarEntryFormat.Ustar), MakeTar(TarEntryFormat.Gnu)];

    public static byte[][] Recipes() =>
    [
        Reader.Bytes(Recipe), Reader.Bytes(Recipe + Phases),
        .. RecipeStore.Names.Order(StringComparer.Ordinal).Take(1).Select(static name => Reader.Bytes(RecipeStore.Open(name).ToYaml())),
    ];

    public static byte[][] Phased() => [Reader.Bytes(Recipe + Phases)];

    public static byte[][] Overrides() =>
        [.. new[] { "training.epochs=5", "techniques={ mixup: { alpha: 0.1 } }", "description=short", "training.seed=3" }
            .Select(Reader.Bytes)];

    public static byte[][] Safetensors()
    {
        var file = new MemoryStream();
        Pare.Export.Safetensors.Write(
            file, [new SafetensorsTensor("a", [2, 3], new float[6]), new SafetensorsTensor("b", [2], new long[2])],
            new Dictionary<string, string> { ["key"] = "text" });
        return [file.ToArray()];
    }

    /// <summary>Models that are enough by themselves: trained networks, and lowered ones.</summary>
    public static byte[][] Models() =>
    [
        Run[RunFolder.ModelFile],
        Saved(Shared()),
        Saved(Model.Of(RandomInferenceGraphs.Classifier(1))), Saved(Model.Of(RandomInferenceGraphs.Classifier(4))),
    ];

    /// <summary>A model of a version that kept nothing but tensors.</summary>
    public static byte[] Weights()
    {
        using var folder = new DataFolder();
        SafetensorsFile whole = Pare.Export.Safetensors.Read(folder.Write("model.safetensors", Run[RunFolder.ModelFile]));
        Pare.Export.Safetensors.Write(folder["weights.safetensors"], whole.Tensors.Values);
        return File.ReadAllBytes(folder["weights.safetensors"]);
    }

    public static byte[][] Onnx()
    {
        OnnxGraphs graph = new OnnxGraphs(13, 0, 1, 6, 6)
            .Weights("w", 2, 1, 3, 3).Weights("b", 2).Node("Conv", ["x", "w", "b"], "c", ("pads", new int[] { 1, 1, 1, 1 }))
            .Node("Relu", ["c"], "r")
            .Node("MaxPool", ["r"], "p", ("kernel_shape", new int[] { 2, 2 }), ("strides", new int[] { 2, 2 }))
            .Node("Shape", ["p"], "s").Whole("zero", 0).Node("Gather", ["s", "zero"], "n", ("axis", 0))
            .Whole("rest", -1).Node("Concat", ["n", "rest"], "t", ("axis", 0)).Node("Reshape", ["p", "t"], "f")
            .Weights("v", 18, 3).Weights("u", 3).Node("MatMul", ["f", "v"], "m").Node("Add", ["m", "u"], "a")
            .Node("Softmax", ["a"], "y", ("axis", 1)).Output("y", 0, 3);
        return
        [
            graph.Model.ToByteArray(),
            OnnxWriter.Write(RandomInferenceGraphs.Classifier(2), new OnnxOptions()).ToByteArray(),
            OnnxWriter.Write(RandomInferenceGraphs.Classifier(9), new OnnxOptions()).ToByteArray(),
            QuantizedOnnxWriter.Write(QuantizedOnnxTests.Random(6).Graph, new OnnxOptions()).ToByteArray(),
        ];
    }

    /// <summary>A model whose weights lie beside it, in <c>weights.bin</c>.</summary>
    public static byte[] OnnxBeside()
    {
        ModelProto model = ModelProto.Parser.ParseFrom(Onnx()[0]);
        TensorProto tensor = model.Graph.Initializer[0];
        (tensor.RawData, tensor.DataLocation) = (ByteString.Empty, 1);
        tensor.FloatData.Clear();
        foreach ((string key, string value) in new[] { ("location", "weights.bin"), ("offset", "8"), ("length", "72") })
            tensor.ExternalData.Add(new StringStringEntryProto { Key = key, Value = value });
        return model.ToByteArray();
    }

    public static byte[] Build()
    {
        using var folder = new DataFolder();
        folder.Write("environment.json", Run[RunFolder.EnvironmentFile]);
        var outcome = new PhaseOutcome
        {
            Name = "first",
            Parameters = 20,
            Macs = 300,
            Runs = ["01-first/seed-1"],
            Train = new Spread(0.9, 0.01),
            Validation = null,
            Test = new Spread(0.8, null),
            Seconds = 1,
            Why = "what the others are measured against",
        };
        RunRecords.Write(folder.Root, BuildFolder.BuildFile, new BuildRecord
        {
            Recipe = "fuzzed",
            Seeds = [1],
            Phases = [outcome],
            Environment = RunEnvironment.Read(folder["environment.json"])!,
            Finished = true,
        });
        return File.ReadAllBytes(folder[BuildFolder.BuildFile]);
    }

    public static byte[] AblationRun()
    {
        using var folder = new DataFolder();
        RunRecords.Write(folder.Root, "run.json", new AblationFile
        {
            Row = "baseline",
            Data = "built in",
            Run = new AblationRun { Seed = 1, Parameters = 20, TestAccuracy = 0.5, ValidationAccuracy = null, Seconds = 1 },
            Recipe = Recipe,
            InstructionSet = "AVX2",
            Threads = 2,
        });
        return File.ReadAllBytes(folder["run.json"]);
    }

    /// <summary>What is kept of a network's robustness.</summary>
    public static byte[] Robustness()
    {
        using var folder = new DataFolder();
        Dataset data = Glyphs.Create(train: 20, test: 20);
        using ImageClassifier classifier = SmallRun.Train().ToModel().Classifier(1);
        RobustnessFile.Keep(folder["robustness.json"], RobustnessEvaluation.Measure(classifier,
            new RobustnessData { Name = "glyphs", Test = data.Test }, new RobustnessOptions { Severities = [1] }));
        return File.ReadAllBytes(folder["robustness.json"]);
    }

    /// <summary>A table of two rows and two seeds.</summary>
    public static byte[] AblationTable()
    {
        using var folder = new DataFolder();
        AblationRun Run(int seed, double accuracy) =>
            new() { Seed = seed, Parameters = 20, TestAccuracy = accuracy, ValidationAccuracy = null, Seconds = 1 };
        AblationRecord.Line Row(string name, params AblationRun[] runs) =>
            new() { Name = name, Overrides = ["training.epochs=2"], Parameters = 20, Seconds = 1, Runs = runs };
        RunRecords.Write(folder.Root, AblationFolder.TableFile, new AblationRecord
        {
            Recipe = "fuzzed",
            Data = "built in",
            Rows = [Row("baseline", Run(1, 0.5), Run(2, 0.6)), Row("other", Run(1, 0.4), Run(2, 0.7))],
            Origins = new RunOrigins(["AVX2", "AVX-512"], ["0.1.0"]),
        });
        return File.ReadAllBytes(folder[AblationFolder.TableFile]);
    }

    /// <summary>A plan of two phases and two seeds, the second taught by the first.</summary>
    public static byte[] Plan()
    {
        using var folder = new DataFolder();
        var data = new DataIdentity("/nowhere", "f00d");
        PlannedRow[] rows =
        [
            new() { Name = "first", Epochs = 1, Recipe = Recipe },
            new() { Name = "second", Epochs = 2, Recipe = Recipe, Overrides = ["training.epochs=2"], Teacher = 0 },
        ];
        RunPlan.Of(PlanKind.Build, "fuzzed", rows, [1, 2], data, static (row, seed) => $"0{row + 1}-phase/seed-{seed}").Write(folder.Root);
        return File.ReadAllBytes(folder[RunPlan.FileName]);
    }

    /// <summary>The state of a training after its first step.</summary>
    public static byte[] Checkpoint()
    {
        using TrainingSession session = Session(null);
        session.Step();
        var file = new MemoryStream();
        new Checkpoint(session.Capture(), new CheckpointOrigin { Recipe = Recipe, Data = "/nowhere" }).Write(file);
        return file.ToArray();
    }

    /// <summary>A training that begins, or goes on from a state.</summary>
    public static TrainingSession Session(TrainingState? from)
    {
        Recipe recipe = Pare.Recipes.Recipe.Parse(Recipe, "recipe.yaml");
        return new TrainingSession(new Network(recipe.Graph, 1), Data(), recipe.Training with { Threads = 1, DataWorkers = 0 }, from);
    }

    /// <summary>Two classes of dark and bright images.</summary>
    public static Dataset Data()
    {
        string[] classes = ["a", "b"];
        ImageSet Images(int count, string part) => new(
            1, 4, 4, Ramp(16 * count), [.. Enumerable.Range(0, count).Select(static i => i % 2)], classes,
            [.. Enumerable.Range(0, count).Select(i => $"{part}/{classes[i % 2]}/{i}.png")]);
        return new Dataset("pictures", "/nowhere", Images(10, "train"), Images(4, "test"));
    }

    /// <summary>The lock of a folder that this process works in.</summary>
    public static byte[] Lock()
    {
        using var folder = new DataFolder();
        RunRecords.Write(folder.Root, "lock", LockHolder.Current("pare train"));
        return File.ReadAllBytes(folder["lock"]);
    }

    /// <summary>Kept images of one size, of a folder that is nowhere.</summary>
    public static byte[] Cache()
    {
        byte[] key = Encoding.UTF8.GetBytes($"pare decoded images 2.{ImageDecoder.Version}\n1x2x2\n/nowhere\n");
        var index = new MemoryStream();
        using (var writer = new BinaryWriter(index, Encoding.UTF8, leaveOpen: true))
        {
            writer.Write(2);
            foreach (string name in new[] { "a/0.png", "a/1.png" })
            {
                writer.Write(name);
                writer.Write(60L);
                writer.Write(600L);
                writer.Write(new byte[32]);
            }
        }

        byte[] bytes = index.ToArray();
        return Mending.Cache([.. key, .. BitConverter.GetBytes((long)bytes.Length), .. bytes, .. new byte[32], .. new byte[8]], []);
    }

    private static byte[] Ramp(int length, int step = 1) => [.. Enumerable.Range(0, length).Select(i => (byte)(i / step))];

    // Its first scan, the means of the blocks; what stands for the rest of a block is read as the next one's beginning.
    private static byte[] Progressive(byte[] file)
    {
        int frame = file.AsSpan().IndexOf([(byte)0xFF, (byte)0xC0]), scan = file.AsSpan().IndexOf([(byte)0xFF, (byte)0xDA]);
        (file[frame + 1], file[scan + 8]) = (0xC2, 0);
        return file;
    }

    // Not compressed, so that a change of the file is one of its pixels.
    private static byte[] Stored(int height, int width)
    {
        byte[] rows = Ramp(height * (width + 1), width + 1), file = ImageFiles.RawPng(height, width, 8, 0, rows);
        var data = new MemoryStream();
        using (var stream = new ZLibStream(data, CompressionLevel.NoCompression, leaveOpen: true)) stream.Write(rows);
        int at = file.AsSpan().IndexOf("IDAT"u8) - 4;
        byte[] length = BitConverter.GetBytes((int)data.Length);
        Array.Reverse(length);
        return Mending.Png(
            [.. file[..at], .. length, .. "IDAT"u8, .. data.ToArray(), .. new byte[4], 0, 0, 0, 0, .. "IEND"u8, .. new byte[4]], file);
    }

    private static byte[] MakeZip(CompressionLevel level)
    {
        var file = new MemoryStream();
        using (var zip = new ZipArchive(file, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (string name in new[] { "a/0.png", "a/1.png", "b/ä.png" })
                using (Stream entry = zip.CreateEntry(name, level).Open())
                    entry.Write(ImageFiles.FlatPng(2, 2, (byte)name[0]));
            ZipArchiveEntry link = zip.CreateEntry("b/link.png", level);
            link.ExternalAttributes = 0xA1FF << 16;
            using (Stream entry = link.Open()) entry.Write("../a/0.png"u8);
            zip.CreateEntry("empty/");
        }

        return file.ToArray();
    }

    private static byte[] MakeTar(TarEntryFormat format)
    {
        var file = new MemoryStream();
        using (var tar = new TarWriter(file, format, leaveOpen: true))
        {
            TarEntry Entry(TarEntryType type, string name) => format switch
            {
                TarEntryFormat.Pax => new PaxTarEntry(type, name, new Dictionary<string, string> { ["comment"] = "ä" }),
                TarEntryFormat.Gnu => new GnuTarEntry(type, name.EndsWith("long.png", StringComparison.Ordinal)
                    ? $"b/{new string('n', 120)}.png" : name),
                _ => new UstarTarEntry(type, name),
            };
            foreach (string name in new[] { "a/0.png", "a/1.png", "b/long.png" })
            {
                TarEntry entry = Entry(TarEntryType.RegularFile, name);
                entry.DataStream = new MemoryStream(ImageFiles.FlatPng(2, 2, (byte)name[0]));
                tar.WriteEntry(entry);
            }

            TarEntry link = Entry(TarEntryType.SymbolicLink, "b/link.png"), hard = Entry(TarEntryType.HardLink, "b/hard.png");
            (link.LinkName, hard.LinkName) = ("../a/0.png", "a/1.png");
            tar.WriteEntry(link);
            tar.WriteEntry(hard);
        }

        return file.ToArray();
    }

    private static Model Shared()
    {
        Network network = TrainedNetworks.Shared(3);
        int channels = network.Graph.Input.Shape.Channels;
        float[] mean = [.. Enumerable.Repeat(0.5f, channels)], deviation = [.. Enumerable.Repeat(0.25f, channels)];
        return Model.Of(network, new Normalization(mean, deviation));
    }

    private static byte[] Saved(Model model)
    {
        using var folder = new DataFolder();
        model.Save(folder["a.safetensors"]);
        return File.ReadAllBytes(folder["a.safetensors"]);
    }

    private static Dictionary<string, byte[]> MakeRun()
    {
        using var folder = new DataFolder();
        Dataset data = Data();
        using (var run = RunFolder.Create(folder["run"], "fuzzed", TimeProvider.System))
        {
            RecipeRun.Train(run, Pare.Recipes.Recipe.Parse(Recipe, "recipe.yaml"), data, new RunEnvironment
            {
                Started = DateTimeOffset.UnixEpoch,
                CommandLine = ["pare", "train"],
                Seed = 1,
                Threads = 1,
                DataSource = "/nowhere",
            });
        }

        return Directory.GetFiles(folder["run"]).ToDictionary(static file => Path.GetFileName(file), File.ReadAllBytes);
    }
}
