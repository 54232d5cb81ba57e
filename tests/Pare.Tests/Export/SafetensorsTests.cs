using System.Buffers.Binary;
using System.Text;
using CsCheck;
using Pare.Export;

namespace Pare.Tests.Export;

public sealed class SafetensorsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("pare-safetensors-").FullName;

    private static readonly Gen<SafetensorsTensor> s_tensor =
        from name in Gen.String[Gen.Char.AlphaNumeric, 1, 12]
        from shape in Gen.Int[0, 4].Array[0, 3]
        from floats in Gen.Bool
        let count = shape.Aggregate(1, static (product, side) => product * side)
        from integers in Gen.Long.Array[count]
        select floats
            ? new SafetensorsTensor(name, shape, Array.ConvertAll(integers, static bits => BitConverter.Int32BitsToSingle((int)bits)))
            : new SafetensorsTensor(name, shape, integers);

    private static readonly Gen<SafetensorsTensor[]> s_tensors =
        s_tensor.Array[0, 6].Select(static all => all.DistinctBy(static tensor => tensor.Name).ToArray());

    private static readonly Gen<Dictionary<string, string>> s_metadata =
        Gen.Dictionary(Gen.String[Gen.Char.AlphaNumeric, 0, 8], Gen.String[Gen.Char[' ', '\u024f'], 0, 12])[0, 4];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void What_is_written_is_read_back_bit_for_bit() => Gen.Select(s_tensors, s_metadata).Sample((tensors, metadata) =>
    {
        SafetensorsFile file = Read(Bytes(tensors, metadata));
        Assert.Equal(tensors.Select(static tensor => tensor.Name).Order(StringComparer.Ordinal), file.Tensors.Keys);
        Assert.Equal(metadata.OrderBy(static pair => pair.Key), file.Metadata.OrderBy(static pair => pair.Key));
        foreach (SafetensorsTensor tensor in tensors)
        {
            SafetensorsTensor read = file[tensor.Name];
            Assert.Equal(tensor.Shape, read.Shape);
            Assert.Equal(tensor.Type, read.Type);
            if (tensor.Type == SafetensorsType.Int64) Assert.Equal(tensor.Integers, read.Integers);
            else Assert.Equal(tensor.Floats.Select(BitConverter.SingleToInt32Bits), read.Floats.Select(BitConverter.SingleToInt32Bits));
        }
    }, iter: 300);

    [Fact]
    public void A_header_of_more_tensors_than_any_network_has_is_refused()
    {
        IEnumerable<string> tensors = Enumerable.Range(0, Safetensors.MaxTensors + 2)
            .Select(static i => $"\"{i}\":{{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}}");
        string header = $"{{{string.Join(',', tensors)}}}";
        var bytes = new byte[sizeof(ulong) + header.Length];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, (ulong)header.Length);
        Encoding.UTF8.GetBytes(header, bytes.AsSpan(sizeof(ulong)));
        Assert.Contains("tensors", Assert.Throws<DataException>(() => Read(bytes)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_order_in_which_tensors_are_handed_over_does_not_change_the_bytes() => s_tensors.Sample(
        static tensors => Assert.Equal(Bytes(tensors), Bytes([.. tensors.Reverse()])), iter: 100);

    [Fact]
    public void Values_start_at_a_multiple_of_eight_bytes() => Gen.Select(s_tensors, s_metadata).Sample(
        static (tensors, metadata) => BinaryPrimitives.ReadUInt64LittleEndian(Bytes(tensors, metadata)) % 8 == 0, iter: 100);

    [Fact]
    public void Damaged_files_give_a_data_error_and_nothing_else() =>
        Gen.Select(s_tensors, s_metadata, Gen.Int[0, 3], Gen.Int[0, 10_000], Gen.Byte).Sample(
        static (tensors, metadata, how, where, value) =>
        {
            byte[] bytes = Bytes(tensors, metadata);
            byte[] damaged = how switch
            {
                0 => bytes[..(where % bytes.Length)],
                1 => [.. bytes, value],
                2 => [.. bytes[..(where % bytes.Length)], value, .. bytes[(where % bytes.Length)..]],
                _ => [.. bytes[..(where % bytes.Length)], value, .. bytes[((where % bytes.Length) + 1)..]],
            };
            try
            {
                Read(damaged);
                Assert.True(how >= 2, "a file of another length was accepted");
            }
            catch (DataException exception)
            {
                Assert.Contains("memory", exception.Where, StringComparison.Ordinal);
            }
        }, iter: 2000);

    [Theory]
    [InlineData("", "0 bytes")]
    [InlineData("""[1]""", "not a JSON object")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}""", "not valid JSON")]
    [InlineData("""{"a":{"dtype":"F16","shape":[2],"data_offsets":[0,4]}}""", "dtype is F16")]
    [InlineData("""{"a":{"shape":[1],"data_offsets":[0,4]}}""", "no dtype")]
    [InlineData("""{"a":{"dtype":"F32","data_offsets":[0,4]}}""", "no list 'shape'")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,8]}}""", "3 numbers")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}""", "holds -1")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}}""", "holds 1.5")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""", "does not fit")]
    [InlineData("""{"a":{"dtype":"F32","shape":[99999999999],"data_offsets":[0,4]}}""", "too large")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2147483647,2147483647,2147483647],"data_offsets":[0,4]}}""", "does not fit")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", "outside")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}""", "outside")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4611686018427387905],"data_offsets":[0,9223372036854775807]}}""", "too large")]
    [InlineData("""{"a":{"dtype":"F32","shape":[0],"data_offsets":[4,4]}}""", "leave a gap")]
    [InlineData("""{}""", "belong to no tensor")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""",
        "overlap")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""",
        "not valid JSON")]
    [InlineData("""{"":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", "no name")]
    [InlineData("""{"\ud800":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", "not valid JSON")]
    [InlineData("""{"__metadata__":{"a":1},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", "not a text")]
    public void A_malformed_header_is_named(string json, string message)
    {
        byte[] header = Encoding.UTF8.GetBytes(json);
        var prefix = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(prefix, header.Length);
        DataException exception = Assert.Throws<DataException>(() => Read(json.Length == 0 ? [] : [.. prefix, .. header, 0, 0, 0, 0]));
        Assert.Contains(message, exception.Message, StringComparison.Ordinal);
        Assert.NotEmpty(exception.Remedy);
    }

    [Theory]
    [InlineData(ulong.MaxValue, "not a safetensors file")]
    [InlineData(1UL << 63, "not a safetensors file")]
    [InlineData((ulong)Safetensors.MaxHeaderBytes + 1, "not a safetensors file")]
    [InlineData((ulong)Safetensors.MaxHeaderBytes, "header claims")]
    [InlineData(9UL, "header claims")]
    public void A_header_longer_than_the_file_or_the_cap_is_refused(ulong length, string message)
    {
        var bytes = new byte[16];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, length);
        Assert.Contains(message, Assert.Throws<DataException>(() => Read(bytes)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_stream_that_cannot_seek_is_read_too()
    {
        byte[] bytes = Bytes([new SafetensorsTensor("a", [2], [1f, 2f])]);
        using var zipped = new MemoryStream();
        using (var pack = new System.IO.Compression.DeflateStream(zipped, System.IO.Compression.CompressionLevel.Fastest, leaveOpen: true))
            pack.Write(bytes);
        zipped.Position = 0;
        using var unpack = new System.IO.Compression.DeflateStream(zipped, System.IO.Compression.CompressionMode.Decompress);
        Assert.Equal([1f, 2f], Safetensors.Read(unpack, "memory")["a"].Floats);
    }

    [Fact]
    public void Writing_replaces_a_file_and_leaves_nothing_else_behind()
    {
        string path = Path.Combine(_folder, "weights.safetensors");
        Safetensors.Write(path, [new SafetensorsTensor("a", [1], [1f])]);
        Safetensors.Write(path, [new SafetensorsTensor("a", [1], [2f])]);
        Assert.Equal([2f], Safetensors.Read(path)["a"].Floats);
        Assert.Equal([path], Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public void A_failed_write_keeps_the_old_file_and_leaves_nothing_behind()
    {
        string path = Path.Combine(_folder, "weights.safetensors");
        Safetensors.Write(path, [new SafetensorsTensor("a", [1], [1f])]);
        var one = new SafetensorsTensor("b", [1], [1f]);
        Assert.Throws<ArgumentException>(() => Safetensors.Write(path, [one, one]));
        Assert.Throws<ArgumentException>(() => Safetensors.Write(path, [one], new Dictionary<string, string> { ["classes"] = "\ud800" }));
        Assert.Equal([1f], Safetensors.Read(path)["a"].Floats);
        Assert.Equal([path], Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public void A_missing_folder_is_a_run_error_and_a_missing_file_a_data_error()
    {
        string path = Path.Combine(_folder, "missing", "weights.safetensors");
        Assert.Equal(path, Assert.Throws<RunException>(() => Safetensors.Write(path, [])).Where);
        Assert.Equal(path, Assert.Throws<DataException>(() => Safetensors.Read(path)).Where);
    }

    [Fact]
    public void A_tensor_that_is_missing_or_of_the_other_type_is_named()
    {
        SafetensorsFile file = Read(Bytes([new SafetensorsTensor("weight", [1], [1f])]));
        Assert.Contains("weight", Assert.Throws<DataException>(() => file["bias"]).Remedy, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => file["weight"].Integers);
    }

    [Fact]
    public void A_tensor_whose_shape_and_values_disagree_cannot_be_made()
    {
        Assert.Throws<ArgumentException>(static () => new SafetensorsTensor("a", [2, 3], new float[5]));
        Assert.Throws<ArgumentException>(static () => new SafetensorsTensor("a", [-1, -1], new float[1]));
        Assert.Throws<ArgumentException>(static () => new SafetensorsTensor("__metadata__", [1], new float[1]));
    }

    private static byte[] Bytes(SafetensorsTensor[] tensors, Dictionary<string, string>? metadata = null)
    {
        using var stream = new MemoryStream();
        Safetensors.Write(stream, tensors, metadata);
        return stream.ToArray();
    }

    private static SafetensorsFile Read(byte[] bytes) => Safetensors.Read(new MemoryStream(bytes), "memory");
}
