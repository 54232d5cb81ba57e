using Pare.Graphs;
using Pare.Graphs.Lowering;

namespace Pare.Tests.Graphs.Lowering;

public class InferenceGraphBuilderTests
{
    [Fact]
    public void What_does_not_fit_is_refused_with_the_name_of_the_node()
    {
        InferenceNode other = new InferenceGraphBuilder(new Shape(2, 6, 5)).Input;
        Refused("conv", b => b.Add("conv", Convolution(3, 2, 3, 3) with { Groups = 3 }, b.Input), "3 groups");
        Refused("conv", b => b.Add("conv", Convolution(3, 4, 3, 3), b.Input), "for 4 input channels");
        Refused("conv", b => b.Add("conv", Convolution(3, 2, 9, 3), b.Input), "does not fit");
        Refused("conv", b => b.Add("conv", Convolution(3, 2, 3, 3) with { Window = new SlidingWindow(3, 2) }, b.Input), "window is 3x2");
        Refused("conv", b => b.Add("conv", Convolution(3, 2, 3, 3) with { Scale = [1, 2] }, b.Input), "2 scales");
        Refused("conv", b => b.Add("conv", Convolution(3, 2, 3, 3) with { Shift = [1, 2] }, b.Input), "2 shifts");
        Refused("conv", b => b.Add("conv", Convolution(3, 2, 3, 3) with { Activation = new(PointFunction.Clip, 6, 0) }, b.Input), "clips");
        Refused("conv", b => b.Add("conv", Convolution(3, 2, 3, 3), b.Input, b.Input), "one input");
        Refused("pool", b => b.Add("pool", new LoweredPool { Window = SlidingWindow.Square(2, padding: 2), Mode = PoolMode.Max }, b.Input),
            "outside the map");
        Refused("pool", b =>
            b.Add("pool", new LoweredPool { Window = SlidingWindow.Square(2, stride: 0), Mode = PoolMode.Max }, b.Input), "stride is 0");
        Refused("blur", b => b.Add("blur", new LoweredBlur(9, 1), b.Input), "filter is 9");
        Refused("add", b => b.Add("add", new LoweredAdd(), b.Input), "2 inputs or more");
        Refused("add", b => b.Add("add", new LoweredAdd(), b.Input, b.Add("mean", new LoweredMean(), b.Input)), "different shapes");
        Refused("multiply", b =>
            b.Add("multiply", new LoweredMultiply(), b.Add("mean", new LoweredMean(), b.Input), b.Input), "of the same shape");
        Refused("concat", b => b.Add("concat", new LoweredConcat(), b.Input, b.Add("mean", new LoweredMean(), b.Input)), "different sides");
        Refused("mean", b => b.Add("mean", new LoweredMean(), other), "another graph");
        Refused("input", b => b.Add("input", new LoweredMean(), b.Input), "Two nodes");
        Refused("second", b => b.Add("second", new LoweredInput(new Shape(1, 1, 1))), "second input");

        static void Refused(string name, Action<InferenceGraphBuilder> add, string what)
        {
            var error = Assert.Throws<ArgumentException>(() => add(new InferenceGraphBuilder(new Shape(2, 6, 5))));
            Assert.Contains($"'{name}'", error.Message, StringComparison.Ordinal);
            Assert.Contains(what, error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_claim_of_gigabytes_is_refused()
    {
        var builder = new InferenceGraphBuilder(new Shape(1 << 10, 1 << 9, 1 << 9));
        Assert.Throws<ArgumentException>(() => new InferenceGraphBuilder(new Shape(1 << 16, 1 << 16, 1)));
        Assert.Throws<ArgumentException>(() => builder.Add("concat", new LoweredConcat(), builder.Input, builder.Input));
    }

    [Fact]
    public void The_end_must_be_a_classifier_and_what_it_does_not_need_is_left_out()
    {
        var builder = new InferenceGraphBuilder(new Shape(2, 6, 5));
        InferenceNode unread = builder.Add("conv", Convolution(3, 2, 3, 3), builder.Input),
            mean = builder.Add("mean", new LoweredMean(), builder.Input);
        Assert.Throws<ArgumentException>(() => builder.Build(unread, Preprocessing.Plain(2)));
        Assert.Throws<ArgumentException>(() => builder.Build(mean, Preprocessing.Plain(3)));
        Assert.Throws<ArgumentException>(() => builder.Build(mean, Preprocessing.Plain(2) with { StandardDeviation = [1, 0] }));
        Assert.Throws<ArgumentException>(() => builder.Build(mean, Preprocessing.Plain(2), ["one"]));
        InferenceGraph graph = builder.Build(mean, Preprocessing.Plain(2), ["one", "two"]);
        Assert.Equal(["input", "mean"], graph.Nodes.Select(static node => node.Name));
        Assert.Equal(1, graph.Output.Index);
    }

    [Fact]
    public void Two_weight_arrays_of_one_name_are_refused()
    {
        var builder = new InferenceGraphBuilder(new Shape(2, 6, 5));
        InferenceNode first = builder.Add("one", Convolution(2, 2, 3, 3), builder.Input),
            second = builder.Add("two", Convolution(2, 2, 3, 3), first);
        InferenceNode mean = builder.Add("mean", new LoweredMean(), second);
        Assert.Throws<ArgumentException>(() => builder.Build(mean, Preprocessing.Plain(2)));
    }

    private static LoweredConvolution Convolution(int outputs, int inputs, int rows, int columns) => new()
    {
        Weights = new WeightArray("weight", [outputs, inputs, rows, columns], new float[outputs * inputs * rows * columns]),
        Window = new SlidingWindow(rows, columns),
    };
}
