using System.Buffers.Binary;
using Pare.Data;

namespace Pare.Export.Onnx;

/// <summary>A constant: an initializer, or what was computed from shapes and other constants.</summary>
/// <param name="Name">Its name, unique among the file's tensors.</param>
/// <param name="Dims">Its sides; none for a single value.</param>
/// <param name="Values">Row-major. Whole numbers up to 2^53 are exact.</param>
/// <param name="Type">Its type, one of <see cref="OnnxTypes"/>.</param>
internal sealed record OnnxTensor(string Name, int[] Dims, double[] Values, int Type)
{
    /// <summary>The most values of one tensor, and of all constants of a file together.</summary>
    public const int MostValues = 1 << 27;

    /// <summary>Whether it holds 8-bit integers or truth values, whose arithmetic is not that of whole numbers.</summary>
    public bool IsByte => Type is OnnxTypes.Int8 or OnnxTypes.UInt8 or OnnxTypes.Bool;

    /// <summary>Whether its type is one of whole numbers, whose division rounds towards 0.</summary>
    public bool IsWhole => IsByte || Type is OnnxTypes.Int32 or OnnxTypes.Int64;

    public int Count => Values.Length;

    /// <summary>The values as whole numbers; those beyond the range of int, which only mean "to the end", are brought into it.</summary>
    public long[] Whole() => [.. Values.Select(static value => (long)Math.Clamp(value, int.MinValue, int.MaxValue))];

    /// <summary>Decodes an initializer.</summary>
    /// <param name="tensor">The message.</param>
    /// <param name="path">The model's file.</param>
    /// <exception cref="DataException">Its type, its size or the place of its data is refused.</exception>
    public static OnnxTensor Of(TensorProto tensor, string path)
    {
        long count = 1;
        foreach (long side in tensor.Dims)
        {
            if (side is < 0 or > MostValues || (count *= side) > MostValues)
                throw Refused($"claims the shape [{string.Join(", ", tensor.Dims)}], which is out of range");
        }

        int size = tensor.DataType switch
        {
            OnnxTypes.Float or OnnxTypes.Int32 => 4,
            OnnxTypes.Double or OnnxTypes.Int64 => 8,
            OnnxTypes.Float16 => 2,
            OnnxTypes.Int8 or OnnxTypes.UInt8 or OnnxTypes.Bool => 1,
            _ => throw Refused($"is of type {tensor.DataType}, and Pare reads float, double, float16, int8, uint8, int32, int64 and bool"),
        };
        ReadOnlySpan<byte> raw = tensor.DataLocation == 0 ? tensor.RawData.Span : External();
        bool isRaw = tensor.DataLocation != 0 || !tensor.RawData.IsEmpty;
        double[] values = (tensor.DataType, isRaw) switch
        {
            (OnnxTypes.Float, true) => Raw(raw, static bytes => BinaryPrimitives.ReadSingleLittleEndian(bytes)),
            (OnnxTypes.Float, false) => [.. tensor.FloatData.Select(static value => (double)value)],
            (OnnxTypes.Double, true) => Raw(raw, static bytes => BinaryPrimitives.ReadDoubleLittleEndian(bytes)),
            (OnnxTypes.Double, false) => [.. tensor.DoubleData],
            (OnnxTypes.Float16, true) => Raw(raw, static bytes => (double)BinaryPrimitives.ReadHalfLittleEndian(bytes)),
            (OnnxTypes.Float16, false) => [.. tensor.Int32Data.Select(static bits => (double)BitConverter.UInt16BitsToHalf((ushort)bits))],
            (OnnxTypes.Int64, true) => Raw(raw, static bytes => BinaryPrimitives.ReadInt64LittleEndian(bytes)),
            (OnnxTypes.Int64, false) => [.. tensor.Int64Data.Select(static value => (double)value)],
            (OnnxTypes.Int8, true) => Raw(raw, static bytes => (sbyte)bytes[0]),
            (OnnxTypes.UInt8 or OnnxTypes.Bool, true) => Raw(raw, static bytes => bytes[0]),
            (OnnxTypes.Int32, true) => Raw(raw, static bytes => BinaryPrimitives.ReadInt32LittleEndian(bytes)),
            _ => [.. tensor.Int32Data.Select(static value => (double)value)],
        };
        if (values.Length != count) throw Refused($"has {values.Length} values for the shape [{string.Join(", ", tensor.Dims)}]");
        if (!values.All(double.IsFinite)) throw Refused("holds a value that is not a finite number");
        if ((tensor.DataType == OnnxTypes.Int8 && !values.All(static value => value is >= sbyte.MinValue and <= sbyte.MaxValue))
            || (tensor.DataType == OnnxTypes.UInt8 && !values.All(static value => value is >= byte.MinValue and <= byte.MaxValue)))
            throw Refused("holds a value that 8 bits do not hold");
        return new OnnxTensor(tensor.Name, [.. tensor.Dims.Select(static side => (int)side)], values, tensor.DataType);

        double[] Raw(ReadOnlySpan<byte> bytes, Decode decode)
        {
            if (bytes.Length != count * size) throw Refused($"has {bytes.Length} bytes for the shape [{string.Join(", ", tensor.Dims)}]");
            var decoded = new double[count];
            for (int i = 0; i < decoded.Length; i++) decoded[i] = decode(bytes.Slice(i * size, size));
            return decoded;
        }

        byte[] External()
        {
            Dictionary<string, string> where = tensor.ExternalData.DistinctBy(static entry => entry.Key)
                .ToDictionary(static entry => entry.Key, static entry => entry.Value);
            string location = where.GetValueOrDefault("location", "");
            string folder = Path.GetDirectoryName(Path.GetFullPath(path))!, file = Path.GetFullPath(Path.Combine(folder, location));
            if (location.Length == 0
                || !file.StartsWith(Path.TrimEndingDirectorySeparator(folder) + Path.DirectorySeparatorChar, StringComparison.Ordinal)
                || LeadsAway(file, folder))
                throw Refused($"has its data in '{location}', which is not inside the model's folder");
            if (!long.TryParse(where.GetValueOrDefault("offset", "0"), out long offset) || offset < 0)
                throw Refused("has its data at no known place");
            using FileStream stream = RegularFile.Open(file);
            if (!long.TryParse(where.GetValueOrDefault("length", $"{stream.Length - offset}"), out long length) || length < 0
                || offset > stream.Length - length)
                throw Refused($"claims data beyond the end of '{location}'");
            if (length != count * size) throw Refused($"has {length} bytes for the shape [{string.Join(", ", tensor.Dims)}]");
            stream.Position = offset;
            var bytes = new byte[length];
            stream.ReadExactly(bytes);
            return bytes;
        }

        DataException Refused(string what) =>
            new($"The tensor '{tensor.Name}' {what}.", path, "Export the network again; if it stays so, it is not one that Pare can read.");
    }

    private delegate double Decode(ReadOnlySpan<byte> bytes);

    // A link below the folder may lead out of it.
    private static bool LeadsAway(string file, string folder)
    {
        for (string? part = file; part is not null && part.Length > folder.Length; part = Path.GetDirectoryName(part))
        {
            FileSystemInfo info = Directory.Exists(part) ? new DirectoryInfo(part) : new FileInfo(part);
            if (info.LinkTarget is not null) return true;
        }

        return false;
    }
}
