using Pare.Graphs;
using Pare.Graphs.Lowering;

namespace Pare.Export.Onnx;

/// <summary>What each operator of a file becomes.</summary>
internal sealed partial class OnnxReader
{
    private OnnxMap Map() => _node.Operator switch
    {
        "Conv" => Convolution(),
        "Gemm" => Gemm(),
        "MatMul" => MatMul(),
        "BatchNormalization" => BatchNorm(),
        "Add" => Sum(),
        "Sub" => Difference(),
        "Mul" => Product(),
        "Div" => PerChannel(Input(), Required(1), static value => 1 / value, null),
        "Relu" => Activate(new(PointFunction.Relu)),
        "Clip" => Clip(),
        "LeakyRelu" => Activate(new(PointFunction.LeakyRelu, _node.Float("alpha", 0.01f))),
        "Elu" => Activate(new(PointFunction.Elu, _node.Float("alpha", 1))),
        "PRelu" => PRelu(),
        "Sigmoid" => Activate(new(PointFunction.Sigmoid)),
        "HardSigmoid" => HardSigmoid(),
        "HardSwish" => Activate(new(PointFunction.HardSwish)),
        "Tanh" => Activate(new(PointFunction.Tanh)),
        "MaxPool" => Pool(PoolMode.Max),
        "AveragePool" => Pool(_node.Int("count_include_pad", 0) != 0 ? PoolMode.AverageWithBorders : PoolMode.Average),
        "GlobalAveragePool" => OnnxMap.Of(Add("", new LoweredMean(), Planes(Input())), OnnxMap.ChannelsFirst),
        "GlobalMaxPool" => GlobalMaxPool(),
        "ReduceMean" => Mean(),
        "Pad" => Pad(),
        "Concat" => Concat(),
        "Softmax" or "LogSoftmax" => Softmax(),
        "Flatten" => Flatten(),
        "Reshape" => Reshape(),
        "Squeeze" => Squeeze(),
        "Unsqueeze" => Unsqueeze(),
        "Transpose" => Transpose(),
        "QuantizeLinear" => Quantize(),
        "DequantizeLinear" => Dequantize(),
        "Identity" => Raw(0),
        "Cast" => Cast(),
        "Dropout" => Dropout(),
        _ => throw _node.Refused("is an operator that Pare does not know"),
    };
}
