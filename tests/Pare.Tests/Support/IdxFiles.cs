using System.Buffers.Binary;

namespace Pare.Tests.Support;

/// <summary>Small data sets in MNIST's format.</summary>
internal static class IdxFiles
{
    public const string TrainImages = "train-images-idx3-ubyte", TrainLabels = "train-labels-idx1-ubyte";

    public const string TestImages = "t10k-images-idx3-ubyte", TestLabels = "t10k-labels-idx1-ubyte";

    /// <summary>A file of the given magic number, extents and bytes.</summary>
    public static byte[] File(int magic, int[] extents, byte[] bytes)
    {
        byte[] file = new byte[4 + 4 * extents.Length + bytes.Length];
        BinaryPrimitives.WriteInt32BigEndian(file, magic);
        for (int i = 0; i < extents.Length; i++)
            BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(4 + 4 * i), extents[i]);
        bytes.CopyTo(file, 4 + 4 * extents.Length);
        return file;
    }

    /// <summary>Images whose bytes count up.</summary>
    public static byte[] Images(int count, int height = 3, int width = 5) =>
        File(0x803, [count, height, width], [.. Enumerable.Range(0, count * height * width).Select(i => (byte)i)]);

    public static byte[] Labels(params byte[] labels) => File(0x801, [labels.Length], labels);

    /// <summary>Four training and two test images of 3x5.</summary>
    public static List<(string Name, byte[] Bytes)> Set() =>
        [(TrainImages, Images(4)), (TrainLabels, Labels(7, 0, 9, 3)), (TestImages, Images(2)), (TestLabels, Labels(1, 2))];
}
