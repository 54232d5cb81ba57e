using System.Buffers.Binary;
using System.IO.Compression;

namespace Pare.Data;

/// <summary>
/// The content of a gzip file (RFC 1952), of several that were joined, too, told as damaged where it ends before its checksum or goes on
/// behind it; .NET takes the one end for the other, and what follows for nothing.
/// </summary>
/// <param name="file">The file, from its beginning; closed with this.</param>
internal sealed class GzipReader(FileStream file) : ForwardStream
{
    /// <summary>
    /// Deflate shrinks nothing further: whatever claims more than so many times its bytes is wrong before a byte is read.
    /// </summary>
    public const long MostGrowth = 1032;

    private const int TrailerBytes = 8, HasChecksum = 2, HasExtra = 4, HasName = 8, HasComment = 16, KnownFlags = 31;

    private readonly Packed _packed = new(file);
    private DeflateStream? _member;
    private uint _checksum;
    private uint _length;
    private bool _ended;

    /// <summary>Reads on.</summary>
    /// <exception cref="InvalidDataException">The file is damaged, cut short, or goes on after its end.</exception>
    public override int Read(Span<byte> buffer)
    {
        if (buffer.IsEmpty) return 0;
        while (!_ended)
        {
            if (_member is null) Begin();
            int got;
            try
            {
                got = _member!.Read(buffer);
            }
            catch (InvalidDataException error)
            {
                throw new InvalidDataException("its gzip compression is damaged", error);
            }

            _checksum = Crc32.Add(_checksum, buffer[..got]);
            _length += (uint)got;
            if (got > 0) return got;
            End();
        }

        return 0;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _member?.Dispose();
            file.Dispose();
        }

        base.Dispose(disposing);
    }

    private void Begin()
    {
        Span<byte> head = stackalloc byte[10];
        Fill(head);
        int flags = head[3];
        if (head is not [0x1F, 0x8B, 8, ..] || flags > KnownFlags) throw new InvalidDataException("its gzip compression is damaged");
        if ((flags & HasExtra) != 0)
        {
            Span<byte> length = stackalloc byte[2];
            Fill(length);
            file.Position += BinaryPrimitives.ReadUInt16LittleEndian(length);
        }

        if ((flags & HasName) != 0) SkipText();
        if ((flags & HasComment) != 0) SkipText();
        if ((flags & HasChecksum) != 0) file.Position += 2;
        (_checksum, _length) = (Crc32.Begin, 0);
        _member = new DeflateStream(_packed, CompressionMode.Decompress, leaveOpen: true);
    }

    // The decompression does not say how much of the last block that it was handed it used; checksum and length, which must follow, do.
    private void End()
    {
        _member!.Dispose();
        _member = null;
        Span<byte> trailer = stackalloc byte[TrailerBytes];
        BinaryPrimitives.WriteUInt32LittleEndian(trailer, Crc32.End(_checksum));
        BinaryPrimitives.WriteUInt32LittleEndian(trailer[4..], _length);
        long start = _packed.LastBlock;
        byte[] tail = new byte[Math.Min(file.Position - start + TrailerBytes, file.Length - start)];
        file.Position = start;
        file.ReadExactly(tail);
        int at = tail.AsSpan().IndexOf(trailer);
        if (at < 0) throw new InvalidDataException("its gzip compression ends before its checksum, or that does not match");
        file.Position = start + at + TrailerBytes;
        _ended = file.Position == file.Length || IsPadding();
    }

    // Zeros fill the last block of a tape. What else follows must be another gzip file, and belongs to this one.
    private bool IsPadding()
    {
        long begin = file.Position;
        if (file.ReadByte() == 0x1F && file.ReadByte() == 0x8B)
        {
            file.Position = begin;
            return false;
        }

        file.Position = begin;
        byte[] block = new byte[1 << 12];
        for (int got; (got = file.Read(block)) > 0;)
            if (block.AsSpan(0, got).ContainsAnyExcept((byte)0))
                throw new InvalidDataException($"it goes on for {file.Length - begin} bytes after the end of its gzip compression");
        return true;
    }

    private void Fill(Span<byte> bytes)
    {
        if (file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) < bytes.Length)
            throw new InvalidDataException("its gzip compression ends within its header");
    }

    private void SkipText()
    {
        int value;
        while ((value = file.ReadByte()) > 0)
        {
        }

        if (value < 0) throw new InvalidDataException("its gzip compression ends within its header");
    }

    /// <summary>
    /// The file, and where the last block began that was read from it. Where it could be gone back in, the decompression would do so by
    /// itself, as far as it knows to.
    /// </summary>
    private sealed class Packed(FileStream file) : ForwardStream
    {
        public long LastBlock { get; private set; }

        public override int Read(Span<byte> buffer)
        {
            if (file.Position < file.Length) LastBlock = file.Position;
            return file.Read(buffer);
        }
    }
}
