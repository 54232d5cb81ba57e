using Pare.Graphs.Lowering;

namespace Pare.Export.CSource;

/// <summary>The elementwise functions in C, without a library: those that a file uses, and what they use themselves.</summary>
internal sealed class FloatFunctions
{
    private readonly SortedSet<string> _used = new(StringComparer.Ordinal);
    private static readonly string[] Order =
    [
        "larger", "exponential", "relu", "clip", "leaky_relu", "hard_sigmoid", "hard_swish", "sigmoid", "silu", "elu", "hyperbolic",
    ];


    /// <summary>Asks for a helper by name.</summary>
    public void Use(string helper) => _used.Add(helper);

    /// <summary>The expression of a function of a value.</summary>
    public string Apply(PointActivation activation, string value)
    {
        string a = CText.Float(activation.A), b = CText.Float(activation.B);
        (string helper, string constants) = activation.Function switch
        {
            PointFunction.Identity => ("", ""),
            PointFunction.Relu => ("relu", ""),
            PointFunction.Clip => ("clip", $", {a}, {b}"),
            PointFunction.LeakyRelu => ("leaky_relu", $", {a}"),
            PointFunction.Elu => ("elu", $", {a}"),
            PointFunction.Sigmoid => ("sigmoid", ""),
            PointFunction.HardSigmoid => ("hard_sigmoid", ""),
            PointFunction.Silu => ("silu", ""),
            PointFunction.HardSwish => ("hard_swish", ""),
            PointFunction.Tanh => ("hyperbolic", ""),
            _ => throw new NotSupportedException($"The function {activation.Function} has no form in C."),
        };
        if (helper.Length == 0) return value;
        Use(helper);
        if (activation.Function is PointFunction.Elu or PointFunction.Sigmoid or PointFunction.Silu or PointFunction.Tanh)
            Use("exponential");
        if (activation.Function == PointFunction.HardSwish) Use("hard_sigmoid");
        if (activation.Function == PointFunction.Silu) Use("sigmoid");
        return $"{helper}({value}{constants})";
    }

    /// <summary>Whether a function is so short that it stands where a sum is stored; others go over the row afterwards.</summary>
    public static bool IsShort(PointActivation activation) =>
        activation.Function is PointFunction.Identity or PointFunction.Relu or PointFunction.Clip or PointFunction.LeakyRelu;

    /// <summary>Writes those that are used.</summary>
    public void Write(CWriter writer)
    {
        if (_used.Count > 0) writer.Line("/* Functions of one value. What is not a number stays so. */");
        foreach (string helper in Order.Where(_used.Contains))
        {
            switch (helper)
            {
                case "exponential":
                    WriteExponential(writer);
                    break;
                case "larger":
                    Short("larger(float m, float x)", "return x > m || x != x ? x : m;");
                    break;
                case "relu":
                    Short("relu(float x)", "return x < 0.0f ? 0.0f : x;");
                    break;
                case "clip":
                    Short("clip(float x, float low, float high)", "return x < low ? low : x > high ? high : x;");
                    break;
                case "leaky_relu":
                    Short("leaky_relu(float x, float slope)", "return x < 0.0f ? slope * x : x;");
                    break;
                case "hard_sigmoid":
                    writer.Function("static inline float hard_sigmoid(float x)");
                    writer.Line("x = x * 0.16666667f + 0.5f;");
                    writer.Line("return x < 0.0f ? 0.0f : x > 1.0f ? 1.0f : x;");
                    writer.Close();
                    break;
                case "hard_swish":
                    Short("hard_swish(float x)", "return x * hard_sigmoid(x);");
                    break;
                case "sigmoid":
                    Short("sigmoid(float x)", "return 1.0f / (1.0f + exponential(-x));");
                    break;
                case "silu":
                    Short("silu(float x)", "return x * sigmoid(x);");
                    break;
                case "elu":
                    Short("elu(float x, float scale)", "return x < 0.0f ? scale * (exponential(x) - 1.0f) : x;");
                    break;
                case "hyperbolic":
                    Short("hyperbolic(float x)", "return 1.0f - 2.0f / (exponential(2.0f * x) + 1.0f);");
                    break;
            }

            writer.Line();
        }

        void Short(string head, string body) => writer.Line($"static inline float {head} {{ {body} }}");
    }

    // 2^n times the series of exp for what remains, which lies within ln 2 / 2 of 0: exact to about 1e-7 of the value.
    private static void WriteExponential(CWriter writer)
    {
        writer.Function("static float exponential(float x)");
        writer.Line("float power, rest;");
        writer.Line("uint32_t bits;");
        writer.Line("int n;");
        writer.Line("if (x != x) return x;");
        writer.Line("x = x > 88.0f ? 88.0f : x < -87.0f ? -87.0f : x;");
        writer.Line("n = (int)(x * 1.44269504f + (x < 0.0f ? -0.5f : 0.5f));");
        writer.Line("rest = x - (float)n * 0.693145752f;");
        writer.Line("rest -= (float)n * 1.42860677e-6f;");
        writer.Line("x = 1.0f / 720.0f + rest * (1.0f / 5040.0f);");
        writer.Line("x = 1.0f / 24.0f + rest * (1.0f / 120.0f + rest * x);");
        writer.Line("x = 1.0f + rest * (1.0f + rest * (0.5f + rest * (1.0f / 6.0f + rest * x)));");
        writer.Line("bits = (uint32_t)(n + 127) << 23;");
        writer.Line("memcpy(&power, &bits, sizeof power);");
        writer.Line("return x * power;");
        writer.Close();
    }
}
