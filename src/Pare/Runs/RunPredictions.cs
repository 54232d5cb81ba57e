using System.Buffers.Binary;
using System.Text.Json.Serialization;
using Pare.Data;
using Pare.Evaluation;

namespace Pare.Runs;

/// <summary>
/// What a run's network says about each image that it was tested on and chosen by, as it stands in <c>predictions.json</c>: two runs can so
/// be compared image by image afterwards, without the images.
/// </summary>
public sealed record RunPredictions : IRunRecord
{
    private const int MostInAByte = 256;

    /// <summary>What names and numbers of the file mean; a version of Pare refuses a higher one than it knows.</summary>
    public int Format { get; init => field = Checks.Format(value); } = 1;

    /// <summary>The names of the classes, in the order of their index.</summary>
    public required IReadOnlyList<string> Classes { get; init; }

    /// <summary>On the test images.</summary>
    public required Part Test { get; init; }

    /// <summary>On the images held out for validation; null, and not written, where there are none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Part? Validation { get; init; }

    // Two bytes or four, in base64, for each of millions of images.
    static long IRunRecord.MostBytes => 512 << 20;

    /// <summary>Of a run that is at its end.</summary>
    /// <param name="data">The images.</param>
    /// <param name="validation">Which of the training images were held out.</param>
    /// <param name="test">The network on the test images.</param>
    /// <param name="held">The network on those that were held out; null without any.</param>
    internal static RunPredictions Of(Dataset data, int[] validation, EvaluationResult test, EvaluationResult? held) => new()
    {
        Classes = data.Test.Classes,
        Test = Part.Of(data.Test, [.. Enumerable.Range(0, data.Test.Count)], test.Predicted),
        Validation = held is null ? null : Part.Of(data.Train, validation, held.Predicted),
    };

    /// <summary>Reads what a run kept.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <returns>The record; null for a run of a version that kept none.</returns>
    /// <exception cref="RecipeException">It is damaged, or cannot be read.</exception>
    /// <exception cref="RunException">A later version of Pare wrote it in a form that this one does not know.</exception>
    public static RunPredictions? Read(string folder)
    {
        string file = Path.Combine(folder, RunFolder.PredictionsFile);
        if (!File.Exists(file)) return null;
        try
        {
            return RunRecords.Read<RunPredictions>(file);
        }
        catch (Exception error) when (error is FormatException or IOException or UnauthorizedAccessException)
        {
            throw new RecipeException($"The run's predictions cannot be read: {error.Message}", Path.GetFullPath(file),
                "Move the file away: its networks can still be measured on the images.", error);
        }
    }

    void IRunRecord.Check()
    {
        Checks.List(Classes, "classes");
        Checks.That(Test is not null, "test", "is missing");
        Test!.Check("test", Classes.Count);
        Validation?.Check("validation", Classes.Count);
    }

    /// <summary>The answers for some images, in their order.</summary>
    public sealed record Part
    {
        /// <summary>The number of images.</summary>
        public required int Images { get; init; }

        /// <summary>What tells these images, in this order, from any others: a digest of their names, classes and pixels.</summary>
        public required string Fingerprint { get; init; }

        /// <summary>
        /// The index of each image's true class: a byte an image, or two, the lower one first, where there are more than 256 classes.
        /// </summary>
        public required byte[] Labels { get; init; }

        /// <summary>The index of the class that the network names for each, alike.</summary>
        public required byte[] Predicted { get; init; }

        /// <summary>Packs answers.</summary>
        internal static Part Of(ImageSet images, int[] indices, IReadOnlyList<int> predicted)
        {
            if (predicted.Count != indices.Length)
                throw new ArgumentException($"There are {predicted.Count} answers for {indices.Length} images.", nameof(predicted));
            int[] labels = [.. indices.Select(index => images.Labels[index])];
            return new Part
            {
                Images = indices.Length,
                Fingerprint = images.FingerprintOf(indices),
                Labels = Packed(labels, images.Classes.Count),
                Predicted = Packed(predicted, images.Classes.Count),
            };
        }

        /// <summary>Compares another network with this one, image by image; null where they were not asked about the same images.</summary>
        /// <param name="second">What the other network says.</param>
        public McNemar? Against(Part second) =>
            Images == 0 || Fingerprint != second.Fingerprint || !Labels.AsSpan().SequenceEqual(second.Labels) ? null
                : McNemar.Of(Unpacked(Labels), Unpacked(Predicted), Unpacked(second.Predicted));

        internal void Check(string name, int classes)
        {
            Checks.Count(Images, "images");
            Checks.Text(Fingerprint, "fingerprint");
            foreach (byte[]? packed in new[] { Labels, Predicted })
            {
                Checks.That(packed?.LongLength == (long)Images * Width(classes), name, $"does not hold {Images} answers");
                Checks.That(Array.TrueForAll(Unpacked(packed!), index => index < classes), name, "names a class that there is not");
            }
        }

        private static int Width(int classes) => classes <= MostInAByte ? 1 : 2;

        private static byte[] Packed(IReadOnlyList<int> indices, int classes)
        {
            int width = Width(classes);
            byte[] packed = new byte[indices.Count * width];
            for (int i = 0; i < indices.Count; i++)
            {
                if (width == 1) packed[i] = (byte)indices[i];
                else BinaryPrimitives.WriteUInt16LittleEndian(packed.AsSpan(2 * i), (ushort)indices[i]);
            }

            return packed;
        }

        private int[] Unpacked(byte[] packed) => packed.Length == Images ? Array.ConvertAll(packed, static index => (int)index)
            : [.. Enumerable.Range(0, Images).Select(i => (int)BinaryPrimitives.ReadUInt16LittleEndian(packed.AsSpan(2 * i)))];
    }
}
