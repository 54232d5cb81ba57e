using System.Buffers.Binary;
using System.Text;

namespace Pare.Tests.Fuzzing;

/// <summary>
/// Changes files: flipped bits, numbers at the edges of what fits, cuts, repeats, pieces of other files, words of the format.
/// </summary>
internal sealed class Mutator(int seed, string[] words)
{
    private const int MostBytes = 1 << 16;

    private static readonly long[] Edges =
    [
        0, 1, -1, 2, 7, 8, 16, 31, 32, 64, 100, 127, 128, 255, 256, 512, 1000, 1024, 4096, 32767, 32768, 65535, 65536, 1 << 20, 1 << 24,
        1 << 27,
        1 << 28, 1 << 30, int.MaxValue, int.MinValue, uint.MaxValue, 1L << 32, 1L << 40, long.MaxValue, long.MinValue, -2, -128, -32768,
    ];

    private readonly Random _random = new(seed);
    private readonly byte[][] _words = [.. words.Select(Encoding.UTF8.GetBytes)];

    public int Next(int most) => _random.Next(most);

    /// <summary>Changes one to eight places, mostly few.</summary>
    public byte[] Change(byte[] bytes, IReadOnlyList<byte[]> others)
    {
        int changes = 1 << _random.Next(4);
        for (int i = 0; i < changes; i++) bytes = ChangeOnce(bytes, others);
        return bytes.Length > MostBytes ? bytes[..MostBytes] : bytes;
    }

    private byte[] ChangeOnce(byte[] bytes, IReadOnlyList<byte[]> others)
    {
        if (bytes.Length == 0) return [(byte)_random.Next(256)];
        int at = _random.Next(bytes.Length), length = 1 + _random.Next(Math.Min(bytes.Length - at, 1 << _random.Next(9)));
        switch (_random.Next(_words.Length > 0 ? 13 : 10))
        {
            case 0:
                return With(bytes, at, [(byte)(bytes[at] ^ (1 << _random.Next(8)))]);
            case 1:
                return With(bytes, at, [(byte)_random.Next(256)]);
            case 2:
                return With(bytes, at, [(byte)(bytes[at] + _random.Next(-16, 17))]);
            case 3 or 4:
                return With(bytes, at, Number());
            case 5:
                return _random.Next(4) == 0 ? bytes[..at] : [.. bytes[..at], .. bytes[(at + length)..]];
            case 6:
                return [.. bytes[..at], .. Repeated(bytes.AsSpan(at, length).ToArray()), .. bytes[at..]];
            case 7:
                return With(bytes, at, Random(length));
            case 8:
                return [.. bytes[..at], .. Random(length), .. bytes[at..]];
            case 9:
                byte[] other = others[_random.Next(others.Count)];
                if (other.Length == 0) return bytes;
                int from = _random.Next(other.Length), to = from + _random.Next(other.Length - from) + 1;
                return _random.Next(2) == 0 ? [.. bytes[..at], .. other[from..to], .. bytes[at..]]
                    : With(bytes, at, other.AsSpan(from, to - from));
            case 10:
                return With(bytes, at, Word());
            case 11:
                return [.. bytes[..at], .. Word(), .. bytes[at..]];
            default:
                // In the place of a word, a number or a quoted text.
                int end = at;
                while (at > 0 && IsOfWord(bytes[at - 1])) at--;
                while (end < bytes.Length && IsOfWord(bytes[end])) end++;
                return [.. bytes[..at], .. Word(), .. bytes[end..]];
        }
    }

    private static bool IsOfWord(byte value) => value is >= (byte)'0' and <= (byte)'9' or >= (byte)'a' and <= (byte)'z'
        or >= (byte)'A' and <= (byte)'Z' or (byte)'_' or (byte)'-' or (byte)'.' or (byte)'"';

    private static byte[] With(byte[] bytes, int at, ReadOnlySpan<byte> over)
    {
        byte[] changed = [.. bytes];
        over[..Math.Min(over.Length, bytes.Length - at)].CopyTo(changed.AsSpan(at));
        return changed;
    }

    private byte[] Word() => _words[_random.Next(_words.Length)];

    private byte[] Repeated(byte[] piece)
    {
        int times = 1 << _random.Next(12);
        return [.. Enumerable.Repeat(piece, Math.Max(1, Math.Min(times, (1 << 13) / piece.Length))).SelectMany(static bytes => bytes)];
    }

    private byte[] Random(int length)
    {
        byte[] bytes = new byte[length];
        if (_random.Next(3) > 0) _random.NextBytes(bytes);
        else Array.Fill(bytes, (byte)_random.Next(256));
        return bytes;
    }

    private byte[] Number()
    {
        long value = Edges[_random.Next(Edges.Length)] + _random.Next(-1, 2);
        byte[] bytes = new byte[8];
        int size = 1 << _random.Next(4);
        if (_random.Next(2) == 0)
        {
            BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
            return bytes[..size];
        }

        BinaryPrimitives.WriteInt64BigEndian(bytes, value);
        return bytes[^size..];
    }
}
