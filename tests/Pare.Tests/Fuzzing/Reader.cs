using System.Text;

namespace Pare.Tests.Fuzzing;

/// <summary>A reader of files that others may have made, as the fuzzing calls it.</summary>
/// <param name="Name">What it reads.</param>
/// <param name="Seeds">Sound files, made by the project's own writers.</param>
/// <param name="Read">Reads one; what it throws must be one of <see cref="Errors"/>.</param>
internal sealed record Reader(string Name, Func<byte[][]> Seeds, Action<FuzzInput> Read)
{
    /// <summary>The exceptions that its documentation names.</summary>
    public required Type[] Errors { get; init; }

    /// <summary>The files of the source that read here, so that one which nobody fuzzes is seen.</summary>
    public required string[] Sources { get; init; }

    /// <summary>What the input is called in its folder; null where the reader takes bytes.</summary>
    public string? FileName { get; init; }

    /// <summary>Words of the format that chance would not find.</summary>
    public string[] Words { get; init; } = [];

    /// <summary>
    /// Puts checksums and lengths right again after a change, so that it gets past them; takes the changed bytes and those of the seed.
    /// </summary>
    public Func<byte[], byte[], byte[]>? Mend { get; init; }

    /// <summary>Bytes that may be allocated for any input, however small.</summary>
    public long BaseBytes { get; init; } = 8 << 20;

    /// <summary>Bytes that may be allocated for each byte of the input besides.</summary>
    public long BytesAByte { get; init; } = 1100;

    /// <summary>Changed files in the ordinary run of the tests; fewer for a reader that takes a millisecond or more.</summary>
    public int Inputs { get; init; } = 1000;

    /// <summary>Whether it leaves out what it cannot read, and so takes nearly everything.</summary>
    public bool IsLenient { get; init; }

    /// <summary>Makes what lies beside the input, once.</summary>
    public Action<string>? Prepare { get; init; }

    /// <summary>Words of JSON that programs trip over.</summary>
    public static string[] JsonWords { get; } =
    [
        "null", "true", "{}", "[]", "\"\"", "-1", "0", "1e999", "-1e999", "1e-999", "2147483648", "-2147483649", "9223372036854775808",
        "99999999999999999999999", "0.1", "\"NaN\"", "\"Infinity\"", "NaN", "\"\\ud800\"", "\"\\u0000\"", "\"../../x\"",
        "\"/etc/passwd\"", "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", "{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":", ",", ":", "\"a\":1,",
        "\"a\":1,\"a\":1,", "\"format\":2,", "// x\n", "\ufeff", "\"type\":\"x\",", "\"$type\":\"System.Object\",", "\"$ref\":\"1\",",
    ];

    public override string ToString() => Name;

    /// <summary>A text's bytes.</summary>
    public static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);
}
