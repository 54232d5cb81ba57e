using System.Net;

namespace Pare.Tests.Support;

/// <summary>Answers requests from memory, so that no test touches the network.</summary>
internal sealed class FakeServer(Func<Uri, HttpResponseMessage> answer) : HttpMessageHandler
{
    public List<Uri> Requests { get; } = [];

    public static HttpResponseMessage Bytes(byte[] bytes) => new(HttpStatusCode.OK) { Content = new ByteArrayContent(bytes) };

    /// <summary>
    /// An answer whose body breaks off after the given bytes: with an error, or, where a source is given, by cancelling it.
    /// </summary>
    public static HttpResponseMessage Broken(byte[] bytes, CancellationTokenSource? cancel = null) =>
        Then(bytes, async cancellation =>
        {
            if (cancel is null) throw new IOException("The connection was closed.");
            await cancel.CancelAsync();
            cancellation.ThrowIfCancellationRequested();
        });

    /// <summary>An answer whose body does something after the given bytes, and ends when that is done.</summary>
    public static HttpResponseMessage Then(byte[] bytes, Func<CancellationToken, Task> then) =>
        new(HttpStatusCode.OK) { Content = new StreamContent(new BreakingStream(bytes, then)) };

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Requests.Add(request.RequestUri!);
        return Task.FromResult(answer(request.RequestUri!));
    }

    private sealed class BreakingStream(byte[] bytes, Func<CancellationToken, Task> then) : MemoryStream(bytes)
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (await base.ReadAsync(buffer, cancellationToken) is > 0 and int count)
                return count;
            await then(cancellationToken);
            return 0;
        }
    }
}
