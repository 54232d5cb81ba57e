using Pare.Data;
using Pare.Tests.Support;

namespace Pare.Tests.Data;

public sealed class Cifar10Tests : IDisposable
{
    private const int RecordBytes = 3073;

    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Batches_are_joined_in_their_order_from_a_folder_the_folder_above_or_the_archive()
    {
        string folder = _folder.Write("a", Set());
        string above = _folder["b"];
        _folder.Write("b/cifar-10-batches-bin", Set());
        string archive = _folder.WriteTarGz("c.tar.gz", Set().Select(file => ($"cifar-10-batches-bin/{file.Name}", file.Bytes)).Reverse());
        string download = _folder["d"];
        _folder.WriteTarGz("d/cifar-10-binary.tar.gz", Set());

        foreach (string path in new[] { folder, above, archive, download })
        {
            Dataset data = Cifar10.Load(path);

            Assert.Equal((3, 32, 32), (data.Train.Channels, data.Train.Height, data.Train.Width));
            Assert.Equal([1, 0, 2, 0, 3, 0, 4, 0, 5, 0], data.Train.Labels.ToArray());
            Assert.Equal([9], data.Test.Labels.ToArray());
            Assert.Equal(Record(3, 30)[1..], data.Train.Image(4).ToArray());
            Assert.Equal("airplane", data.Train.Classes[0]);
        }
    }

    [Fact]
    public void To_measure_a_network_the_test_batch_alone_will_do()
    {
        var source = new DataSource(DataKind.Cifar10, _folder.Write("a", Set().Where(static file => file.Name == "test_batch.bin")));

        Dataset data = source.Load(new ImageFolderOptions { ForEvaluation = true });

        Assert.Equal((0, 1), (data.Train.Count, data.Test.Count));
        Assert.Throws<DataException>(() => source.Load());
    }

    [Fact]
    public void A_batch_of_another_length_than_the_published_is_noted()
    {
        Dataset data = Cifar10.Load(_folder.Write("a", Set()));

        Assert.Equal(6, data.Notes.Count);
        Assert.Contains("`data_batch_1.bin` holds 2 images", data.Notes[0]);
    }

    [Fact]
    public void The_names_beside_the_batches_are_taken()
    {
        _folder.Write("a", Set());
        _folder.Write("a/batches.meta.txt", "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n\n"u8.ToArray());
        Assert.Equal(["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"], Cifar10.Load(_folder["a"]).Train.Classes);

        Refused("batches.meta.txt", "a\nb\n"u8.ToArray(), "2 class names");
    }

    [Fact]
    public void A_missing_batch_is_named()
    {
        string path = _folder.Write("a", Set().Where(file => file.Name != "data_batch_4.bin"));

        Assert.Contains("data_batch_4.bin", Assert.Throws<DataException>(() => Cifar10.Load(path)).Message);
    }

    [Fact]
    public void A_truncated_batch_is_refused() => Refused("data_batch_2.bin", Record(1, 1)[..^1], "cut short");

    [Fact]
    public void An_empty_batch_is_refused() => Refused("data_batch_2.bin", [], "cut short");

    [Fact]
    public void An_oversized_batch_is_refused() => Refused("test_batch.bin", new byte[10_001 * RecordBytes], "too long");

    [Fact]
    public void A_label_out_of_range_is_refused() => Refused("data_batch_5.bin", [.. Record(1, 1), .. Record(10, 1)], "Label 1 is 10");

    [Fact]
    public void A_damaged_archive_is_refused()
    {
        string path = _folder.WriteTarGz("c.tar.gz", Set());
        byte[] bytes = File.ReadAllBytes(path);
        File.WriteAllBytes(path, bytes[..(bytes.Length / 2)]);

        DataException error = Assert.Throws<DataException>(() => Cifar10.Load(path));

        Assert.Contains("damaged or cut short", error.Message);
        Assert.Equal(path, error.Where);
    }

    [Fact]
    public void Two_classes_of_one_name_are_refused() =>
        Refused("batches.meta.txt", "a\nb\nc\nd\ne\nf\ng\nh\ni\na\n"u8.ToArray(), "Two classes are named `a`");

    private static List<(string Name, byte[] Bytes)> Set()
    {
        var files = new List<(string, byte[])>();
        for (byte i = 1; i <= 5; i++) files.Add(($"data_batch_{i}.bin", [.. Record(i, (byte)(10 * i)), .. Record(0, i)]));
        files.Add(("test_batch.bin", Record(9, 200)));
        return files;
    }

    private static byte[] Record(byte label, byte first) => [label, .. Enumerable.Range(0, RecordBytes - 1).Select(i => (byte)(first + i))];

    private void Refused(string name, byte[] bytes, string what)
    {
        _folder.Write("a", Set());
        _folder.Write($"a/{name}", bytes);

        DataException error = Assert.Throws<DataException>(() => Cifar10.Load(_folder["a"]));

        Assert.Contains(what, error.Message);
        Assert.Contains(name, error.Where);
        Assert.NotEmpty(error.Remedy);
    }
}
