using System.Buffers.Binary;
using System.IO.Compression;

namespace Pare.Data;

/// <summary>
/// The content of a gzip file (RFC 1952), told as damaged where it ends before its checksum; .NET takes such an end for the end.
/// </summary>
/// <param name="file">The file, from its beginning; closed with this.</param>
internal sealed class GzipReader(FileStream file) : Stream
{
    private const int TrailerBytes = 8, MostMembers = 16;

    private readonly GZipStream _content = new(file, CompressionMode.Decompress, leaveOpen: true);
    private uint _checksum = Crc32.Begin;
    private long _length;
    private bool _checked;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => _length;
        set => throw new NotSupportedException();
    }

    /// <summary>Reads on.</summary>
    /// <exception cref="InvalidDataException">The file is damaged or cut short.</exception>
    public override int Read(Span<byte> buffer)
    {
        int got;
        try
        {
            got = _content.Read(buffer);
        }
        catch (InvalidDataException error)
        {
            throw new InvalidDataException("its gzip compression is damaged", error);
        }

        _checksum = Crc32.Add(_checksum, buffer[..got]);
        _length += got;
        if (got == 0 && buffer.Length > 0 && !_checked)
        {
            if (!EndsWith(Crc32.End(_checksum), _length) && !LastMemberIsWhole())
                throw new InvalidDataException("its gzip compression ends before its checksum");
            _checked = true;
        }

        return got;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _content.Dispose();
            file.Dispose();
        }

        base.Dispose(disposing);
    }

    // The last bytes are checksum and length, but for zeros to fill a block up.
    private bool EndsWith(uint checksum, long length)
    {
        byte[] tail = Tail(TrailerBytes + (1 << 16));
        Span<byte> trailer = stackalloc byte[TrailerBytes];
        BinaryPrimitives.WriteUInt32LittleEndian(trailer, checksum);
        BinaryPrimitives.WriteUInt32LittleEndian(trailer[4..], (uint)length);
        int at = tail.AsSpan().LastIndexOf(trailer);
        return at >= 0 && !tail.AsSpan(at + TrailerBytes).ContainsAnyExcept((byte)0);
    }

    /// <summary>
    /// Whether a file that was joined from several ends with one that is whole; the checksums of those before have been compared.
    /// </summary>
    private bool LastMemberIsWhole()
    {
        byte[] tail = Tail(1 << 24);
        for (int end = tail.Length, tried = 0; tried < MostMembers && end > 0; tried++)
        {
            int at = tail.AsSpan(0, end).LastIndexOf([(byte)0x1F, (byte)0x8B, (byte)8]);
            if (at < 0 || (at == 0 && tail.Length == file.Length)) return false;
            end = at;
            uint checksum = Crc32.Begin;
            long length = 0;
            byte[] buffer = new byte[1 << 16];
            try
            {
                using var member = new GZipStream(new MemoryStream(tail, at, tail.Length - at), CompressionMode.Decompress);
                for (int got; (got = member.Read(buffer)) > 0; length += got) checksum = Crc32.Add(checksum, buffer.AsSpan(0, got));
            }
            // These three bytes stand there by chance.
            catch (InvalidDataException)
            {
                continue;
            }

            if (EndsWith(Crc32.End(checksum), length)) return true;
        }

        return false;
    }

    private byte[] Tail(int most)
    {
        byte[] tail = new byte[Math.Min(file.Length, most)];
        file.Position = file.Length - tail.Length;
        file.ReadExactly(tail);
        return tail;
    }
}
