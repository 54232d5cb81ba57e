using System.Buffers.Binary;
using System.Numerics;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace Pare.Runs.TensorBoard;

/// <summary>
/// A file of scalars and settings that TensorBoard shows while it grows. A record is an <c>Event</c> message of protocol buffers in
/// TFRecord's framing: length, masked CRC-32C of the length, message, masked CRC-32C of the message. The settings stand in the metadata of
/// a value that means nothing, where the plugin of its HPARAMS page looks for them.
/// Formats: <c>event.proto</c> beside this file; tensorflow/tensorflow, core/lib/io/record_writer.h; tensorflow/tensorboard,
/// plugins/hparams/metadata.py.
/// </summary>
internal sealed class EventFile : IDisposable
{
    /// <summary>What the name begins with; TensorBoard looks for it.</summary>
    public const string Prefix = "events.out.tfevents.";

    // No record of ours comes near it.
    private const int MostBytes = 1 << 20;

    // Our records tell their kind by the field that comes behind the time.
    private const int KindAt = 1 + sizeof(double);

    // The plugin's tags, its number for a success, and TensorFlow's for floats and for data that is a tensor.
    private const string Started = "_hparams_/session_start_info", Ended = "_hparams_/session_end_info";
    private const int Success = 1, Floats = 1, TensorClass = 2;

    private readonly FileStream _file;

    /// <summary>Creates the file and writes its first record.</summary>
    /// <param name="folder">Where; the name holds the time.</param>
    /// <param name="now">The wall time.</param>
    /// <exception cref="IOException">The file exists or cannot be written.</exception>
    public EventFile(string folder, DateTimeOffset now)
    {
        string path = Path.Combine(folder, Invariant($"{Prefix}{now.ToUnixTimeSeconds():D10}.pare"));
        _file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read);
        Begin(now);
    }

    private EventFile(FileStream file) => _file = file;

    /// <summary>Steps that the file has.</summary>
    public int Steps { get; private set; }

    /// <summary>Whether the file has the settings.</summary>
    public bool HasSettings { get; private set; }

    /// <summary>
    /// Opens a folder's file again, cut back to a number of steps; what is damaged goes, too, and where there is none it is made.
    /// </summary>
    /// <param name="folder">Where.</param>
    /// <param name="steps">Steps that are to stay at most.</param>
    /// <param name="now">The wall time.</param>
    /// <exception cref="IOException">The file cannot be read or written.</exception>
    public static EventFile Reopen(string folder, int steps, DateTimeOffset now)
    {
        if (Directory.EnumerateFiles(folder, Prefix + "*").Order(StringComparer.Ordinal).FirstOrDefault() is not { } path)
            return new EventFile(folder, now);
        var file = new EventFile(new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.Read));
        bool isBegun = false;
        long end = 0;
        while (file.ReadKind() is int kind
            && (isBegun ? kind is Event.StepFieldNumber or Event.SummaryFieldNumber : kind == Event.FileVersionFieldNumber))
        {
            if (kind == Event.StepFieldNumber && file.Steps == steps) break;
            if (kind == Event.StepFieldNumber) file.Steps++;
            if (kind == Event.SummaryFieldNumber) file.HasSettings = true;
            isBegun = true;
            end = file._file.Position;
        }

        file._file.SetLength(end);
        file._file.Position = end;
        if (!isBegun) file.Begin(now);
        return file;
    }

    /// <summary>Adds the settings, unless the file has them; they outlive the process then.</summary>
    /// <param name="now">The wall time.</param>
    /// <param name="settings">Names, and values that are a number, true or false, or a text.</param>
    /// <exception cref="IOException">The disk is full or gone.</exception>
    public void WriteSettings(DateTimeOffset now, IReadOnlyList<(string Key, object Value)> settings)
    {
        if (HasSettings) return;
        var session = new SessionStart { StartTimeSecs = Seconds(now) };
        foreach ((string key, object value) in settings)
        {
            session.Hparams[key] = value switch
            {
                double number => Value.ForNumber(number),
                bool flag => Value.ForBool(flag),
                _ => Value.ForString((string)value),
            };
        }

        Write(new Event
        {
            WallTime = Seconds(now),
            Summary = new Summary { Value = { PluginValue(Started, new SettingsData { Start = session }) } },
        });
        HasSettings = true;
    }

    /// <summary>Adds what the whole came to, and that it has come to its end.</summary>
    /// <param name="now">The wall time.</param>
    /// <param name="step">The last step.</param>
    /// <param name="scalars">Names and values.</param>
    /// <exception cref="IOException">The disk is full or gone.</exception>
    public void End(DateTimeOffset now, long step, IEnumerable<(string Tag, float Value)> scalars)
    {
        Summary summary = Scalars(scalars);
        summary.Value.Add(PluginValue(Ended,
            new SettingsData { End = new SessionEnd { Status = Success, EndTimeSecs = Seconds(now) } }));
        WriteStep(now, step, summary);
    }

    /// <summary>Adds one step's scalars; they outlive the process then.</summary>
    /// <param name="now">The wall time.</param>
    /// <param name="step">The step, here the epoch.</param>
    /// <param name="scalars">Names, such as <c>train/loss</c>, and values.</param>
    /// <exception cref="IOException">The disk is full or gone.</exception>
    public void Append(DateTimeOffset now, long step, IEnumerable<(string Tag, float Value)> scalars)
    {
        WriteStep(now, step, Scalars(scalars));
        Steps++;
    }

    /// <summary>Brings all records to the disk.</summary>
    /// <exception cref="IOException">The disk did not take them.</exception>
    public void Flush() => Disk.Flush(_file);

    /// <summary>Closes the file.</summary>
    public void Dispose() => _file.Dispose();

    private void Begin(DateTimeOffset now) => Write(new Event { WallTime = Seconds(now), FileVersion = "brain.Event:2" });

    private void WriteStep(DateTimeOffset now, long step, Summary summary) =>
        Write(new Event { WallTime = Seconds(now), Step = step, Summary = summary });

    private static Summary Scalars(IEnumerable<(string Tag, float Value)> scalars) => new()
    {
        Value = { scalars.Select(static scalar => new Summary.Types.Value { Tag = scalar.Tag, SimpleValue = scalar.Value }) },
    };

    // A value that carries a message of the plugin: a tensor of one zero, and the message in its metadata.
    private static Summary.Types.Value PluginValue(string tag, SettingsData content) => new()
    {
        Tag = tag,
        Tensor = new Summary.Types.Tensor
        {
            Dtype = Floats,
            Shape = new Summary.Types.Extent { Dim = { new Summary.Types.Side { Size = 1 } } },
            FloatVal = { 0 },
        },
        Metadata = new Summary.Types.Metadata
        {
            PluginData = new Summary.Types.Plugin { PluginName = "hparams", Content = content.ToByteString() },
            DataClass = TensorClass,
        },
    };

    // The kind of a sound record, which it goes to the end of; null where there is none, or none of ours.
    private int? ReadKind()
    {
        Span<byte> head = stackalloc byte[sizeof(ulong) + sizeof(uint)];
        if (_file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false) == head.Length
            && BinaryPrimitives.ReadUInt32LittleEndian(head[8..]) == MaskedCrc(head[..8])
            && BinaryPrimitives.ReadUInt64LittleEndian(head) is ulong length && length <= MostBytes)
        {
            var rest = new byte[length + sizeof(uint)];
            if (_file.ReadAtLeast(rest, rest.Length, throwOnEndOfStream: false) == rest.Length && length > KindAt
                && BinaryPrimitives.ReadUInt32LittleEndian(rest.AsSpan((int)length)) == MaskedCrc(rest.AsSpan(0, (int)length)))
                return rest[KindAt] >> 3;
        }

        return null;
    }

    private void Write(Event one)
    {
        byte[] message = one.ToByteArray();
        var record = new byte[sizeof(ulong) + sizeof(uint) + message.Length + sizeof(uint)];
        BinaryPrimitives.WriteUInt64LittleEndian(record, (ulong)message.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(8), MaskedCrc(record.AsSpan(0, 8)));
        message.CopyTo(record, 12);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(12 + message.Length), MaskedCrc(message));
        _file.Write(record);
        _file.Flush();
    }

    // Masked, because a CRC over data that contain CRCs is weak.
    private static uint MaskedCrc(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in bytes) crc = BitOperations.Crc32C(crc, value);
        return BitOperations.RotateRight(~crc, 15) + 0xA282EAD8;
    }

    private static double Seconds(DateTimeOffset time) => time.ToUnixTimeMilliseconds() / 1e3;
}
