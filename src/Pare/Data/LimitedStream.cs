namespace Pare.Data;

/// <summary>The next bytes of another stream, which stays open.</summary>
internal sealed class LimitedStream(Stream inner, long length) : ForwardStream
{
    private long _read;

    /// <summary>The bytes that were not read yet.</summary>
    public long Remaining => length - _read;

    public override long Length => length;

    public override int Read(Span<byte> buffer)
    {
        int got = inner.Read(buffer[..(int)Math.Min(buffer.Length, Remaining)]);
        _read += got;
        return got;
    }
}
