using Pare.Data;
using Pare.Tests.Support;

namespace Pare.Tests.Data;

public sealed class MnistTests : IDisposable
{
    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Images_and_labels_are_read_raw_or_compressed(bool compressed)
    {
        string path = _folder.Write(
            "mnist", IdxFiles.Set().Select(file => compressed ? (file.Name + ".gz", DataFolder.Gzip(file.Bytes)) : file));

        Dataset data = Mnist.Load(path);

        Assert.Equal((1, 3, 5, 4), (data.Train.Channels, data.Train.Height, data.Train.Width, data.Train.Count));
        Assert.Equal([7, 0, 9, 3], data.Train.Labels.ToArray());
        Assert.Equal(Enumerable.Range(15, 15).Select(i => (byte)i), data.Train.Image(1).ToArray());
        Assert.Equal([1, 2], data.Test.Labels.ToArray());
        Assert.Equal(["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"], data.Train.Classes);
    }

    [Fact]
    public void Compression_is_recognised_by_content_and_not_by_the_name()
    {
        string path = _folder.Write("mnist", IdxFiles.Set().Select(file => (file.Name, DataFolder.Gzip(file.Bytes))));

        Assert.Equal(4, Mnist.Load(path).Train.Count);
    }

    [Fact]
    public void To_measure_a_network_the_test_images_alone_will_do()
    {
        string path = _folder.Write("mnist", IdxFiles.Set().Where(static file => file.Name is IdxFiles.TestImages or IdxFiles.TestLabels));
        var source = new DataSource(DataKind.Mnist, path);

        Dataset data = source.Load(new ImageFolderOptions { ForEvaluation = true });

        Assert.Equal((0, 2), (data.Train.Count, data.Test.Count));
        Assert.Throws<DataException>(() => source.Load());
    }

    [Fact]
    public void A_missing_file_is_named()
    {
        string path = _folder.Write("mnist", IdxFiles.Set().Where(file => file.Name != IdxFiles.TestLabels));

        DataException error = Assert.Throws<DataException>(() => Mnist.Load(path));

        Assert.Contains(IdxFiles.TestLabels, error.Message);
        Assert.Equal(path, error.Where);
        Assert.Contains("pare data download mnist", error.Remedy);
    }

    [Fact]
    public void A_truncated_file_is_refused() => Refused(IdxFiles.TrainImages, IdxFiles.Images(4)[..^1], "cut short");

    [Fact]
    public void A_file_cut_within_its_header_is_refused() => Refused(IdxFiles.TrainImages, IdxFiles.Images(4)[..10], "cut short");

    [Fact]
    public void An_empty_file_is_refused() => Refused(IdxFiles.TrainLabels, [], "cut short");

    [Fact]
    public void An_oversized_file_is_refused() => Refused(IdxFiles.TrainLabels, [.. IdxFiles.Labels(7, 0, 9, 3), 1], "too long");

    [Fact]
    public void An_oversized_compressed_file_is_refused() =>
        Refused(IdxFiles.TrainLabels, DataFolder.Gzip([.. IdxFiles.Labels(7, 0, 9, 3), 1]), "too long");

    [Fact]
    public void A_truncated_compressed_file_is_refused()
    {
        byte[] noise = new byte[4 * 3 * 5];
        new Random(1).NextBytes(noise);
        byte[] packed = DataFolder.Gzip(IdxFiles.File(0x803, [4, 3, 5], noise));
        _folder.Write("mnist", IdxFiles.Set());
        _folder.Write($"mnist/{IdxFiles.TrainImages}", packed[..(packed.Length / 2)]);

        DataException error = Assert.Throws<DataException>(() => Mnist.Load(_folder["mnist"]));

        Assert.Contains(IdxFiles.TrainImages, error.Where);
    }

    [Fact]
    public void A_header_that_promises_gigabytes_is_refused_before_they_are_allocated() =>
        Refused(IdxFiles.TrainImages, DataFolder.Gzip(IdxFiles.File(0x803, [60_000, 28, 1000], [1, 2])), "cut short");

    [Fact]
    public void A_header_whose_extents_overflow_is_refused() =>
        Refused(IdxFiles.TrainImages, IdxFiles.File(0x803, [int.MaxValue, int.MaxValue, int.MaxValue], []), "2 GB");

    [Fact]
    public void A_negative_extent_is_refused() => Refused(IdxFiles.TrainImages, IdxFiles.File(0x803, [-4, 3, 5], []), "-4");

    [Fact]
    public void A_wrong_magic_number_is_refused() =>
        Refused(IdxFiles.TrainImages, IdxFiles.File(0x1234, [4, 3, 5], new byte[60]), "0x00001234");

    [Fact]
    public void Labels_under_the_name_of_images_are_told_apart() =>
        Refused(IdxFiles.TrainImages, IdxFiles.Labels(1, 2, 3, 4), "marks labels");

    [Fact]
    public void Other_numbers_of_images_and_labels_are_refused() =>
        Refused(IdxFiles.TrainLabels, IdxFiles.Labels(1, 2, 3), "4 images and 3 labels");

    [Fact]
    public void A_label_out_of_range_is_refused() => Refused(IdxFiles.TestLabels, IdxFiles.Labels(1, 10), "Label 1 is 10");

    [Theory]
    [InlineData(1, 26, "EMNIST's letters")]
    [InlineData(0, 46, "47")]
    [InlineData(0, 61, "62")]
    public void The_sets_of_letters_are_named(byte least, byte most, string what) =>
        Refused(IdxFiles.TrainLabels, IdxFiles.Labels(least, most, 5, 9), what);

    [Theory]
    [InlineData(0xC02, "32-bit integers in 2 dimensions")]
    [InlineData(0xD03, "32-bit floating-point numbers in 3 dimensions")]
    [InlineData(0x804, "bytes in 4 dimensions")]
    public void Numbers_of_another_type_are_named(int magic, string what) =>
        Refused(IdxFiles.TrainImages, IdxFiles.File(magic, [4, 3, 5], new byte[60]), what);

    [Fact]
    public void Every_cut_of_a_compressed_file_is_refused()
    {
        byte[] packed = DataFolder.Gzip(IdxFiles.Images(4));
        for (int cut = 1; cut < 12; cut++) Refused(IdxFiles.TrainImages, packed[..^cut], cut > 8 ? "" : "before its checksum");
    }

    [Fact]
    public void Files_in_the_format_under_other_names_are_told()
    {
        string path = _folder.Write("emnist", [("emnist-letters-train-images-idx3-ubyte.gz", [1])]);
        Assert.Contains("emnist-letters-train", Assert.Throws<DataException>(() => DataCheck.Run(path)).Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void Test_images_of_another_size_are_refused() => Refused(IdxFiles.TestImages, IdxFiles.Images(2, 4, 4), "3x5", "mnist");

    private void Refused(string name, byte[] bytes, string what, string? where = null)
    {
        _folder.Write("mnist", IdxFiles.Set());
        _folder.Write($"mnist/{name}", bytes);

        DataException error = Assert.Throws<DataException>(() => Mnist.Load(_folder["mnist"]));

        Assert.Contains(what, error.Message);
        Assert.Contains(where ?? name, error.Where);
        Assert.NotEmpty(error.Remedy);
    }
}
