using System.Globalization;
using System.Text.Json;
using Pare.Data;
using Pare.Graphs;
using Pare.Graphs.Layers;
using Pare.Graphs.Lowering;

namespace Pare.Export;

/// <summary>
/// A trained network as one safetensors file: one tensor a parameter, such as <c>conv1.weight</c>, the running statistics, and what the
/// images are to be shifted and scaled by; in the metadata the structure, the classes, the preprocessing and where it comes from
/// (<c>pare</c>, as JSON) and the recipe (<c>recipe</c>, as YAML). Other programs read the tensors as those of any safetensors file. Files
/// of older versions have no metadata, and need a recipe beside them.
/// </summary>
public static class ModelFile
{
    private const string MeanName = "input.mean";
    private const string DeviationName = "input.standard_deviation";
    private const string ClassesKey = "classes";
    private const string RecipeKey = "recipe";
    private const string Remedy = "The file is damaged, or a newer version wrote it; write or download it again.";

    /// <summary>Writes a network whole or not at all.</summary>
    /// <param name="path">The file; its folder must exist.</param>
    /// <param name="network">The network.</param>
    /// <param name="normalization">What its images were shifted and scaled by in training.</param>
    /// <param name="classes">The names of the classes; null for their numbers.</param>
    /// <param name="origin">Where it comes from.</param>
    /// <param name="confidence">How sure it is said to be; null for no rule.</param>
    /// <exception cref="ArgumentException">
    /// Classes, normalization or rule do not fit the network, or are such as no file can hold.
    /// </exception>
    /// <exception cref="RunException">A value of the network is none that a trained one has, or the file cannot be written.</exception>
    public static void Save(string path, Network network, Normalization normalization, IReadOnlyList<string>? classes = null,
        ModelOrigin? origin = null, ConfidenceRule? confidence = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(normalization);
        int outputs = network.Graph.Output.Shape.Count;
        if (classes is not null && classes.Count != outputs)
            throw new ArgumentException($"There are {classes.Count} class names for {outputs} outputs.", nameof(classes));
        if (classes is not null) ClassNames.Check(classes, nameof(classes));
        new Preprocessing(normalization.Mean, normalization.StandardDeviation).Check(network.Graph.Input.Shape.Channels);
        confidence?.Validate(nameof(confidence));
        ModelRecord record = Record(origin, confidence, normalization.Mean, normalization.StandardDeviation) with
        {
            Parameters = network.Weights.Length,
            Layers = LayerRecords.Of(network.Graph),
        };
        SafetensorsTensor[] tensors =
        [
            .. network.Parameters.Select(parameter =>
                new SafetensorsTensor(parameter.Name, parameter.Spec.Shape, network.Values(parameter).ToArray())),
            new SafetensorsTensor(MeanName, [normalization.Mean.Length], normalization.Mean),
            new SafetensorsTensor(DeviationName, [normalization.StandardDeviation.Length], normalization.StandardDeviation),
        ];
        Write(path, tensors, Metadata(record, classes, origin));
    }

    /// <summary>Writes a lowered network whole or not at all: one that was not trained here, or of which nothing else is left.</summary>
    /// <param name="path">The file; its folder must exist.</param>
    /// <param name="graph">The network, with classes and preprocessing.</param>
    /// <param name="origin">Where it comes from.</param>
    /// <param name="confidence">How sure it is said to be; null for no rule.</param>
    /// <exception cref="ArgumentException">A number of the rule is none that can be.</exception>
    /// <exception cref="RunException">A weight is not a finite number, or the file cannot be written.</exception>
    public static void Save(string path, InferenceGraph graph, ModelOrigin? origin = null, ConfidenceRule? confidence = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(graph);
        confidence?.Validate(nameof(confidence));
        SafetensorsTensor[] tensors = [.. OperationRecords.Tensors(graph)];
        ModelRecord record = Record(graph, tensors, origin, confidence);
        Write(path, tensors, Metadata(record, graph.NamesClasses ? graph.Classes : null, origin));
    }

    /// <summary>The file of a lowered network, as its bytes; classes without names are named by their numbers.</summary>
    internal static byte[] ToBytes(InferenceGraph graph, ConfidenceRule? confidence = null)
    {
        SafetensorsTensor[] tensors = [.. OperationRecords.Tensors(graph)];
        using var file = new MemoryStream();
        Safetensors.Write(file, tensors, Metadata(Record(graph, tensors, origin: null, confidence), graph.Classes, origin: null));
        return file.ToArray();
    }

    /// <summary>Reads a file that is enough by itself.</summary>
    /// <param name="path">The file.</param>
    /// <returns>What it holds, or null where its metadata has no network: an older version or another program wrote it.</returns>
    /// <exception cref="DataException">The file is damaged, or what its metadata says does not fit its tensors.</exception>
    public static ModelContent? Read(string path) => Read(Safetensors.Read(path), path);

    /// <inheritdoc cref="Read(string)"/>
    /// <param name="file">What was read there.</param>
    /// <param name="path">The file.</param>
    internal static ModelContent? Read(SafetensorsFile file, string path)
    {
        if (!file.Metadata.TryGetValue(ModelRecord.Key, out string? json)) return null;
        try
        {
            ModelRecord record = ModelRecordReader.Read(json);
            if (record.Format != ModelRecord.CurrentFormat)
                throw new InvalidDataException(
                    $"its record is of form {record.Format}, and this version reads form {ModelRecord.CurrentFormat}");
            var origin = new ModelOrigin
            {
                PareVersion = record.Version,
                Recipe = record.Recipe,
                RecipeText = file.Metadata.GetValueOrDefault(RecipeKey),
                Seed = record.Seed,
                Data = record.Data,
                DataFingerprint = record.DataFingerprint,
                TestAccuracy = record.TestAccuracy is >= 0 and <= 1 ? record.TestAccuracy : null,
            };
            var confidence = new ConfidenceRule
            {
                Temperature = record.Temperature ?? 1,
                Threshold = record.SureThreshold,
                WishedAccuracy = record.SureAccuracy,
            };
            confidence.Validate();
            Preprocessing preprocessing = ToPreprocessing(record);
            string[]? classes = ReadClasses(file);
            if (record.Layers is null)
            {
                InferenceGraph lowered =
                    OperationRecords.ToGraph(record.Operations
                    ?? throw new InvalidDataException("it has no network"), preprocessing, classes, file);
                foreach (SafetensorsTensor tensor in file.Tensors.Values) CheckValues(tensor, path);
                return new ModelContent(lowered, null, origin) { Confidence = confidence };
            }

            Graph graph = LayerRecords.ToGraph(record.Layers);

            // Of the sizes that the file claims none is believed before there are as many values.
            foreach (Node node in graph.Nodes)
            {
                foreach (ParameterSpec spec in node.Parameters) Check(file[$"{node.Name}.{spec.Name}"], spec.Shape, path);
            }

            var network = new Network(graph, seed: 0);
            Normalization normalization = Load(path, network, file);
            if (!normalization.Mean.SequenceEqual(preprocessing.Mean)
                || !normalization.StandardDeviation.SequenceEqual(preprocessing.StandardDeviation))
                throw new InvalidDataException("its tensors and its record shift and scale pixels differently");
            return new ModelContent(Lowerer.Lower(network, preprocessing, classes), network, origin) { Confidence = confidence };
        }
        catch (Exception error) when (error is JsonException or InvalidDataException or ArgumentException or InvalidOperationException
            or RecipeException)
        {
            string what = error is JsonException ? "its record is not valid JSON" : error.Message.TrimEnd('.');
            throw new DataException($"The model cannot be used: {what}.", path, Remedy, error);
        }
    }

    /// <summary>Reads the values into a network of the same structure.</summary>
    /// <param name="path">The file.</param>
    /// <param name="network">Where the values go; it is not changed when the file does not fit.</param>
    /// <returns>What the images must be shifted and scaled by.</returns>
    /// <exception cref="DataException">
    /// The file is damaged, belongs to another network, or holds numbers that no trained network has.
    /// </exception>
    public static Normalization Load(string path, Network network) => Load(path, network, out _);

    /// <summary>Reads the values and the names of the classes.</summary>
    /// <param name="path">The file.</param>
    /// <param name="network">Where the values go; it is not changed when the file does not fit.</param>
    /// <param name="classes">The names of the classes in the order of the outputs; null for a file without them.</param>
    /// <returns>What the images must be shifted and scaled by.</returns>
    /// <exception cref="DataException">The file is damaged, or belongs to another network.</exception>
    public static Normalization Load(string path, Network network, out IReadOnlyList<string>? classes) =>
        Load(Safetensors.Read(path), path, network, out classes);

    /// <inheritdoc cref="Load(string, Network, out IReadOnlyList{string}?)"/>
    /// <param name="file">What was read there.</param>
    /// <param name="path">The file.</param>
    /// <param name="network">Where the values go.</param>
    /// <param name="classes">The names of the classes.</param>
    internal static Normalization Load(SafetensorsFile file, string path, Network network, out IReadOnlyList<string>? classes)
    {
        classes = ReadClasses(file);
        int outputs = network.Graph.Output.Shape.Channels;
        return classes is null || classes.Count == outputs
            ? Load(path, network, file)
            : throw new DataException($"The file names {classes.Count} classes, and the network tells {outputs} apart.", path,
                "Load the weights with the recipe that they were trained after.");
    }

    /// <summary>The recipe that a file carries, as YAML; null where it has none.</summary>
    internal static string? RecipeIn(SafetensorsFile file) => file.Metadata.GetValueOrDefault(RecipeKey);

    /// <summary>The names of the classes that a file carries; null where it has none.</summary>
    /// <exception cref="DataException">The file is damaged.</exception>
    internal static IReadOnlyList<string>? ReadClassNames(string path) => ReadClasses(Safetensors.Read(path));

    private static Normalization Load(string path, Network network, SafetensorsFile file)
    {
        foreach (Parameter parameter in network.Parameters) Check(file[parameter.Name], parameter.Spec.Shape, path);
        int channels = network.Graph.Input.Shape.Channels;
        Check(file[MeanName], [channels], path);
        Check(file[DeviationName], [channels], path);
        string[] known = [.. network.Parameters.Select(static parameter => parameter.Name), MeanName, DeviationName];
        if (file.Tensors.Values.Where(static tensor => !IsCounter(tensor)).Select(static tensor => tensor.Name).Except(known)
            .FirstOrDefault() is { } name)
            throw new DataException($"The file has a tensor '{name}' and the network has no such parameter.", path,
                "Load the weights with the recipe that they were trained after.");
        foreach (string tensor in known) CheckValues(file[tensor], path);
        foreach (Parameter parameter in network.Parameters) file[parameter.Name].Floats.CopyTo(network.Values(parameter));
        return new Normalization(file[MeanName].Floats, file[DeviationName].Floats);
    }

    // What Read would refuse is not written.
    private static void Write(string path, SafetensorsTensor[] tensors, Dictionary<string, string> metadata)
    {
        if (tensors.Select(Fault).FirstOrDefault(static fault => fault is not null) is { } fault)
            throw new RunException(fault, path,
                "Its training diverged: train again with a lower learning rate, or take other weights.");
        Safetensors.Write(path, tensors, metadata);
    }

    private static ModelRecord Record(ModelOrigin? origin, ConfidenceRule? confidence, float[] mean, float[] deviation) => new()
    {
        Format = ModelRecord.CurrentFormat,
        Version = LibraryVersion.Text,
        Recipe = origin?.Recipe,
        Seed = origin?.Seed,
        Data = origin?.Data,
        DataFingerprint = origin?.DataFingerprint,
        TestAccuracy = origin?.TestAccuracy,
        Temperature = confidence is { Temperature: not 1 } ? confidence.Temperature : null,
        SureThreshold = confidence?.Threshold,
        SureAccuracy = confidence?.WishedAccuracy,
        Preprocessing =
        new()
        {
            Colour = mean.Length == 1 ? ModelRecord.PreprocessingRecord.Luma
        : ModelRecord.PreprocessingRecord.Rgb,
            Mean = mean,
            StandardDeviation = deviation
        },
    };

    private static ModelRecord Record(InferenceGraph graph, SafetensorsTensor[] tensors, ModelOrigin? origin,
        ConfidenceRule? confidence) =>
        Record(origin, confidence, [.. graph.Preprocessing.Mean], [.. graph.Preprocessing.StandardDeviation]) with
        {
            Parameters = tensors.Sum(static tensor => tensor.Floats.LongLength),
            Operations = OperationRecords.Of(graph),
        };

    private static Dictionary<string, string> Metadata(ModelRecord record, IReadOnlyList<string>? classes, ModelOrigin? origin)
    {
        var metadata = new Dictionary<string,
            string>
        { [ModelRecord.Key] = JsonSerializer.Serialize(record, ModelJson.Default.ModelRecord) };
        if (classes is not null) metadata[ClassesKey] = JsonSerializer.Serialize([.. classes], ModelJson.Default.StringArray);
        if (origin?.RecipeText is { } recipe) metadata[RecipeKey] = recipe;
        return metadata;
    }

    private static Preprocessing ToPreprocessing(ModelRecord record)
    {
        ModelRecord.PreprocessingRecord given = record.Preprocessing;
        if (given
            is not
            {
                Orientation: ModelRecord.PreprocessingRecord.Exif, Resize: ModelRecord.PreprocessingRecord.Cover,
                Colour: ModelRecord.PreprocessingRecord.Luma or ModelRecord.PreprocessingRecord.Rgb
            })
            throw new InvalidDataException(
                $"its pictures are prepared in a way that this version does not know: {given?.Colour}, {given?.Orientation}, " +
                $"{given?.Resize}");
        return given.Mean is null || given.StandardDeviation is null
            ? throw new InvalidDataException("its record lacks the mean or the deviation of the pixels")
            : new Preprocessing(given.Mean, given.StandardDeviation);
    }

    private static string[]? ReadClasses(SafetensorsFile file)
    {
        if (!file.Metadata.TryGetValue(ClassesKey, out string? text)) return null;
        try
        {
            string[] classes = ModelRecordReader.ReadTexts(text);
            string? twice = classes.CountBy(static name => name, StringComparer.Ordinal).FirstOrDefault(static count => count.Value > 1)
                .Key;
            return twice is null ? classes : throw new JsonException($"`{twice}` is there twice.");
        }
        catch (JsonException error)
        {
            throw new DataException($"The file's names of classes are damaged: {error.Message}", file.Source, Safetensors.Remedy, error);
        }
    }

    // Batches that a norm of PyTorch has seen, in the state_dict of a module; only its momentum of None reads them.
    private static bool IsCounter(SafetensorsTensor tensor) =>
        tensor.Type == SafetensorsType.Int64 && tensor.Name.EndsWith(".num_batches_tracked", StringComparison.Ordinal);

    private static void CheckValues(SafetensorsTensor tensor, string path)
    {
        if (Fault(tensor) is { } fault)
            throw new DataException(fault, path,
                "Its training diverged, or the file is damaged: train again with a lower learning rate, or take other weights.");
    }

    // What is wrong with the values; null where nothing is.
    private static string? Fault(SafetensorsTensor tensor)
    {
        int place = Array.FindIndex(tensor.Floats, static value => !float.IsFinite(value));
        if (place >= 0) return Text($"is {tensor.Floats[place].ToString(CultureInfo.InvariantCulture)}, not a finite number");
        place = tensor.Name.EndsWith(".running_var", StringComparison.Ordinal) ? Array.FindIndex(tensor.Floats, static value => value < 0)
            : -1;
        if (place >= 0) return Text($"is {tensor.Floats[place].ToString(CultureInfo.InvariantCulture)}, and a variance is not negative");
        place = tensor.Name == DeviationName ? Array.FindIndex(tensor.Floats, static value => value <= 0) : -1;
        if (place >= 0) return Text($"is {tensor.Floats[place].ToString(CultureInfo.InvariantCulture)}, and pixels are divided by it");
        place = IsOf(FakeQuantize.Low) ? Array.FindIndex(tensor.Floats, static value => value > 0)
            : IsOf(FakeQuantize.High) ? Array.FindIndex(tensor.Floats, static value => value < 0) : -1;
        if (place >= 0) return Text($"is {tensor.Floats[place].ToString(CultureInfo.InvariantCulture)}, and a map's range holds 0");
        return null;

        bool IsOf(string parameter) => tensor.Name.EndsWith($".{parameter}", StringComparison.Ordinal);

        string Text(string what) => Invariant($"Value {place} of tensor '{tensor.Name}' {what}.");
    }

    private static void Check(SafetensorsTensor tensor, IReadOnlyList<int> shape, string path)
    {
        if (tensor.Type != SafetensorsType.Float32 || !tensor.Shape.SequenceEqual(shape))
            throw new DataException(
                $"Tensor '{tensor.Name}' is {tensor.Type} [{string.Join(", ", tensor.Shape)}], and the network needs Float32 " +
                $"[{string.Join(", ", shape)}].",
                path, "Load the weights with the recipe that they were trained after.");
    }
}
