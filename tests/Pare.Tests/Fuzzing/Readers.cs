using System.Text;
using Pare.Data;
using Pare.Export;
using Pare.Export.Onnx;
using Pare.Inference;
using Pare.Recipes;
using Pare.Reporting;
using Pare.Runs;
using Pare.Runs.TensorBoard;
using Pare.Training;

namespace Pare.Tests.Fuzzing;

/// <summary>Every reader of a file that others may have made.</summary>
internal static class Readers
{
    private static readonly Type[] s_data = [typeof(DataException)];
    private static readonly Type[] s_recipe = [typeof(RecipeException)];
    private static readonly Type[] s_record = [typeof(FormatException), typeof(RunException)];
    private static readonly Type[] s_model = [typeof(DataException), typeof(RecipeException), typeof(RunException)];

    private static readonly string[] s_yaml =
    [
        "&a ", "*a", "!!str ", "!x ", "<<: *a", "- ", ": ", "? ", "{", "}", "[", "]", "|", ">", "|\n", "---\n", "...\n", "%YAML 1.2\n",
        "\t", "\n", "\r", "\0", "\u0085", "\u2028", "\ufeff", "#", "~", "null", "'", "\"", "\\x", "1e999", "-1e999", ".inf", ".nan",
        "-1", "0", "1e-320", "2147483648", "99999999999999999999", "0x10", "1_000", "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
        "{a: {a: {a: {a: {a: {a: {a: ", "conv", "linear", "depthwise_separable", "residual", "squeeze_excite", "inverted_residual",
        "blur_pool", "max_pool", "share", "surgery", "input", "layers", "training", "epochs", "batch_size", "schedule", "one_cycle",
        "optimizer", "adamw", "techniques", "mixup", "cutmix", "sam", "swa", "ema", "distillation", "teacher", "dataset", "path",
        "split", "group", "validation", "seed", "target", "phases", "set", "train", "tolerance", "until", "resnet20", "mobilenet",
        "network", "width", "65535x65535", "1000000000", "phase:first", "/dev/zero", "..", "(((((((((((((((((((a+)+)+)+)+)+", "(a*)*b",
    ];

    private static readonly string[] s_layerWords =
    [
        .. Reader.JsonWords, "\"conv\"", "\"linear\"", "\"input\"", "\"add\"", "\"max_pool\"", "\"concat\"",
        "\"shape\":[1,65535,65535]", "\"stride\":1", "\"groups\":0", "\"kernel\":100000", "\"weights_of\":\"conv1\"",
        "\"operations\":[]", "\"layers\":[]", "\"format\":2", "\"mean\":[]", "1000000", "65536", "\"borders\":[2147483647,0,0,0]",
    ];

    private static readonly string[] s_paths =
    [
        "../", "..\\", "/etc/passwd", "C:\\x", "\0", "a/", "./", "//", "../secret", "..", "a/../../secret", "\u202e", "PK\u0003\u0004",
        "PK\u0001\u0002", "PK\u0005\u0006", "PK\u0006\u0006", "PK\u0006\u0007",
    ];

    private static readonly string[] s_pax =
    [
        .. s_paths, "19 path=../secret\n", "22 linkpath=/etc/x\n", "30 size=99999999999999999999\n", "13 size=-1\n", "12 size=1e9\n",
        "22 GNU.sparse.major=1\n", "ustar", "ustar  ", "77777777777", "g", "x", "L", "K", "1", "2", "S", "M",
    ];

    private static readonly string[] s_segments = ["\u00ff", "Exif\0\0II*\0", "Exif\0\0MM\0*", "Adobe", "ICC_PROFILE"];

    /// <summary>All of them.</summary>
    public static IReadOnlyList<Reader> All { get; } =
    [
        new("IDX images", static () => Seeds.Idx(IdxFile.ImageMagic, 2, 3, 4), static input => IdxFile.Read(input.Path, IdxFile.ImageMagic))
        {
            Errors = s_data, Sources = ["Data/IdxFile.cs", "Data/RegularFile.cs"], FileName = "images", Mend = Mending.Gzip,
        },
        new("IDX labels", static () => Seeds.Idx(IdxFile.LabelMagic, 9), static input => IdxFile.Read(input.Path, IdxFile.LabelMagic))
        {
            Errors = s_data, Sources = ["Data/IdxFile.cs"], FileName = "labels", Mend = Mending.Gzip,
        },
        new("CIFAR-10 batch", static () => [Seeds.CifarBatch()], static input => Cifar10.Load(input.Folder))
        {
            Errors = s_data, Sources = ["Data/FolderReader.cs"], FileName = "test_batch.bin", Prepare = WriteCifar,
        },
        new("CIFAR-10 names", static () => [Reader.Bytes("a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n")], static input => Cifar10.Load(input.Folder))
        {
            Errors = s_data, Sources = [], FileName = "batches.meta.txt", Prepare = WriteCifar,
            Words = ["\n", "\r", "\0", "\n\n", "\ufeff", "a\n", "\u2028", "\u001b[2J"],
        },
        new("zip", Seeds.Zip, ReadArchive)
        {
            Errors = s_data, Sources = ["Data/ZipEntries.cs", "Data/EntrySource.cs"], FileName = "a.zip", Words = s_paths,
            Mend = Mending.Zip,
        },
        new("tar", Seeds.Tar, ReadArchive)
        {
            Errors = s_data, Sources = ["Data/TarEntries.cs"], FileName = "a.tar", Words = s_pax, Mend = Mending.Tar,
        },
        new("tar.gz", static () => [.. Seeds.Tar().Select(Mending.GzipOf)], ReadArchive)
        {
            Errors = s_data, Sources = ["Data/TarEntries.cs"], FileName = "a.tar.gz", Words = s_pax, Mend = Mending.TarGz,
        },
        new("gzip", static () => [Support.DataFolder.Gzip(new byte[500]), Mending.GzipOf(Reader.Bytes("as it is"))], ReadGzip)
        {
            Errors = [typeof(InvalidDataException)], Sources = ["Data/TarEntries.cs"], FileName = "a.gz", Mend = Mending.Gzip,
        },
        new("PNG", Seeds.Png, ReadPicture)
        {
            Errors = s_data, Sources = [], Words = ["IHDR", "PLTE", "IDAT", "IEND", "eXIf", "tRNS"], Mend = Mending.Png,
        },
        new("JPEG", Seeds.Jpeg, ReadPicture) { Errors = s_data, Sources = [], Words = s_segments, BytesAByte = 10_000 },
        new("BMP", Seeds.Bmp, ReadPicture) { Errors = s_data, Sources = [] },
        new("EXIF", Seeds.Exif, static input => Assert.InRange(Exif.Orientation(input.Bytes), 1, 8))
        {
            IsLenient = true, Errors = [], Sources = [],
        },
        new("kept images", static () => [Seeds.Cache()], ReadCache)
        {
            IsLenient = true, Errors = [], Sources = ["Data/ImageCache.cs"], FileName = CacheName(), Mend = Mending.Cache,
        },
        new("recipe", Seeds.Recipes, static input => Recipe.Parse(Encoding.UTF8.GetString(input.Bytes), "recipe.yaml"))
        {
            Inputs = 200, Errors = s_recipe, Sources = [], Words = s_yaml, BaseBytes = 64 << 20,
        },
        new("recipe's file", Seeds.Recipes, static input => RecipeStore.FindPhases(input.Path))
        {
            Inputs = 200, Errors = s_recipe, Sources = ["Recipes/RecipeStore.cs"], FileName = "recipe.yaml", Words = s_yaml,
            BaseBytes = 64 << 20,
        },
        new("overrides", Seeds.Overrides,
            static input => Recipe.Parse(Seeds.Recipe, "recipe.yaml", [Encoding.UTF8.GetString(input.Bytes)]))
        {
            Inputs = 200, Errors = s_recipe, Sources = [], Words = [.. s_yaml, "=", ".", "model.layers.0.", "training.", "techniques."],
            BaseBytes = 64 << 20,
        },
        new("safetensors", Seeds.Safetensors, static input => Safetensors.Read(new MemoryStream(input.Bytes), "file"))
        {
            Errors = s_data, Sources = ["Export/Safetensors.cs", "Export/SafetensorsHeader.cs"], Words = Reader.JsonWords,
            Mend = Mending.Safetensors,
        },
        new("model", Seeds.Models, ReadModel)
        {
            Errors = s_model, Sources = ["Export/ModelRecordReader.cs", "Inference/Model.cs"], FileName = "model.safetensors",
            Words = s_layerWords, Mend = Mending.Safetensors, BaseBytes = 64 << 20,
        },
        new("weights beside a recipe", static () => [Seeds.Weights()], static input => TrainedModel.Open(input.Path))
        {
            Inputs = 200, Errors = s_model, Sources = [], FileName = "model.safetensors", Words = Reader.JsonWords,
            Mend = Mending.Safetensors,
            BaseBytes = 64 << 20, Prepare = static folder => WriteRun(folder, RunFolder.RecipeFile),
        },
        new("classes beside weights", static () => [Seeds.Run[RunFolder.EvaluationFile], Reader.Bytes("""{ "classes": ["a", "b"] }""")],
            static input => TrainedModel.ClassesBeside(Path.Combine(input.Folder, RunFolder.ModelFile), outputs: 2))
        {
            IsLenient = true, Errors = [], Sources = ["Recipes/TrainedModel.cs"], FileName = RunFolder.EvaluationFile,
            Words = Reader.JsonWords,
        },
        new("ONNX", Seeds.Onnx, static input => OnnxFile.Load(input.Path))
        {
            Errors = s_data, Sources = ["Export/Onnx/OnnxFile.cs", "Export/Onnx/OnnxMetadata.cs"], FileName = "a.onnx",
            BaseBytes = 64 << 20,
            Words = ["Conv", "Gemm", "MatMul", "Reshape", "Transpose", "Slice", "Gather", "Concat", "Pad", "Unsqueeze", "Squeeze", "axis",
            "axes",
                "perm", "pads", "value", "Constant", "Shape", "Identity", "Div", "Mul", "ReduceMean", "Clip", "x", "w", "s",
                "QuantizeLinear", "DequantizeLinear"],
        },
        new("ONNX with data beside it", static () => [Seeds.OnnxBeside()], static input => OnnxFile.Load(input.Path))
        {
            Errors = s_data, Sources = ["Export/Onnx/OnnxTensor.cs"], FileName = "a.onnx", BaseBytes = 64 << 20,
            Words = ["../secret", "/etc/passwd", "link.bin", "weights.bin", "location", "offset", "length", "-1", "9223372036854775807",
            "\0", "."],
            Prepare = static folder =>
            {
                File.WriteAllBytes(Path.Combine(folder, "weights.bin"), new byte[100]);
                if (!OperatingSystem.IsWindows()) File.CreateSymbolicLink(Path.Combine(folder, "link.bin"), "../secret");
            },
        },
        Record<RunEnvironment>(RunFolder.EnvironmentFile),
        Record<RunSplit>(RunFolder.SplitFile),
        Record<EvaluationFile>(RunFolder.EvaluationFile),
        Record<RobustnessFile>(RunFolder.RobustnessFile, Seeds.Robustness),
        Record<RunPredictions>(RunFolder.PredictionsFile),
        Record<RunSummary>(RunFolder.ResultFile),
        Record<BuildRecord>(BuildFolder.BuildFile, Seeds.Build),
        Record<AblationFile>("ablation run", Seeds.AblationRun),
        Record<AblationRecord>(AblationFolder.TableFile, Seeds.AblationTable),
        new("plan", static () => [Seeds.Plan()], ReadPlan)
        {
            Inputs = 200, Errors = s_model, Sources = ["Runs/RunPlan.cs", "Runs/PlannedRow.cs", "Runs/PlannedRun.cs"],
            FileName = RunPlan.FileName, Words = Reader.JsonWords, BaseBytes = 64 << 20,
        },
        new("checkpoint", static () => [Seeds.Checkpoint()], ReadCheckpoint)
        {
            Inputs = 300, Errors = s_model, Sources = ["Runs/Checkpoint.cs"], FileName = "checkpoint.safetensors", Words = Reader.JsonWords,
            Mend = Mending.Checkpoint,
        },
        new("event file", static () => [EventFileOf(Seeds.Run)], ReadEvents)
        {
            IsLenient = true, Errors = [], Sources = ["Runs/MetricsLog.cs", "Runs/TensorBoard/EventFile.cs"],
            FileName = $"{EventFile.Prefix}1.pare",
        },
        new("folder's lock", static () => [Seeds.Lock()], static input => FolderLock.HolderOf(input.Folder))
        {
            IsLenient = true, Errors = [], Sources = ["Runs/FolderLock.cs", "Runs/LockHolder.cs"], FileName = FolderLock.FileName,
            Words = Reader.JsonWords,
        },
        new("report of an ablation", static () => [Seeds.AblationTable()], static input => HtmlReport.Save(input.Folder))
        {
            Inputs = 200, Errors = [typeof(RecipeException), typeof(RunException)], Sources = ["Reporting/AblationPage.cs"],
            FileName = AblationFolder.TableFile, Words = Reader.JsonWords, BaseBytes = 64 << 20,
            Prepare = static folder => Directory.CreateDirectory(Path.Combine(folder, "runs")),
        },
        new("report of a run", static () => [.. Seeds.Run.Where(static file => IsReported(file.Key))
            .Select(static file => (byte[])[.. Reader.Bytes(file.Key), (byte)'\n', .. file.Value])], ReadReport)
        {
            Inputs = 100, IsLenient = true,
            Errors = [typeof(RecipeException), typeof(RunException)],
            Sources = ["Reporting/RunRecord.cs", "Reporting/ReportSource.cs", "Reporting/JsonFiles.cs"],
            Words = [.. Reader.JsonWords, ",", "\n", "nan", "inf", "1e308", "epoch"], BaseBytes = 64 << 20,
            Prepare = static folder => WriteRun(folder, [.. Seeds.Run.Keys]),
        },
    ];

    private static Reader Record<T>(string name, Func<byte[]>? seed = null)
        where T : class, IRunRecord =>
        new(name, () => [seed?.Invoke() ?? Seeds.Run[name]], static input => RunRecords.Read<T>(input.Path))
        {
            Errors = s_record,
            Sources = ["Runs/RunRecords.cs", $"Runs/{typeof(T).Name}.cs"],
            FileName = "record.json",
            Words = Reader.JsonWords,
        };

    private static void ReadArchive(FuzzInput input)
    {
        EntrySource source = EntrySource.Open(input.Path);
        foreach (FileEntry entry in source.Entries())
        {
            Assert.False(LeadsOut(entry.Path), $"leads out: {entry.Path}");
            Assert.False(entry.Target is { } target && LeadsOut(target), $"leads out: {entry.Target}");
            if (entry.Kind != EntryKind.File) continue;
            try
            {
                TreeReader.ReadBytes(source, entry);
            }
            catch (InvalidDataException)
            {
                // What is wrong with one file is told of it; the others are read.
            }
        }

        ImageTree.Scan(source);
    }

    private static bool LeadsOut(string path) => Path.IsPathRooted(path) || path.Split('/').Contains("..") || path.Contains('\0');

    private static void ReadGzip(FuzzInput input)
    {
        using var stream = new GzipReader(RegularFile.Open(input.Path));
        byte[] buffer = new byte[1 << 12];
        while (stream.Read(buffer) > 0)
        {
        }
    }

    private static void ReadPicture(FuzzInput input)
    {
        ImageDecoder.BytesToDecode(input.Bytes);
        ImageDecoder.Decode(input.Bytes, "picture", 3, 8, 8);
        ImageDecoder.Decode(input.Bytes, "picture", 1, 8, 8);
    }

    private static string CacheName() =>
        Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(
            Encoding.UTF8.GetBytes($"pare decoded images 2.{ImageDecoder.Version}\n1x2x2\n/nowhere\n")))[..32] + ".decoded";

    private static void ReadCache(FuzzInput input)
    {
        using var cache = ImageCache.Open(input.Folder, "/nowhere", 1, 2, 2);
        var entry = new FileEntry("a/1.png", EntryKind.File, 60, static () => Stream.Null) { Modified = 600 };
        Assert.False(cache.TryRead(entry, new byte[32], new byte[4]), "an image without its checksum was taken");
    }

    private static void ReadModel(FuzzInput input)
    {
        var model = Model.Load(input.Path);
        if (model.Input.Count <= 1 << 16) model.Predict(new byte[model.Input.Count], new float[model.Classes.Count]);
    }

    // And all that is made of it before a run begins.
    private static void ReadPlan(FuzzInput input)
    {
        var plan = RunPlan.Read(input.Folder);
        Assert.InRange(plan.Waves, 0, plan.Runs.Count);
        foreach (PlannedRun run in plan.Runs)
        {
            string path = Path.GetFullPath(RunPlan.PathOf(run, input.Folder));
            Assert.StartsWith(input.Folder + Path.DirectorySeparatorChar, path, StringComparison.Ordinal);
            plan.NameOf(run);
            plan.RecipeOf(run, input.Folder);
        }
    }

    private static void ReadCheckpoint(FuzzInput input)
    {
        using TrainingSession session = Seeds.Session(Checkpoint.Read(input.Path, 1000).State);
        if (!session.Done) session.Step();
    }

    private static byte[] EventFileOf(Dictionary<string, byte[]> run) =>
        run.Single(static file => file.Key.StartsWith(EventFile.Prefix, StringComparison.Ordinal)).Value;

    private static void ReadEvents(FuzzInput input)
    {
        using var file = EventFile.Reopen(input.Folder, 5, DateTimeOffset.UnixEpoch);
        Assert.InRange(file.Steps, 0, 5);
    }

    private static bool IsReported(string file) => file is RunFolder.RecipeFile or MetricsLog.CsvFile or RunFolder.ResultFile
        or RunFolder.EnvironmentFile or RunFolder.EvaluationFile or RunFolder.SplitFile or RunFolder.ModelFile;

    // The input's first line is the name of the file that it takes the place of.
    private static void ReadReport(FuzzInput input)
    {
        int end = Array.IndexOf(input.Bytes, (byte)'\n');
        string name = end < 0 ? "" : Encoding.UTF8.GetString(input.Bytes.AsSpan(0, end));
        if (!IsReported(name)) return;
        string path = Path.Combine(input.Folder, name);
        File.WriteAllBytes(path, input.Bytes[(end + 1)..]);
        try
        {
            HtmlReport.Save(input.Folder);
        }
        finally
        {
            File.WriteAllBytes(path, Seeds.Run[name]);
        }
    }

    private static void WriteRun(string folder, params string[] names)
    {
        foreach (string name in names) File.WriteAllBytes(Path.Combine(folder, name), Seeds.Run[name]);
    }

    private static void WriteCifar(string folder)
    {
        foreach (string name in Enumerable.Range(1, 5).Select(static number => $"data_batch_{number}.bin").Append("test_batch.bin"))
            File.WriteAllBytes(Path.Combine(folder, name), Seeds.CifarBatch());
    }
}
