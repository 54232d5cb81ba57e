using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Text;

namespace Pare.Runs;

/// <summary>
/// A file of scalars that TensorBoard shows while it grows. A record is an <c>Event</c> message of protocol buffers in TFRecord's
/// framing: length, masked CRC-32C of the length, message, masked CRC-32C of the message.
/// Formats: tensorflow/tensorflow, core/util/event.proto, core/framework/summary.proto, core/lib/io/record_writer.h.
/// </summary>
internal sealed class EventFile : IDisposable
{
    /// <summary>What the name begins with; TensorBoard looks for it.</summary>
    public const string Prefix = "events.out.tfevents.";

    // No record of ours comes near it.
    private const int MostBytes = 1 << 20;

    private const int WireVarint = 0, WireFixed64 = 1, WireBytes = 2, WireFixed32 = 5;

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
        int records = 0;
        while (records <= steps && file.SkipRecord()) records++;
        file._file.SetLength(file._file.Position);
        file.Steps = Math.Max(0, records - 1);
        if (records == 0) file.Begin(now);
        return file;
    }

    /// <summary>Adds one step's scalars; they are on the disk afterwards.</summary>
    /// <param name="now">The wall time.</param>
    /// <param name="step">The step, here the epoch.</param>
    /// <param name="scalars">Names, such as <c>train/loss</c>, and values.</param>
    /// <exception cref="IOException">The disk is full or gone.</exception>
    public void Append(DateTimeOffset now, long step, IEnumerable<(string Tag, float Value)> scalars)
    {
        using var summary = new MemoryStream();
        foreach ((string tag, float scalar) in scalars)
        {
            using var value = new MemoryStream();
            WriteBytes(value, 1, Encoding.UTF8.GetBytes(tag));
            WriteSingle(value, 2, scalar);
            WriteBytes(summary, 1, value.ToArray());
        }

        using var message = new MemoryStream();
        WriteDouble(message, 1, Seconds(now));
        WriteVarint(message, (2 << 3) | WireVarint);
        WriteVarint(message, (ulong)step);
        WriteBytes(message, 5, summary.ToArray());
        WriteRecord(message.ToArray());
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
        WriteBytes(message, 3, "brain.Event:2"u8);
        WriteRecord(message.ToArray());
    }

    // Goes to the end of a sound record, or stays where it is.
    private bool SkipRecord()
    {
        long start = _file.Position;
        Span<byte> head = stackalloc byte[sizeof(ulong) + sizeof(uint)];
        if (_file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false) == head.Length
            && BinaryPrimitives.ReadUInt32LittleEndian(head[8..]) == MaskedCrc(head[..8])
            && BinaryPrimitives.ReadUInt64LittleEndian(head) is ulong length && length <= MostBytes)
        {
            var rest = new byte[length + sizeof(uint)];
            if (_file.ReadAtLeast(rest, rest.Length, throwOnEndOfStream: false) == rest.Length
                && BinaryPrimitives.ReadUInt32LittleEndian(rest.AsSpan((int)length)) == MaskedCrc(rest.AsSpan(0, (int)length))) return true;
        }

        _file.Position = start;
        return false;
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
