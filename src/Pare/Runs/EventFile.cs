using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Text;

namespace Pare.Runs;

/// <summary>
/// A file of scalars and settings that TensorBoard shows while it grows. A record is an <c>Event</c> message of protocol buffers in
/// TFRecord's framing: length, masked CRC-32C of the length, message, masked CRC-32C of the message. The settings stand in the metadata of
/// a value that means nothing, where the plugin of its HPARAMS page looks for them.
/// Formats: tensorflow/tensorflow, core/util/event.proto, core/framework/summary.proto, core/lib/io/record_writer.h;
/// tensorflow/tensorboard, plugins/hparams/plugin_data.proto, api.proto and metadata.py.
/// </summary>
internal sealed class EventFile : IDisposable
{
    /// <summary>What the name begins with; TensorBoard looks for it.</summary>
    public const string Prefix = "events.out.tfevents.";

    // No record of ours comes near it.
    private const int MostBytes = 1 << 20;

    private const int WireVarint = 0, WireFixed64 = 1, WireBytes = 2, WireFixed32 = 5;

    // The fields of an event, which our records tell their kind by: the first one behind the time.
    private const int Step = 2, FileVersion = 3, Summary = 5, KindAt = 1 + sizeof(double);

    // The plugin's tags, its numbers for the start and the end of a session, for a success, and for data that is a tensor.
    private const string Started = "_hparams_/session_start_info", Ended = "_hparams_/session_end_info";
    private const int StartInfo = 3, EndInfo = 4, Success = 1, TensorClass = 2;

    private readonly FileStream _file;

    /// <summary>Creates the file and writes its first record.</summary>
    /// <param name="folder">Where; the name holds the time.</param>
    /// <param name="now">The wall time.</param>
    /// <exception cref="IOException">The file exists or cannot be written.</exception>
    public EventFile(string folder, DateTimeOffset now)
    {
        string path = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{Prefix}{now.ToUnixTimeSeconds():D10}.pare"));
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
        while (file.ReadKind() is int kind && (isBegun ? kind is Step or Summary : kind == FileVersion))
        {
            if (kind == Step && file.Steps == steps) break;
            if (kind == Step) file.Steps++;
            if (kind == Summary) file.HasSettings = true;
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
        using var session = new MemoryStream();
        foreach ((string key, object value) in settings)
        {
            using var entry = new MemoryStream();
            WriteBytes(entry, 1, Encoding.UTF8.GetBytes(key));
            WriteBytes(entry, 2, Value(value));
            WriteBytes(session, 1, entry.ToArray());
        }

        WriteDouble(session, 5, Seconds(now));
        using var message = new MemoryStream();
        WriteDouble(message, 1, Seconds(now));
        WriteBytes(message, Summary, PluginValue(Started, StartInfo, session.ToArray()));
        WriteRecord(message.ToArray());
        HasSettings = true;
    }

    /// <summary>Adds what the whole came to, and that it has come to its end.</summary>
    /// <param name="now">The wall time.</param>
    /// <param name="step">The last step.</param>
    /// <param name="scalars">Names and values.</param>
    /// <exception cref="IOException">The disk is full or gone.</exception>
    public void End(DateTimeOffset now, long step, IEnumerable<(string Tag, float Value)> scalars)
    {
        using var session = new MemoryStream();
        WriteVarint(session, (1 << 3) | WireVarint);
        WriteVarint(session, Success);
        WriteDouble(session, 2, Seconds(now));
        WriteStep(now, step, [.. Scalars(scalars), .. PluginValue(Ended, EndInfo, session.ToArray())]);
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

    private void Begin(DateTimeOffset now)
    {
        using var message = new MemoryStream();
        WriteDouble(message, 1, Seconds(now));
        WriteBytes(message, FileVersion, "brain.Event:2"u8);
        WriteRecord(message.ToArray());
    }

    private void WriteStep(DateTimeOffset now, long step, byte[] summary)
    {
        using var message = new MemoryStream();
        WriteDouble(message, 1, Seconds(now));
        WriteVarint(message, (Step << 3) | WireVarint);
        WriteVarint(message, (ulong)step);
        WriteBytes(message, Summary, summary);
        WriteRecord(message.ToArray());
    }

    // The values of a summary.
    private static byte[] Scalars(IEnumerable<(string Tag, float Value)> scalars)
    {
        using var summary = new MemoryStream();
        foreach ((string tag, float scalar) in scalars)
        {
            using var value = new MemoryStream();
            WriteBytes(value, 1, Encoding.UTF8.GetBytes(tag));
            WriteSingle(value, 2, scalar);
            WriteBytes(summary, 1, value.ToArray());
        }

        return summary.ToArray();
    }

    // A value of a summary that carries a message of the plugin: a tensor of one zero, and the message in its metadata.
    private static byte[] PluginValue(string tag, int field, byte[] content)
    {
        using MemoryStream plugin = new(), data = new(), metadata = new(), size = new(), shape = new(), tensor = new(), value = new(),
            summary = new();
        WriteBytes(data, field, content);
        WriteBytes(plugin, 1, "hparams"u8);
        WriteBytes(plugin, 2, data.ToArray());
        WriteBytes(metadata, 1, plugin.ToArray());
        WriteVarint(metadata, (4 << 3) | WireVarint);
        WriteVarint(metadata, TensorClass);
        WriteVarint(size, (1 << 3) | WireVarint);
        WriteVarint(size, 1);
        WriteBytes(shape, 2, size.ToArray());
        WriteVarint(tensor, (1 << 3) | WireVarint);
        WriteVarint(tensor, 1);
        WriteBytes(tensor, 2, shape.ToArray());
        WriteBytes(tensor, 5, new byte[sizeof(float)]);
        WriteBytes(value, 1, Encoding.UTF8.GetBytes(tag));
        WriteBytes(value, 8, tensor.ToArray());
        WriteBytes(value, 9, metadata.ToArray());
        WriteBytes(summary, 1, value.ToArray());
        return summary.ToArray();
    }

    // A google.protobuf.Value.
    private static byte[] Value(object value)
    {
        using var message = new MemoryStream();
        if (value is double number)
        {
            WriteDouble(message, 2, number);
        }
        else if (value is bool flag)
        {
            WriteVarint(message, (4 << 3) | WireVarint);
            WriteVarint(message, flag ? 1ul : 0);
        }
        else
        {
            WriteBytes(message, 3, Encoding.UTF8.GetBytes((string)value));
        }

        return message.ToArray();
    }

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

    private void WriteRecord(byte[] message)
    {
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

    private static void WriteDouble(Stream stream, int field, double value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(double)];
        BinaryPrimitives.WriteDoubleLittleEndian(bytes, value);
        WriteVarint(stream, ((ulong)field << 3) | WireFixed64);
        stream.Write(bytes);
    }

    private static void WriteSingle(Stream stream, int field, float value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(float)];
        BinaryPrimitives.WriteSingleLittleEndian(bytes, value);
        WriteVarint(stream, ((ulong)field << 3) | WireFixed32);
        stream.Write(bytes);
    }

    private static void WriteBytes(Stream stream, int field, ReadOnlySpan<byte> bytes)
    {
        WriteVarint(stream, ((ulong)field << 3) | WireBytes);
        WriteVarint(stream, (ulong)bytes.Length);
        stream.Write(bytes);
    }

    private static void WriteVarint(Stream stream, ulong value)
    {
        for (; value >= 0x80; value >>= 7) stream.WriteByte((byte)(value | 0x80));
        stream.WriteByte((byte)value);
    }
}
