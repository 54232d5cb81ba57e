using System.Security.Cryptography;

namespace Pare.Data;

/// <summary>Fetches data sets from their public mirrors: the only code that touches the network, and only when asked.</summary>
public static class Downloads
{
    private const int BufferBytes = 1 << 16;

    // A mirror that sends nothing for so long is given up.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private static readonly Dictionary<string, DownloadFile[]> Sets = new(StringComparer.Ordinal)
    {
        ["mnist"] =
        [
            MnistFile("train-images-idx3-ubyte.gz", 9_912_422, "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"),
            MnistFile("train-labels-idx1-ubyte.gz", 28_881, "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"),
            MnistFile("t10k-images-idx3-ubyte.gz", 1_648_877, "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"),
            MnistFile("t10k-labels-idx1-ubyte.gz", 4_542, "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"),
        ],
        ["cifar10"] =
        [
            new DownloadFile(
                Cifar10.ArchiveFile, [new Uri("https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz")],
                170_052_171, "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd"),
        ],
    };

    /// <summary>The data sets that can be fetched.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Sets.Keys.Order(StringComparer.Ordinal)];

    /// <summary>Fetches a data set into its folder of the cache; what is there already and right is kept.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="cacheFolder">The cache, as <see cref="DataLocations.CacheFolder"/> gives it.</param>
    /// <param name="client">What fetches.</param>
    /// <param name="progress">Told as bytes arrive.</param>
    /// <param name="cancellationToken">Stops the download; nothing unfinished is left behind.</param>
    /// <returns>The folder with the data set's files.</returns>
    /// <exception cref="DataException">
    /// The name is unknown, no mirror answers, the bytes are not the published ones, or the disk refuses them.
    /// </exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static Task<string> DownloadAsync(
        string name, string cacheFolder, HttpClient client, IProgress<DownloadProgress>? progress = null,
        CancellationToken cancellationToken = default) =>
        Sets.TryGetValue(name, out DownloadFile[]? files)
            ? DownloadAsync(files, Path.Combine(cacheFolder, name), client, progress, TimeProvider.System, cancellationToken)
            : throw new DataException(
                $"There is no download called `{name}`.", "pare data download", $"Choose one of {string.Join(", ", Names)}.");

    /// <summary>Fetches the files into a folder.</summary>
    internal static async Task<string> DownloadAsync(
        IReadOnlyList<DownloadFile> files, string folder, HttpClient client, IProgress<DownloadProgress>? progress,
        TimeProvider clock, CancellationToken cancellationToken)
    {
        try
        {
            Directory.CreateDirectory(folder);
            long total = files.Sum(static file => file.Bytes), done = 0;
            foreach (DownloadFile file in files)
            {
                string target = Path.Combine(folder, file.Name);
                long before = done;
                if (!await IsCompleteAsync(target, file, cancellationToken).ConfigureAwait(false))
                    await FetchAsync(
                        file, target, client, bytes => progress?.Report(new DownloadProgress(file.Name, before + bytes, total)),
                        clock, cancellationToken).ConfigureAwait(false);
                done += file.Bytes;
                progress?.Report(new DownloadProgress(file.Name, done, total));
            }

            return folder;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DataException(
                $"The download cannot be written: {error.Message}", folder,
                "Make room, or choose another cache folder with XDG_CACHE_HOME.", error);
        }
    }

    private static DownloadFile MnistFile(string name, long bytes, string sha256) =>
        new(
            name,
            [
                new Uri($"https://ossci-datasets.s3.amazonaws.com/mnist/{name}"),
                new Uri($"https://storage.googleapis.com/cvdf-datasets/mnist/{name}"),
            ],
            bytes, sha256);

    private static async Task<bool> IsCompleteAsync(string target, DownloadFile file, CancellationToken cancellationToken)
    {
        if (!File.Exists(target) || new FileInfo(target).Length != file.Bytes) return false;
        await using FileStream stream = File.OpenRead(target);
        byte[] hash = await SHA256.HashDataAsync(stream, cancellationToken).ConfigureAwait(false);
        return Convert.ToHexStringLower(hash) == file.Sha256;
    }

    private static async Task FetchAsync(
        DownloadFile file, string target, HttpClient client, Action<long> report, TimeProvider clock, CancellationToken cancellationToken)
    {
        string partial = $"{target}.{Environment.ProcessId}.part";
        DataException? last = null;
        foreach (Uri source in file.Sources)
        {
            try
            {
                await FetchOneAsync(file, source, partial, client, report, clock, cancellationToken).ConfigureAwait(false);
                File.Move(partial, target, overwrite: true);
                return;
            }
            catch (DataException error)
            {
                last = error;
            }
            finally
            {
                File.Delete(partial);
            }
        }

        throw last!;
    }

    private static async Task FetchOneAsync(
        DownloadFile file, Uri source, string partial, HttpClient client, Action<long> report, TimeProvider clock,
        CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        long got = 0;
        await using (var output = new FileStream(partial, FileMode.Create, FileAccess.Write, FileShare.None))
        {
            await foreach (ReadOnlyMemory<byte> piece in ReceiveAsync(source, client, clock, cancellationToken).ConfigureAwait(false))
            {
                got += piece.Length;
                if (got > file.Bytes) break;
                hash.AppendData(piece.Span);
                await output.WriteAsync(piece, cancellationToken).ConfigureAwait(false);
                report(got);
            }
        }

        string found = Convert.ToHexStringLower(hash.GetHashAndReset());
        if (got != file.Bytes || found != file.Sha256)
            throw new DataException(
                got == file.Bytes
                    ? $"The file is not the published one: its SHA-256 is {found}, not {file.Sha256}."
                    : "The file is not the published one: "
                        + $"it has {(got > file.Bytes ? "more than " : "")}{Math.Min(got, file.Bytes)} bytes, not {file.Bytes}.",
                source.ToString(), "Try again later; nothing was kept.");
    }

    /// <summary>The bytes of an answer as they come; every failure of the network ends as one kind of error.</summary>
    private static async IAsyncEnumerable<ReadOnlyMemory<byte>> ReceiveAsync(
        Uri source, HttpClient client, TimeProvider clock,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[BufferBytes];
        using HttpResponseMessage response = await Guarded(async stop =>
        {
            HttpResponseMessage answer = await client.GetAsync(
                source, HttpCompletionOption.ResponseHeadersRead, stop).ConfigureAwait(false);
            if (answer.IsSuccessStatusCode) return answer;
            using (answer)
                throw new HttpRequestException($"the server answers {(int)answer.StatusCode} {answer.ReasonPhrase}");
        }).ConfigureAwait(false);
        await using Stream body = await Guarded(response.Content.ReadAsStreamAsync).ConfigureAwait(false);
        while (await Guarded(stop => body.ReadAsync(buffer, stop).AsTask()).ConfigureAwait(false) is > 0 and int length)
            yield return buffer.AsMemory(0, length);

        async Task<T> Guarded<T>(Func<CancellationToken, Task<T>> step)
        {
            using var late = new CancellationTokenSource(Patience, clock);
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
            try
            {
                return await step(stop.Token).ConfigureAwait(false);
            }
            catch (Exception error) when (
                error is HttpRequestException or IOException
                || (error is OperationCanceledException && !cancellationToken.IsCancellationRequested))
            {
                string what = late.IsCancellationRequested ? "the server has sent nothing for a minute." : error.Message;
                throw new DataException(
                    $"The download failed: {what}", source.ToString(), "Check the connection and try again; nothing was kept.",
                    error);
            }
        }
    }
}
