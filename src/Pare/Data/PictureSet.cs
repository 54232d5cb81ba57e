namespace Pare.Data;

/// <summary>Pictures whose classes do not matter, brought to a network's size.</summary>
public static class PictureSet
{
    /// <summary>The most pictures that are read unless somebody wants another number.</summary>
    public const int DefaultCount = 10_000;

    private const string Class = "picture";

    /// <summary>
    /// Reads pictures: those of a folder or an archive with all folders below, the test images of a data set in MNIST's or CIFAR-10's form,
    /// or of one that is found by its name, such as <c>glyphs</c>. Each is made grey or coloured, scaled and cropped as by
    /// <see cref="ImageDecoder"/>.
    /// </summary>
    /// <param name="pathOrName">Where they lie, or the name of a data set where nothing lies there.</param>
    /// <param name="channels">1 for grey, 3 for red, green and blue.</param>
    /// <param name="height">Rows wanted.</param>
    /// <param name="width">Columns wanted.</param>
    /// <param name="most">The most pictures, taken evenly.</param>
    /// <param name="cancellation">Stops between two pictures.</param>
    /// <returns>A set of one class, which says nothing.</returns>
    /// <exception cref="DataException">There is nothing here, no picture, or one that does not decode.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static ImageSet Load(string pathOrName, int channels, int height, int width, int most = DefaultCount,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(pathOrName);
        if (channels is not (1 or 3))
            throw new DataException(Invariant($"A picture is made into 1 channel or 3, and the network takes {channels}."),
                pathOrName, "Take a network of 1 channel or of 3.");
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(most);
        List<byte[]> pictures = Path.Exists(pathOrName)
            ? Mnist.IsAt(pathOrName) || Cifar10.IsAt(pathOrName) || DataSource.Recognise(pathOrName, cancellation)?.Kind == DataKind.Cifar10
                ? OfDataset(DataSource.Recognise(pathOrName, cancellation)!.Load(cancellationToken: cancellation))
                : OfFiles(EntrySource.Open(pathOrName))
            : pathOrName == Glyphs.Name || Downloads.Names.Contains(pathOrName)
                ? OfDataset(Named(pathOrName, cancellation))
                : throw new DataException("There is nothing at this path.", pathOrName,
                    "Name a folder or an archive of pictures, or a data set: glyphs, " + string.Join(", ", Downloads.Names) + ".");
        int size = channels * height * width;
        byte[] pixels = new byte[(long)pictures.Count * size];
        for (int i = 0; i < pictures.Count; i++) pictures[i].CopyTo(pixels, (long)i * size);
        return new ImageSet(channels, height, width, pixels, new int[pictures.Count], [Class]);

        List<byte[]> OfDataset(Dataset data)
        {
            ImageSet images = data.Test.Count > 0 ? data.Test : data.Train;
            var taken = new List<byte[]>();
            foreach (int index in Evenly.Spread(Math.Min(images.Count, most), images.Labels))
            {
                cancellation.ThrowIfCancellationRequested();
                byte[] image = ImageDecoder.Interleaved(images.Image(index, images.Spare()), images.Channels);
                taken.Add(ImageDecoder.Fit(image, images.Height, images.Width, images.Channels, channels, height, width));
            }

            return taken;
        }

        List<byte[]> OfFiles(EntrySource source)
        {
            // Gone through twice: to count them, and to take some.
            int count = PictureEntries.Of(source, cancellation).Count();
            HashSet<int> wanted = [.. Evenly.Spread(Math.Min(count, most), count)];
            if (wanted.Count == 0)
                throw new DataException("There is no picture here.", pathOrName,
                    $"Name a folder or an archive with files that end in {string.Join(", ", ImageDecoder.Extensions)}.");
            var taken = new List<byte[]>();
            int number = 0;
            foreach (PictureEntries.Picture picture in PictureEntries.Of(source, cancellation))
            {
                if (!wanted.Contains(number++)) continue;
                string name = $"{pathOrName}: {picture.Path}";
                try
                {
                    taken.Add(ImageDecoder.Decode(picture.Read(), name, channels, height, width));
                }
                catch (InvalidDataException error)
                {
                    throw new DataException($"The picture cannot be read: {error.Message}.", name, "Mend, replace or delete the file.",
                        error);
                }
            }

            return taken;
        }
    }

    private static Dataset Named(string name, CancellationToken cancellation)
    {
        try
        {
            return DatasetLoader.Load(name, cancellationToken: cancellation);
        }
        catch (DataException error) when (error.Setting is not null)
        {
            throw new DataException(error.Message, error.Where, $"Run `pare data download {name}`, or name the folder that it lies in.",
                error);
        }
    }
}
