namespace Pare.Export.CSource;

/// <summary>
/// The innermost loop of convolutions in integers: sums of several channels by several pixels in registers, so that each value that is
/// loaded is used several times. With the DSP instructions of a Cortex-M4, four bytes are two words of two halves and a multiplication is
/// two.
/// </summary>
/// <param name="Channels">Output channels.</param>
/// <param name="Pixels">Pixels.</param>
internal readonly record struct IntegerTile(int Channels, int Pixels)
{
    /// <summary>The most pixels of a tile.</summary>
    public const int MostPixels = 3;

    private const int Unrolled = 4;

    /// <summary>The channels of a tile of so many pixels: what fits into the registers of a small processor.</summary>
    public static int ChannelsFor(int pixels) => pixels == 1 ? 4 : 2;

    /// <summary>A row cut into tiles: threes, then what makes no tile of one.</summary>
    public static (int Pixels, int Count)[] Cut(int width)
    {
        if (width == 1) return [(1, 1)];
        int twos = (MostPixels - (width % MostPixels)) % MostPixels;
        return [.. new[] { (MostPixels, (width - (2 * twos)) / MostPixels), (2, twos) }.Where(static tile => tile.Item2 > 0)];
    }

    /// <summary>The function's name.</summary>
    public string Name => $"tile_{Channels}x{Pixels}";

    /// <summary>What the functions of a file need.</summary>
    public static void WriteHead(CWriter writer, string upper)
    {
        writer.Line("/* The DSP instructions of ARMv7E-M and later give the same sums with half of the multiplications. */");
        writer.Line($"#if defined(__ARM_FEATURE_DSP) && !defined({upper}_PLAIN_C)");
        writer.Line("#include <arm_acle.h>");
        writer.Line("#define WITH_DSP");
        writer.Line("#endif");
        writer.Line();
    }

    /// <summary>What the tiles' functions need.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="channels">The numbers of channels that tiles have.</param>
    public static void WriteWords(CWriter writer, IEnumerable<int> channels)
    {
        writer.Line("#ifdef WITH_DSP");
        writer.Line("/* Four bytes; the even and the odd ones of them as halves. */");
        writer.Function("static HOT uint32_t word(const int8_t *from)");
        writer.Line("uint32_t value;");
        writer.Line("memcpy(&value, from, sizeof value);");
        writer.Line("return value;");
        writer.Close();
        writer.Line();
        writer.Function("static HOT int16x2_t even(uint32_t value)");
        writer.Line("return __sxtb16((int8x4_t)value);");
        writer.Close();
        writer.Line();
        writer.Function("static HOT int16x2_t odd(uint32_t value)");
        writer.Line("#ifdef __GNUC__");
        writer.Line("int16x2_t halves;");
        writer.Line("__asm__(\"sxtb16 %0, %1, ror #8\" : \"=r\"(halves) : \"r\"(value));");
        writer.Line("return halves;");
        writer.Line("#else");
        writer.Line("return __sxtb16((int8x4_t)(value >> 8 | value << 24));");
        writer.Line("#endif");
        writer.Close();
        writer.Line();
        writer.Line("/* Adds four values times the even and the odd weights of each channel to its sum. */");
        writer.Line("typedef struct { int8_t at[4]; } bytes_4;");
        foreach (int count in channels) WriteDot(writer, count);
        writer.Line("#endif");
        writer.Line();
    }

    /// <summary>Writes the function.</summary>
    public void Write(CWriter writer)
    {
        writer.Line($"/* sums[channel][pixel], {Channels} channels of {Pixels} pixels, of k products: pixels step apart, channels k. */");
        string start = Each(Channels, ", ", static o => $"int32_t b{o}");
        writer.Function($"static HOT void {Name}(int32_t *sums, {start}, const int8_t *x, int step, CONSTANT int8_t *w, int k)");
        for (int o = 0; o < Channels; o++)
            writer.Line($"int32_t {Each(Pixels, ", ", p => $"a{o}{p} = b{o}")};");
        writer.Line("CONSTANT int8_t *const end = w + k;");
        writer.Line("#ifdef WITH_DSP");
        writer.Open("for (; w < end - 3; w += 4, x += 4)");
        writer.Line($"const uint32_t {Each(Channels, ", ", o => $"w{o} = word(w{Times(o, "k")})")};");
        writer.Line($"const int16x2_t {Each(Channels, ", ", static o => $"e{o} = even(w{o}), o{o} = odd(w{o})")};");
        string weights = Each(Channels, ", ", static o => $"e{o}, o{o}");
        for (int p = 0; p < Pixels; p++)
        {
            string sums = Each(Channels, ", ", o => $"a{o}{p}");
            writer.Line($"DOT_{Channels}({sums}, {weights}, x{Times(p, "step")});");
        }

        writer.Close();
        writer.Line("#elif !defined(__x86_64__) && !defined(__aarch64__)");
        writer.Open($"for (; w < end - {Unrolled - 1}; w += {Unrolled}, x += {Unrolled})");
        for (int i = 0; i < Unrolled; i++) WriteStep(writer, i);
        writer.Close();
        writer.Line("#endif");
        writer.Open("for (; w < end; w++, x++)");
        WriteStep(writer, 0);
        writer.Close();
        if (Pixels == 1) writer.Line("(void)step;");
        for (int o = 0; o < Channels; o++)
        {
            for (int p = 0; p < Pixels; p++) writer.Line($"sums[{(o * Pixels) + p}] = a{o}{p};");
        }

        writer.Close();
        writer.Line();
    }

    /// <summary>
    /// Four values times four weights each of several channels. Written as assembly where a compiler otherwise loads so much ahead that
    /// sums leave the registers.
    /// </summary>
    private static void WriteDot(CWriter writer, int channels)
    {
        string parameters = string.Join(", ", Enumerable.Range(0, channels).Select(static o => $"a{o}"))
            + ", " + Each(channels, ", ", static o => $"e{o}, o{o}");
        bool assembly = channels <= 2;
        if (assembly)
        {
            writer.Line("#if defined(__GNUC__) && defined(__thumb2__)");
            writer.Line($"#define DOT_{channels}({parameters}, at) do {{ int16x2_t e_, o_; __asm__( \\");
            writer.Line("    \"ldr %[o], %[x]\\n\\tsxtb16 %[e], %[o]\\n\\tsxtb16 %[o], %[o], ror #8\\n\" \\");
            for (int o = 0; o < channels; o++) writer.Line($"    \"\\tsmlad %[s{o}], %[e], %[l{o}], %[s{o}]\\n\" \\");
            for (int o = 0; o < channels; o++) writer.Line($"    \"\\tsmlad %[s{o}], %[o], %[h{o}], %[s{o}]\\n\" \\");
            writer.Line($"    : {Each(channels, ", ", static o => $"[s{o}] \"+r\"(a{o})")}, " +
                "[e] \"=&r\"(e_), [o] \"=&r\"(o_) \\");
            writer.Line($"    : [x] \"m\"(*(const bytes_4 *)(at)), " +
                $"{Each(channels, ", ", static o => $"[l{o}] \"r\"(e{o}), [h{o}] \"r\"(o{o})")}); }} while (0)");
            writer.Line("#else");
        }

        writer.Line($"#define DOT_{channels}({parameters}, at) do {{ \\");
        writer.Line("    const uint32_t value_ = word(at); const int16x2_t e_ = even(value_), o_ = odd(value_); \\");
        writer.Line($"    {Each(channels, " ", static o => $"a{o} = __smlad(e_, e{o}, a{o});")} \\");
        writer.Line($"    {Each(channels, " ", static o => $"a{o} = __smlad(o_, o{o}, a{o});")} }} while (0)");
        if (assembly) writer.Line("#endif");
    }

    private void WriteStep(CWriter writer, int step)
    {
        writer.Open();
        writer.Line($"const int {Each(Channels, ", ", o => $"w{o} = w[{Index(step, o, "k")}]")};");
        writer.Line("int f;");
        for (int p = 0; p < Pixels; p++)
        {
            string sums = Each(Channels, " ", o => $"a{o}{p} += f * w{o};");
            writer.Line($"f = x[{Index(step, p, "step")}]; {sums}");
        }

        writer.Close();
    }

    private static string Times(int factor, string name) => factor switch { 0 => "", 1 => $" + {name}", _ => $" + {factor} * {name}" };

    private static string Each(int count, string between, Func<int, string> text) =>
        string.Join(between, Enumerable.Range(0, count).Select(text));

    private static string Index(int start, int factor, string name) => factor == 0 ? CText.Int(start)
        : $"{(factor == 1 ? name : $"{factor} * {name}")}{(start == 0 ? "" : $" + {start}")}";
}
