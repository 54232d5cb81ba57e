using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Pare.Export;
using Pare.Training;

namespace Pare.Runs;

/// <summary>
/// The state of a training with what it belongs to, as it stands in a file: a safetensors file with the state's arrays, and a record of all
/// else in its metadata beside a checksum over both.
/// </summary>
/// <param name="State">The state.</param>
/// <param name="Origin">What it belongs to.</param>
internal sealed record Checkpoint(TrainingState State, CheckpointOrigin Origin)
{
    /// <summary>The key of the checksum in the metadata.</summary>
    public const string ChecksumKey = "sha256";

    private const string StateKey = "pare.state", OriginKey = "pare.checkpoint";
    private const long LeastBytes = 64 << 20;

    /// <summary>Writes to a stream.</summary>
    public void Write(Stream stream)
    {
        SafetensorsTensor[] tensors =
            [.. State.Arrays.Select(static array => new SafetensorsTensor(array.Key, [array.Value.Length], array.Value))];
        var metadata = new Dictionary<string, string>
        {
            [StateKey] = JsonSerializer.Serialize(State with { Arrays = new Dictionary<string, float[]>() },
                CheckpointJson.Default.TrainingState),
            [OriginKey] = JsonSerializer.Serialize(Origin, CheckpointJson.Default.CheckpointOrigin),
        };
        metadata[ChecksumKey] = Checksum(metadata, tensors);
        Safetensors.Write(stream, tensors, metadata);
    }

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="parameters">Values of the network that it is for: they bound what is read.</param>
    /// <exception cref="DataException">
    /// It is no checkpoint, damaged or of a later version; the message says which in one sentence.
    /// </exception>
    public static Checkpoint Read(string path, long parameters)
    {
        try
        {
            // Weights, their average, what optimizer and techniques keep: never a hundred times what the network has.
            using FileStream file = RunRecords.Open(path, LeastBytes + (100 * sizeof(float) * parameters));
            SafetensorsFile content = Safetensors.Read(file, path);
            if (!content.Metadata.TryGetValue(ChecksumKey, out string? checksum) || !content.Metadata.ContainsKey(StateKey)
                || !content.Metadata.TryGetValue(OriginKey, out string? origin))
                throw new FormatException("it is not a checkpoint.");
            if (Checksum(content.Metadata, [.. content.Tensors.Values]) != checksum)
                throw new FormatException("its checksum does not fit its content.");
            return new Checkpoint(ReadState(content), Deserialize(origin, CheckpointJson.Default.CheckpointOrigin).Checked());
        }
        catch (Exception error) when (error is DataException or FormatException or IOException or UnauthorizedAccessException
            or InvalidOperationException)
        {
            throw new DataException($"The checkpoint cannot be used: {error.Message.TrimEnd('.')}.", path,
                "Move it away: the training then resumes from the checkpoint before it, or begins again.", error);
        }
    }

    private static TrainingState ReadState(SafetensorsFile content)
    {
        TrainingState state = Deserialize(content.Metadata[StateKey], CheckpointJson.Default.TrainingState);
        if (state.Version is < 1 or > TrainingState.CurrentVersion)
            throw new FormatException(
                Invariant($"it is of version {state.Version}, and this version of Pare reads up to {TrainingState.CurrentVersion}."));
        bool isSound = state is { Graph: not null, Metrics: not null, Restarts: not null, Counters: not null }
            && state.Metrics.Index().All(static row => row.Item?.Epoch == row.Index + 1)
            && state.Restarts.All(static restart => restart is not null)
            && double.IsFinite(state.LossSum + state.AccuracySum) && state.Seconds >= 0 && state.StepSeconds >= 0
            && state.EpochSeconds >= 0 && state.EpochWaitedSeconds >= 0
            && double.IsFinite(state.Seconds + state.StepSeconds + state.EpochSeconds + state.EpochWaitedSeconds);
        if (!isSound) throw new FormatException("its record is damaged.");
        var arrays = new Dictionary<string, float[]>();
        foreach (SafetensorsTensor tensor in content.Tensors.Values)
        {
            if (tensor.Type != SafetensorsType.Float32 || tensor.Shape.Count != 1)
                throw new FormatException($"'{tensor.Name}' is not a list of numbers.");
            if (Array.Exists(tensor.Floats, static value => !float.IsFinite(value)))
                throw new FormatException($"'{tensor.Name}' holds numbers that are not finite.");
            arrays.Add(tensor.Name, tensor.Floats);
        }

        return state with { Arrays = arrays };
    }

    private static T Deserialize<T>(string text, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(text, type) ?? throw new FormatException("its record is empty.");
        }
        catch (Exception error) when (error is JsonException or NotSupportedException or ArgumentException or OverflowException)
        {
            throw new FormatException($"its record is damaged: {error.Message}", error);
        }
    }

    /// <summary>The checksum over every text but itself and every value, each with its name and length.</summary>
    public static string Checksum(IReadOnlyDictionary<string, string> metadata, IReadOnlyList<SafetensorsTensor> tensors)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach ((string key, string text) in metadata.OrderBy(static pair => pair.Key, StringComparer.Ordinal))
        {
            if (key == ChecksumKey) continue;
            Add(key, text.Length);
            hash.AppendData(Encoding.UTF8.GetBytes(text));
        }

        foreach (SafetensorsTensor tensor in tensors.OrderBy(static tensor => tensor.Name, StringComparer.Ordinal))
        {
            ReadOnlySpan<byte> values = tensor.Type == SafetensorsType.Float32 ? MemoryMarshal.AsBytes(tensor.Floats.AsSpan())
                : MemoryMarshal.AsBytes(tensor.Integers.AsSpan());
            Add(tensor.Name, values.Length);
            hash.AppendData(values);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());

        void Add(string name, int length) =>
            hash.AppendData(Encoding.UTF8.GetBytes(Invariant($"{name}\n{length}\n")));
    }
}
