using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using Pare.Data;

namespace Pare.Export;

/// <summary>
/// Reads and writes safetensors files: an 8-byte little-endian header length, a JSON header with name, type, shape and byte
/// range of every tensor, then their values. Format: huggingface/safetensors, README.
/// </summary>
public static class Safetensors
{
    /// <summary>The largest header that is read or written, in bytes, as in the format's own library.</summary>
    public const int MaxHeaderBytes = 100_000_000;

    /// <summary>The most tensors that a file may have; the largest networks have some thousand.</summary>
    public const int MaxTensors = 100_000;

    // No page reads the header: quotation marks in a text take one character more, not five.
    private static readonly JsonWriterOptions s_plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    internal const string MetadataKey = "__metadata__";
    internal const string Remedy = "The file is damaged or not a safetensors file; write or download it again.";

    /// <summary>Reads a file.</summary>
    /// <exception cref="DataException">The file cannot be opened, or its content is not sound.</exception>
    public static SafetensorsFile Read(string path)
    {
        try
        {
            using FileStream stream = RegularFile.Open(path);
            return Read(stream, path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new DataException($"The file cannot be read: {exception.Message}", path, "Check the path and its permissions.",
                exception);
        }
    }

    /// <summary>Whether a file has a sound header, and all the bytes that the header tells of; what they say is not looked at.</summary>
    internal static bool IsWhole(string path)
    {
        try
        {
            using FileStream stream = RegularFile.Open(path);
            ReadHeader(stream, path);
            return true;
        }
        catch (Exception error) when (error is DataException or IOException or UnauthorizedAccessException or NotSupportedException)
        {
            return false;
        }
    }

    /// <summary>Reads from the present position of a stream up to its end.</summary>
    /// <param name="stream">The content; it is left open.</param>
    /// <param name="source">What to call it in messages.</param>
    /// <exception cref="DataException">The content is not sound.</exception>
    public static SafetensorsFile Read(Stream stream, string source)
    {
        if (!stream.CanSeek)
        {
            // The length must be known before arrays of the sizes that the header claims are made.
            using var copy = new MemoryStream();
            stream.CopyTo(copy);
            copy.Position = 0;
            return Read(copy, source);
        }

        SafetensorsHeader header = ReadHeader(stream, source);
        var tensors = new List<SafetensorsTensor>(header.Entries.Count);
        foreach (SafetensorsHeader.Entry entry in header.Entries) tensors.Add(ReadTensor(stream, entry));
        return new SafetensorsFile(source, tensors, header.Metadata);
    }

    /// <summary>
    /// Writes a file whole or not at all; a file that was there is replaced. The same content gives the same bytes,
    /// whatever the order in which it is handed over: names are in ordinal order.
    /// </summary>
    /// <param name="path">The file; its folder must exist.</param>
    /// <param name="tensors">Tensors of different names.</param>
    /// <param name="metadata">Free texts, kept under <c>__metadata__</c>.</param>
    /// <exception cref="ArgumentException">
    /// Two tensors share a name, a text is not valid Unicode, or the file would exceed <see cref="MaxHeaderBytes"/> or
    /// <see cref="MaxTensors"/>.
    /// </exception>
    /// <exception cref="RunException">The file cannot be written.</exception>
    public static void Write(string path, IEnumerable<SafetensorsTensor> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        try
        {
            WholeFile.Write(path, stream => Write(stream, tensors, metadata));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new RunException($"The weights cannot be written: {exception.Message}", path,
                "Name a file in a folder that is there, may be written and has room.", exception);
        }
    }

    /// <summary>Writes to a stream, which is left open.</summary>
    /// <param name="stream">Where the bytes go.</param>
    /// <param name="tensors">Tensors of different names.</param>
    /// <param name="metadata">Free texts, kept under <c>__metadata__</c>.</param>
    /// <exception cref="ArgumentException">
    /// Two tensors share a name, a text is not valid Unicode, or the file would exceed <see cref="MaxHeaderBytes"/> or
    /// <see cref="MaxTensors"/>.
    /// </exception>
    public static void Write(Stream stream, IEnumerable<SafetensorsTensor> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        SafetensorsTensor[] sorted = [.. tensors.OrderBy(static tensor => tensor.Name, StringComparer.Ordinal)];
        for (int i = 1; i < sorted.Length; i++)
        {
            if (sorted[i].Name == sorted[i - 1].Name)
                throw new ArgumentException($"Two tensors are named '{sorted[i].Name}'.", nameof(tensors));
        }

        if (sorted.Select(static tensor => tensor.Name).Concat(metadata?.SelectMany(static pair => new[] { pair.Key, pair.Value }) ?? [])
            .FirstOrDefault(static text => !UnicodeText.IsValid(text)) is { } text)
            throw new ArgumentException($"A text is not valid Unicode: {text}", nameof(tensors));
        if (sorted.Length > MaxTensors)
            throw new ArgumentException($"There are {sorted.Length} tensors, more than {MaxTensors}.", nameof(tensors));
        byte[] header = Header(sorted, metadata);
        if (header.Length > MaxHeaderBytes)
            throw new ArgumentException($"The header would have {header.Length} bytes, more than {MaxHeaderBytes}.", nameof(tensors));
        Span<byte> prefix = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(prefix, (ulong)header.Length);
        stream.Write(prefix);
        stream.Write(header);
        foreach (SafetensorsTensor tensor in sorted) stream.Write(Bytes(tensor));
    }

    private static SafetensorsHeader ReadHeader(Stream stream, string source)
    {
        long length = stream.Length - stream.Position;
        if (length < sizeof(ulong)) throw new DataException($"The file has {length} bytes; the header alone needs more.", source, Remedy);
        Span<byte> prefix = stackalloc byte[sizeof(ulong)];
        stream.ReadExactly(prefix);
        ulong headerLength = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        long rest = length - prefix.Length;
        if (headerLength > MaxHeaderBytes && headerLength > (ulong)rest)
            throw new DataException("This is not a safetensors file.", source,
                "Name a model's file, or the folder of a run; a recipe has to be trained first.");
        if (headerLength > MaxHeaderBytes || (long)headerLength > rest)
            throw new DataException($"The header claims {headerLength} bytes; {Math.Min(rest, MaxHeaderBytes)} are possible.", source,
                Remedy);

        var json = new byte[headerLength];
        stream.ReadExactly(json);
        return SafetensorsHeader.Parse(json, rest - json.Length, source);
    }

    private static SafetensorsTensor ReadTensor(Stream stream, SafetensorsHeader.Entry entry)
    {
        int count = (int)((entry.End - entry.Begin) / entry.ElementSize);
        SafetensorsTensor tensor = entry.Type == SafetensorsType.Float32
            ? new SafetensorsTensor(entry.Name, entry.Shape, new float[count])
            : new SafetensorsTensor(entry.Name, entry.Shape, new long[count]);
        stream.ReadExactly(Bytes(tensor));
        return tensor;
    }

    // All processors that Pare's vector code runs on store the low byte first, as the format does.
    internal static Span<byte> Bytes(SafetensorsTensor tensor) => tensor.Type == SafetensorsType.Float32
        ? MemoryMarshal.AsBytes(tensor.Floats.AsSpan())
        : MemoryMarshal.AsBytes(tensor.Integers.AsSpan());

    private static byte[] Header(SafetensorsTensor[] tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, s_plain))
        {
            json.WriteStartObject();
            if (metadata is { Count: > 0 })
            {
                json.WriteStartObject(MetadataKey);
                foreach ((string key, string text) in metadata.OrderBy(static pair => pair.Key, StringComparer.Ordinal))
                    json.WriteString(key, text);
                json.WriteEndObject();
            }

            long offset = 0;
            foreach (SafetensorsTensor tensor in tensors)
            {
                json.WriteStartObject(tensor.Name);
                json.WriteString("dtype", tensor.Type == SafetensorsType.Float32 ? "F32" : "I64");
                json.WriteStartArray("shape");
                foreach (int side in tensor.Shape) json.WriteNumberValue(side);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(offset);
                json.WriteNumberValue(offset += Bytes(tensor).Length);
                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        // Spaces up to a multiple of 8 keep the values aligned.
        while (buffer.Length % 8 != 0) buffer.WriteByte((byte)' ');
        return buffer.ToArray();
    }
}
