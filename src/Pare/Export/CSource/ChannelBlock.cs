namespace Pare.Export.CSource;

/// <summary>
/// The statements on a block of output channels: on vectors or on four scalars each, as the macros of the file say, or on the one to three
/// scalars that remain.
/// </summary>
internal sealed class ChannelBlock
{
    private readonly bool _rest;

    private ChannelBlock(int channels, bool rest) => (Channels, _rest) = (channels, rest);

    /// <summary>A block of 16, 8 or 4.</summary>
    public static ChannelBlock Of(int channels) => new(channels, rest: false);

    /// <summary>What remains.</summary>
    public static ChannelBlock Rest(int channels) => new(channels, rest: true);

    /// <summary>Channels whose weights lie side by side.</summary>
    public int Channels { get; }

    /// <summary>Sums of a pixel that are kept at once where there are no vectors.</summary>
    public int Sums => _rest ? Channels : RegisterTile.Quad;

    /// <summary>Where the weights of the block begin.</summary>
    public string Weights => $"w{Part}";

    private string Part => Channels > RegisterTile.Quad ? " + h" : "";

    /// <summary>Declares the sums of a pixel.</summary>
    public string Start(int pixel, bool biased) => _rest
        ? $"float {string.Join(", ", Enumerable.Range(0, Channels).Select(o => $"a{pixel}{o} = {(biased ? $"b[{o}]" : "0.0f")}"))}"
        : biased ? $"START({Type}, a{pixel}, b{Part})" : $"ZERO({Type}, a{pixel})";

    /// <summary>Loads the weights of a step.</summary>
    public string Load(int step) => _rest
        ? $"const float {string.Join(", ", Enumerable.Range(0, Channels).Select(o => $"w{o} = q[{(step * Channels) + o}]"))}"
        : $"LOAD({Type}, w_, q + {step * Channels})";

    /// <summary>Adds the value <c>f</c> times the weights to the sums of a pixel.</summary>
    public string MultiplyAdd(int pixel) => _rest
        ? string.Join(" ", Enumerable.Range(0, Channels).Select(o => $"a{pixel}{o} += f * w{o};")).TrimEnd(';')
        : $"ADD(a{pixel}, f, w_)";

    /// <summary>Stores the sums of a pixel, or their relu.</summary>
    public string Store(int pixel, string place, bool relu) => _rest
        ? string.Join(" ", Enumerable.Range(0, Channels)
            .Select(o => $"y[{place}{(o == 0 ? "" : $" + {o}")}] = {(relu ? $"RELU(a{pixel}{o})" : $"a{pixel}{o}")};")).TrimEnd(';')
        : $"STORE{(relu ? "_RELU" : "")}(y{(place == "0" ? "" : $" + {place}")}{Part}, a{pixel})";

    private string Type => $"lanes_{Channels}";

    /// <summary>Writes the macros.</summary>
    public static void WriteMacros(CWriter writer)
    {
        writer.Line(
            """
            /* Sums of several channels at once: a vector where compiler and machine have them, four variables otherwise. */
            #if defined(__GNUC__) && (defined(__SSE2__) || defined(__ARM_NEON))
            #if defined(__AVX512F__)
            #define LANES_16 16
            #elif defined(__AVX__)
            #define LANES_16 8
            #else
            #define LANES_16 4
            #endif
            #define LANES_8 (LANES_16 < 8 ? LANES_16 : 8)
            typedef float lanes_16 __attribute__((vector_size(LANES_16 * 4)));
            typedef float lanes_8 __attribute__((vector_size(LANES_8 * 4)));
            typedef float lanes_4 __attribute__((vector_size(16)));
            #define ZERO(type, a) type a = {0.0f}
            #define START(type, a, from) type a; memcpy(&a, from, sizeof a)
            #define LOAD(type, a, from) type a; memcpy(&a, from, sizeof a)
            #define ADD(a, x, w) a += (x) * w
            #define STORE(to, a) memcpy(to, &a, sizeof a)
            #define STORE_RELU(to, a) do { const __typeof__(a) zero_ = {0.0f}; \
                const __typeof__(a < zero_) kept_ = (__typeof__(a < zero_))a & ~(a < zero_); STORE(to, kept_); } while (0)
            #else
            #define LANES_16 4
            #define LANES_8 4
            #define ZERO(type, a) float a##0 = 0.0f, a##1 = 0.0f, a##2 = 0.0f, a##3 = 0.0f
            #define START(type, a, from) float a##0 = (from)[0], a##1 = (from)[1], a##2 = (from)[2], a##3 = (from)[3]
            #define LOAD(type, a, from) const float a##0 = (from)[0], a##1 = (from)[1], a##2 = (from)[2], a##3 = (from)[3]
            #define ADD(a, x, w) a##0 += (x) * w##0; a##1 += (x) * w##1; a##2 += (x) * w##2; a##3 += (x) * w##3
            #define STORE(to, a) do { float *const at_ = to; at_[0] = a##0; at_[1] = a##1; at_[2] = a##2; at_[3] = a##3; } while (0)
            #define STORE_RELU(to, a) do { float *const at_ = to; \
                at_[0] = RELU(a##0); at_[1] = RELU(a##1); at_[2] = RELU(a##2); at_[3] = RELU(a##3); } while (0)
            #endif
            #define RELU(x) ((x) < 0.0f ? 0.0f : (x))

            """.ReplaceLineEndings("\n"));
    }
}
