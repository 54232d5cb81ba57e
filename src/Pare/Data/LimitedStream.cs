namespace Pare.Data;

/// <summary>The next bytes of another stream, which stays open.</summary>
internal sealed class LimitedStream(Stream inner, long length) : Stream
{
    private long _read;

    /// <summary>The bytes that were not read yet.</summary>
    public long Remaining => length - _read;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => length;

    public override long Position
    {
        get => _read;
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer)
    {
        int got = inner.Read(buffer[..(int)Math.Min(buffer.Length, Remaining)]);
        _read += got;
        return got;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
