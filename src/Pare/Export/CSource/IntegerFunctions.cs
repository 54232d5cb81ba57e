using Pare.Quantization;

namespace Pare.Export.CSource;

/// <summary>
/// The arithmetic of <see cref="Requantization"/> and <see cref="OutputStage"/> in C: those of its functions that a file uses. Where no sum
/// can leave 31 bits and every factor is below a half, which is known when the file is written, a short form gives the same.
/// </summary>
internal sealed class IntegerFunctions
{
    private readonly HashSet<string> _used = new(StringComparer.Ordinal);

    /// <summary>Asks for a function, and for what it calls.</summary>
    public string Use(string name)
    {
        if (!_used.Add(name)) return name;
        foreach (string other in name switch
        {
            "store" or "store_table" => new[] { "scale", "cut" },
            "store_any" or "store_any_table" => ["scale_any", "cut"],
            _ => [],
        })
        {
            Use(other);
        }

        return name;
    }

    /// <summary>Whether the short form gives the product of any number up to a size.</summary>
    public static bool IsShort(Requantization by, long most) => (by.Multiplier == 0 || by.Shift < 0) && most < 1 << 30;

    /// <summary>The second factor of the short form: how far its result is shifted.</summary>
    public static int Right(Requantization by) => by.Multiplier == 0 ? 0 : -by.Shift - 1;

    /// <summary>The expression of a product, which is a number of 32 bits.</summary>
    /// <param name="by">The factor.</param>
    /// <param name="value">The expression of a number of 32 bits.</param>
    /// <param name="most">How large it may be.</param>
    public string Product(Requantization by, string value, long most) => IsShort(by, most)
        ? $"((({Use("scale")}({value}, {by.Multiplier}, {Right(by)})) + 1) >> 1)"
        : $"{Use("scale_any")}({value}, {by.Multiplier}, {by.Shift})";

    /// <summary>The expression of what is stored of a product, an <c>int8_t</c>.</summary>
    /// <param name="stage">What becomes of it.</param>
    /// <param name="product">The expression of the product.</param>
    /// <param name="table">The middle of the stage's table.</param>
    public string Store(OutputStage stage, string product, string? table)
    {
        string value = $"{Use("cut")}({product}, {stage.Min - stage.ZeroPoint}, {stage.Max - stage.ZeroPoint})";
        if (stage.ZeroPoint != 0) value = Plus(value, stage.ZeroPoint);
        return table is null ? $"(int8_t)({value})" : $"{table}[{value}]";
    }

    /// <summary>The expression of what is stored of a sum times its channel's factor, which is in <c>factor</c> and <c>right</c>.</summary>
    public string Store(OutputStage stage, string sum, bool isShort, string? table)
    {
        if (!isShort) return Store(stage, $"{Use("scale_any")}({sum}, factor, right)", table);
        string twice = Plus($"{Use("scale")}({sum}, factor, right)", (2 * stage.ZeroPoint) + 1);
        string value = $"{Use("cut")}(({twice}) >> 1, {stage.Min}, {stage.Max})";
        return table is null ? $"(int8_t){value}" : $"{table}[{value}]";
    }

    /// <summary>A value plus a known number.</summary>
    public static string Plus(string value, int number) =>
        number == 0 ? value : $"{value} {(number < 0 ? "-" : "+")} {CText.Int(Math.Abs((long)number))}";

    /// <summary>A value minus a zero point, in parentheses where it is a difference.</summary>
    public static string Minus(string value, int zero) => zero == 0 ? value : $"({Plus(value, -zero)})";

    /// <summary>Writes those that are used.</summary>
    public void Write(CWriter writer)
    {
        WriteHot(writer);
        CFunctions.WriteApart(writer);
        if (_used.Count == 0) return;
        writer.Line("/* Refuses a compiler that does not round down where it shifts a negative number to the right. */");
        writer.Line("typedef char right_shifts_round_down[(-1 >> 1) == -1 ? 1 : -1];");
        writer.Line();
        if (_used.Contains("scale")) WriteScale(writer);
        if (_used.Contains("scale_any")) WriteScaleAny(writer);
        if (_used.Contains("cut")) WriteCut(writer);
        if (_used.Contains("mean_of")) WriteMeanOf(writer);
        foreach (bool isShort in new[] { true, false })
        {
            foreach (bool table in new[] { false, true })
            {
                if (_used.Contains(StoreName(isShort, table))) WriteStore(writer, isShort, table);
            }
        }
    }

    /// <summary>The function that stores sums.</summary>
    public static string StoreName(bool isShort, bool table) => $"store{(isShort ? "" : "_any")}{(table ? "_table" : "")}";

    private static void WriteHot(CWriter writer)
    {
        writer.Line("/* What is in every inner loop: in each place of its own, unless the program is to be small. */");
        writer.Line("#if defined(__GNUC__) && defined(__OPTIMIZE__) && !defined(__OPTIMIZE_SIZE__)");
        writer.Line("#define HOT inline __attribute__((always_inline))");
        writer.Line("#else");
        writer.Line("#define HOT inline");
        writer.Line("#endif");
        writer.Line();
    }

    private static void WriteScale(CWriter writer)
    {
        writer.Line("/* x factor / 2^(31 + right), rounded down: what is left is (result + 1) / 2. For |x| < 2^30. */");
        writer.Function("static HOT int32_t scale(int32_t x, int32_t factor, int right)");
        writer.Line("#if defined(WITH_DSP) && defined(__GNUC__)");
        writer.Line("int32_t high;");
        writer.Line("__asm__(\"smmul %0, %1, %2\" : \"=r\"(high) : \"r\"(x * 2), \"r\"(factor));");
        writer.Line("#else");
        writer.Line("const int32_t high = (int32_t)(((int64_t)(x * 2) * factor) >> 32);");
        writer.Line("#endif");
        writer.Line("return high >> right;");
        writer.Close();
        writer.Line();
    }

    private static void WriteScaleAny(CWriter writer)
    {
        writer.Line("/* x factor 2^(shift - 31), rounded; a product with a power of two that leaves 32 bits becomes their end. */");
        writer.Function("static int32_t scale_any(int32_t x, int32_t factor, int shift)");
        writer.Line("const int right = shift < 0 ? -shift : 0;");
        writer.Line("int64_t wide = (int64_t)x * ((int32_t)1 << (shift > 0 ? shift : 0));");
        writer.Line("if (wide > INT32_MAX) wide = INT32_MAX;");
        writer.Line("if (wide < INT32_MIN) wide = INT32_MIN;");
        writer.Line("return (int32_t)((wide * factor + ((int64_t)1 << (30 + right))) >> (31 + right));");
        writer.Close();
        writer.Line();
    }

    private static void WriteCut(CWriter writer)
    {
        writer.Function("static HOT int32_t cut(int32_t x, int low, int high)");
        writer.Line("#if defined(__ARM_FEATURE_SAT) && defined(WITH_DSP)");
        writer.Line("if (high == 127) {");

        // GCC's own __ssat turns an unsigned number into a signed one, of which it then warns here.
        writer.Line("#ifdef __GNUC__");
        writer.Line("    __asm__(\"ssat %0, #8, %0\" : \"+r\"(x));");
        writer.Line("#else");
        writer.Line("    x = __ssat(x, 8);");
        writer.Line("#endif");
        writer.Line("    return low == -128 || x > low ? x : low;");
        writer.Line("}");
        writer.Line("#endif");
        writer.Line("x = x < low ? low : x;");
        writer.Line("return x > high ? high : x;");
        writer.Close();
        writer.Line();
    }

    private static void WriteMeanOf(CWriter writer)
    {
        writer.Line("/* sum / count to the nearest, the one farther from 0 of two. */");
        writer.Function("static HOT int32_t mean_of(int32_t sum, int32_t count)");
        writer.Line("return (sum + (sum < 0 ? -(count / 2) : count / 2)) / count;");
        writer.Close();
        writer.Line();
    }

    private static void WriteStore(CWriter writer, bool isShort, bool table)
    {
        writer.Line($"/* Stores the sums of a channel{(table ? ", looked up" : "")}, pitch values apart. */");
        writer.Function($"static HOT void {StoreName(isShort, table)}(int8_t *y, int pitch, const int32_t *sums, int count, " +
            $"int32_t factor, int right, int zero, int low, int high{(table ? ", CONSTANT int8_t *table" : "")})");
        string value = isShort ? "cut((scale(sums[p], factor, right) + 2 * zero + 1) >> 1, low, high)"
            : "cut(scale_any(sums[p], factor, right), low - zero, high - zero) + zero";
        writer.Line("int p;");
        writer.Line("#if defined(__GNUC__) && __GNUC__ >= 8 && !defined(__clang__) && !defined(__OPTIMIZE_SIZE__)");
        writer.Line($"#pragma GCC unroll {IntegerTile.MostPixels}");
        writer.Line("#endif");
        writer.Line($"for (p = 0; p < count; p++, y += pitch) *y = {(table ? $"table[{value}]" : $"(int8_t)({value})")};");
        writer.Close();
        writer.Line();
    }
}
