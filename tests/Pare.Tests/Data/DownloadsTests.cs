using System.Net;
using System.Security.Cryptography;
using Pare.Data;
using Pare.Tests.Cli;
using Pare.Tests.Support;

namespace Pare.Tests.Data;

public sealed class DownloadsTests : IDisposable
{
    private static readonly byte[] Content = [.. Enumerable.Range(0, 200_000).Select(i => (byte)(i * i))];

    private static readonly DownloadFile File = new(
        "a.gz", [new Uri("https://first.test/a.gz"), new Uri("https://second.test/a.gz")], Content.Length,
        Convert.ToHexStringLower(SHA256.HashData(Content)));

    private readonly DataFolder _folder = new();
    private readonly FakeClock _clock = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_file_arrives_whole_and_progress_counts_up_to_the_total()
    {
        var progress = new Recorder();

        string folder = await FetchAsync(new FakeServer(_ => FakeServer.Bytes(Content)), progress);

        Assert.Equal(_folder["set"], folder);
        Assert.Equal(["set/a.gz"], _folder.Files);
        Assert.Equal(Content, await System.IO.File.ReadAllBytesAsync(_folder["set/a.gz"]));
        Assert.True(progress.Reports.Count > 2);
        Assert.Equal(progress.Reports.OrderBy(report => report.Bytes), progress.Reports);
        Assert.Equal(new DownloadProgress("a.gz", Content.Length, Content.Length), progress.Reports[^1]);
    }

    [Fact]
    public async Task A_file_that_is_there_is_kept_and_a_damaged_one_replaced()
    {
        var server = new FakeServer(_ => FakeServer.Bytes(Content));
        _folder.Write("set/a.gz", Content);
        await FetchAsync(server);
        Assert.Empty(server.Requests);

        _folder.Write("set/a.gz", [.. Content[1..], 0]);
        await FetchAsync(server);
        Assert.Single(server.Requests);
        Assert.Equal(Content, await System.IO.File.ReadAllBytesAsync(_folder["set/a.gz"]));
    }

    [Fact]
    public async Task The_second_mirror_is_asked_where_the_first_fails()
    {
        var server = new FakeServer(
            uri => uri.Host == "first.test" ? new HttpResponseMessage(HttpStatusCode.NotFound) : FakeServer.Bytes(Content));

        await FetchAsync(server);

        Assert.Equal(["first.test", "second.test"], server.Requests.Select(uri => uri.Host));
        Assert.Equal(["set/a.gz"], _folder.Files);
    }

    [Fact]
    public async Task The_second_mirror_is_asked_where_the_first_sends_nothing_for_a_minute()
    {
        var server = new FakeServer(
            uri => uri.Host == "first.test" ? FakeServer.Then(Content[..100_000], PassAMinute) : FakeServer.Bytes(Content));

        await FetchAsync(server);

        Assert.Equal(["first.test", "second.test"], server.Requests.Select(uri => uri.Host));
        Assert.Equal(["set/a.gz"], _folder.Files);
    }

    [Fact]
    public async Task Mirrors_that_send_nothing_are_told() =>
        Assert.Contains("nothing for a minute", await RefusedAsync(new FakeServer(_ => FakeServer.Then([], PassAMinute))));

    [Fact]
    public async Task Other_bytes_are_refused_and_leave_nothing_behind()
    {
        byte[] other = [.. Content];
        other[1000] ^= 1;
        Assert.Contains("SHA-256", await RefusedAsync(new FakeServer(_ => FakeServer.Bytes(other))));
    }

    [Fact]
    public async Task Fewer_and_more_bytes_are_refused_and_leave_nothing_behind()
    {
        Assert.Contains("199999 bytes, not 200000", await RefusedAsync(new FakeServer(_ => FakeServer.Bytes(Content[..^1]))));
        Assert.Contains("more than 200000 bytes", await RefusedAsync(new FakeServer(_ => FakeServer.Bytes([.. Content, 1]))));
    }

    [Fact]
    public async Task An_interrupted_download_leaves_nothing_behind() =>
        Assert.Contains("closed", await RefusedAsync(new FakeServer(_ => FakeServer.Broken(Content[..100_000]))));

    [Fact]
    public async Task A_server_that_refuses_is_told() =>
        Assert.Contains("503", await RefusedAsync(new FakeServer(_ => new HttpResponseMessage(HttpStatusCode.ServiceUnavailable))));

    [Fact]
    public async Task A_cancelled_download_leaves_nothing_behind_and_asks_no_other_mirror()
    {
        using var cancel = new CancellationTokenSource();
        var server = new FakeServer(_ => FakeServer.Broken(Content[..100_000], cancel));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => FetchAsync(server, cancellationToken: cancel.Token));

        Assert.Empty(_folder.Files);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task A_refused_download_keeps_the_file_that_was_there()
    {
        _folder.Write("set/a.gz", [1, 2, 3]);

        await Assert.ThrowsAsync<DataException>(() => FetchAsync(new FakeServer(_ => FakeServer.Bytes([4]))));

        Assert.Equal([1, 2, 3], await System.IO.File.ReadAllBytesAsync(_folder["set/a.gz"]));
    }

    [Fact]
    public async Task A_folder_that_cannot_be_written_is_told()
    {
        _folder.Write("set", [1]);
        using var client = new HttpClient(new FakeServer(_ => FakeServer.Bytes(Content)));

        DataException error = await Assert.ThrowsAsync<DataException>(
            () => Downloads.DownloadAsync([File], _folder["set"], client, null, _clock, default));

        Assert.Contains("cannot be written", error.Message);
        Assert.Equal(_folder["set"], error.Where);
    }

    [Fact]
    public async Task An_unknown_name_is_refused_with_the_known_ones()
    {
        using var client = new HttpClient(new FakeServer(_ => FakeServer.Bytes([])));

        DataException error = await Assert.ThrowsAsync<DataException>(() => Downloads.DownloadAsync("imagenet", _folder.Root, client));

        Assert.Contains("cifar10, mnist", error.Remedy);
    }

    [Theory]
    [InlineData("mnist", "ossci-datasets.s3.amazonaws.com", "storage.googleapis.com")]
    [InlineData("cifar10", "www.cs.toronto.edu")]
    public async Task The_public_mirrors_are_asked_over_https(string name, params string[] hosts)
    {
        var server = new FakeServer(_ => FakeServer.Bytes([1]));
        using var client = new HttpClient(server);

        await Assert.ThrowsAsync<DataException>(() => Downloads.DownloadAsync(name, _folder.Root, client));

        Assert.Equal(hosts, server.Requests.Select(uri => uri.Host));
        Assert.All(server.Requests, uri => Assert.Equal("https", uri.Scheme));
        Assert.Empty(_folder.Files);
    }

    private async Task<string> FetchAsync(
        FakeServer server, IProgress<DownloadProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        using var client = new HttpClient(server, disposeHandler: false);
        return await Downloads.DownloadAsync([File], _folder["set"], client, progress, _clock, cancellationToken);
    }

    private Task PassAMinute(CancellationToken cancellation)
    {
        _clock.Advance(TimeSpan.FromSeconds(59));
        Assert.False(cancellation.IsCancellationRequested);
        _clock.Advance(TimeSpan.FromSeconds(1));
        return Task.Delay(Timeout.Infinite, cancellation);
    }

    private async Task<string> RefusedAsync(FakeServer server)
    {
        DataException error = await Assert.ThrowsAsync<DataException>(() => FetchAsync(server));
        Assert.Empty(_folder.Files);
        Assert.Contains("second.test", error.Where);
        Assert.NotEmpty(error.Remedy);
        return error.Message;
    }

    // Progress<T> reports on other threads; this keeps the order.
    private sealed class Recorder : IProgress<DownloadProgress>
    {
        public List<DownloadProgress> Reports { get; } = [];

        public void Report(DownloadProgress value) => Reports.Add(value);
    }
}
