using Pare.Graphs.Lowering;

namespace Pare.Export.Onnx;

/// <summary>
/// Maps that are brought to 8-bit integers and back: values are rounded as the file says, and what lies between computes in float32,
/// as the operators are defined. A runtime that computes it in integers may round otherwise.
/// </summary>
internal sealed partial class OnnxReader
{
    // A border of zeros stays one: they have an integer of their own.
    private OnnxMap Quantize()
    {
        OnnxMap map = Raw(0);
        return (map.IsProbability ? Input() : map) with { Integers = Integers(OnnxTypes.UInt8) };
    }

    private OnnxMap Dequantize()
    {
        OnnxMap map = Any(0);
        if (map.Integers is not { } made) throw _node.Refused("takes a map that no QuantizeLinear made");
        if (Integers(made.Type) != made) throw _node.Refused("has another scale or zero point than the QuantizeLinear before it");
        map = map with { Integers = null };
        return map.Node.Operation is LoweredActivation known && known.Activation == made.Steps ? map
            : map with { Node = Add("", new LoweredActivation(made.Steps), map.Node) };
    }

    private OnnxIntegers Integers(int otherwise)
    {
        _node.Int("axis", 1);
        _node.Int("saturate", 1);
        OnnxTensor scales = Required(1);
        if (scales.Count != 1) throw _node.Refused($"has {scales.Count} scales for a map; Pare knows one");
        float step = (float)scales.Values[0];
        if (!(float.IsNormal(step) && step > 0)) throw _node.Refused(Invariant($"has a scale of {scales.Values[0]}"));
        OnnxTensor? zero = Optional(2);
        int type = zero?.Type ?? otherwise;
        if (type is not (OnnxTypes.Int8 or OnnxTypes.UInt8)) throw _node.Refused("rounds to integers that are not of 8 bits");
        double place = (zero is null ? 0 : Single(zero)) + (type == OnnxTypes.UInt8 ? sbyte.MinValue : 0);
        return new OnnxIntegers(new PointActivation(PointFunction.FakeQuantize, step, (float)place), type);
    }
}
