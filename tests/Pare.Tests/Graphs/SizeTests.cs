using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using Pare.Graphs;
using Pare.Graphs.Layers;
using Pare.Kernels;
using Pare.Recipes;

namespace Pare.Tests.Graphs;

/// <summary>Whatever a network's sizes are, no product of them overflows: it is right or refused.</summary>
public class SizeTests
{
    private static readonly Type[] s_records = [.. typeof(Layer).Assembly.GetTypes()
        .Where(static type => !type.IsAbstract
            && (type.IsSubclassOf(typeof(Layer)) || type.IsSubclassOf(typeof(Block)) || type.IsSubclassOf(typeof(SurgeryChange))))];

    public static TheoryData<string, string, double> OutOfRange
    {
        get
        {
            var data = new TheoryData<string, string, double>();
            foreach ((Type type, PropertyInfo property) in Numbers().Where(static setting => setting.Type.IsSubclassOf(typeof(Layer))))
            {
                RangeAttribute range = property.GetCustomAttribute<RangeAttribute>()!;
                data.Add(type.Name, property.Name, range.AboveLeast ? range.Least : range.Least - 1);
                data.Add(type.Name, property.Name, range.Most + 1);
                data.Add(type.Name, property.Name, int.MinValue);
                data.Add(type.Name, property.Name, int.MaxValue);
            }

            return data;
        }
    }

    [Fact]
    public void Every_number_that_a_layer_a_block_or_a_change_takes_has_a_range()
    {
        (Type Type, PropertyInfo Property)[] numbers = [.. Numbers()];
        Assert.InRange(numbers.Length, 30, 200);
        Assert.Empty(numbers.Where(static number => number.Property.GetCustomAttribute<RangeAttribute>() is null)
            .Select(static number => $"{number.Type.Name}.{number.Property.Name}"));
    }

    [Theory]
    [MemberData(nameof(OutOfRange))]
    public void A_setting_out_of_its_range_is_refused_by_name(string type, string property, double value)
    {
        var layer = (Layer)Activator.CreateInstance(s_records.Single(record => record.Name == type && record.IsSubclassOf(typeof(Layer))))!;
        foreach (PropertyInfo required in layer.GetType().GetProperties()
            .Where(static property => property.IsDefined(typeof(RequiredMemberAttribute)))) required.SetValue(layer, 8);
        PropertyInfo setting = layer.GetType().GetProperty(property)!;
        setting.SetValue(layer,
            Convert.ChangeType(value, Nullable.GetUnderlyingType(setting.PropertyType)
            ?? setting.PropertyType, CultureInfo.InvariantCulture));

        var error = Assert.Throws<RecipeException>(() => GraphBuilder.Input(8, 9, 9).Layer(layer));

        Assert.StartsWith($"{property.ToLowerInvariant()} is ", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(-0.1f)]
    public void What_is_no_probability_is_refused(float probability)
    {
        Assert.Throws<RecipeException>(() => GraphBuilder.Input(1, 2, 3).Dropout(probability));
        Assert.Throws<RecipeException>(() => GraphBuilder.Input(1, 2, 3).Layer(new StochasticDepth { Probability = probability }));
    }

    [Theory]
    [InlineData(3, 30000, 30000)]
    [InlineData(int.MaxValue, int.MaxValue, int.MaxValue)]
    [InlineData(65536, 65536, 1)]
    [InlineData(1, 65537, 1)]
    [InlineData(0, 1, 1)]
    [InlineData(1, -1, 1)]
    public void A_map_that_cannot_be_counted_is_refused(int channels, int height, int width) =>
        Assert.Throws<RecipeException>(() => GraphBuilder.Input(channels, height, width));

    [Fact]
    public void A_layer_that_makes_too_large_a_map_is_refused_with_the_figure()
    {
        var error = Assert.Throws<RecipeException>(static () => GraphBuilder.Input(3, 64, 64).Conv(65536));

        Assert.Contains("a map of 65536x64x64 has 268,435,456 values", error.Message, StringComparison.Ordinal);
        Assert.Equal("layer 'conv1', which meets 3x64x64", error.Where);
    }

    [Fact]
    public void The_cost_of_the_largest_networks_is_right()
    {
        // Half a gigabyte of map and 528 million weights: 2^16 x 3 x 3 x 896 of them, each used for 45 x 45 pixels.
        Cost cost = Cost.Of(GraphBuilder.Input(896, 45, 45).Conv(65536).Build());

        Assert.Equal(528_482_304, cost.Parameters);
        Assert.Equal(528_482_304L * 45 * 45, cost.Macs);
        Assert.Equal(4L * (896 + 65536) * 45 * 45, cost.PeakActivationBytes);
    }

    [Fact]
    public void Weights_whose_bytes_cannot_be_counted_are_refused_alone_and_together()
    {
        Assert.Contains("603,979,776", Assert.Throws<RecipeException>(static () => GraphBuilder.Input(1024, 1, 1).Conv(65536)).Message,
            StringComparison.Ordinal);
        Assert.Contains("38,654,705,664", Assert.Throws<RecipeException>(static () => GraphBuilder.Input(1, 8, 8).Conv(65536).Conv(65536))
            .Message, StringComparison.Ordinal);
        GraphBuilder net = GraphBuilder.Input(1, 1, 1).Linear(20000).Linear(20000).Linear(20000);
        Assert.Contains("800,080,000 parameters", Assert.Throws<RecipeException>(() => net.Build()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Steps_that_multiply_beyond_counting_are_refused()
    {
        GraphBuilder net = GraphBuilder.Input(1, 3, 3);
        for (int i = 0; i < 3; i++) net.MaxPool(1, stride: 4096);

        Assert.Equal("layer 'max_pool3'", Assert.Throws<RecipeException>(() => net.Build()).Where);
    }

    [Fact]
    public void Multiples_of_channels_are_refused_before_they_overflow()
    {
        Assert.Contains("4294967296",
            Assert.Throws<RecipeException>(static () => GraphBuilder.Input(65536, 1, 1).DepthwiseConv(1, multiplier: 65536)).Message,
            StringComparison.Ordinal);
        Assert.Contains("expansion 40000 makes 2621440000",
            Assert.Throws<RecipeException>(static () => GraphBuilder.Input(65536, 1, 1).InvertedResidual(1, 40000)).Message,
            StringComparison.Ordinal);
        Graph wide = GraphBuilder.Input(2, 1, 1).Conv(60000, 1).DepthwiseConv(1).Linear(2).Build();
        Assert.Throws<RecipeException>(() => Pare.Graphs.Surgery.ScaleWidthSurgery.ScaleWidth(wide, 1e9f));
        Assert.Throws<RecipeException>(() => Pare.Graphs.Surgery.ScaleWidthSurgery.ScaleWidth(wide, float.NaN));
        Assert.Throws<RecipeException>(static () => Pare.Models.ModelCatalog.Create("vgg", new Shape(3, 32, 32), 10, float.MaxValue));
        Assert.Throws<RecipeException>(static () => Pare.Models.ModelCatalog.Create("resnet20", new Shape(3, 32, 32), 10, -1));
    }

    [Fact]
    public void A_network_has_at_most_so_many_layers()
    {
        GraphBuilder net = GraphBuilder.Input(1, 1, 1);

        Assert.Contains("4096 layers", Assert.Throws<RecipeException>(() => { for (int i = 0; i < 5000; i++) net.Relu(); }).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_shape_of_no_graph_does_not_wrap_around()
    {
        Assert.Throws<OverflowException>(static () => new Shape(3, 30000, 30000).Count);
        Assert.Throws<OverflowException>(static () => new Shape(1, 65536, 65536).Pixels);
    }

    [Fact]
    public void A_layer_with_a_wrong_number_of_inputs_is_refused()
    {
        GraphBuilder net = GraphBuilder.Input(2, 3, 4);

        Assert.Throws<RecipeException>(() => net.Join(new Add(), "one", net.Current));
        Assert.Throws<RecipeException>(() => net.Join(new Flatten(), "two", net.Current, net.Current));
        Assert.Throws<RecipeException>(() => net.Join(new ChannelMultiply(), "three", net.Current));
    }

    // What the builder's methods take where nothing is said is what the records have.
    [Theory]
    [InlineData("conv: 4")]
    [InlineData("pointwise_conv: 4")]
    [InlineData("depthwise_conv")]
    [InlineData("depthwise_separable: 4")]
    [InlineData("global_depthwise_conv")]
    [InlineData("residual_block: 4")]
    [InlineData("inverted_residual: 4")]
    [InlineData("squeeze_excite")]
    [InlineData("linear: 4")]
    [InlineData("batch_norm")]
    [InlineData("max_pool")]
    [InlineData("max_blur_pool")]
    [InlineData("blur_pool")]
    [InlineData("average_pool")]
    [InlineData("dropout")]
    [InlineData("stochastic_depth")]
    public void Builder_and_recipe_have_the_same_defaults(string layer)
    {
        GraphBuilder net = GraphBuilder.Input(2, 8, 8);
        _ = layer.Split(':')[0] switch
        {
            "conv" => net.Conv(4),
            "pointwise_conv" => net.PointwiseConv(4),
            "depthwise_conv" => net.DepthwiseConv(),
            "depthwise_separable" => net.DepthwiseSeparable(4),
            "global_depthwise_conv" => net.GlobalDepthwiseConv(),
            "residual_block" => net.ResidualBlock(4),
            "inverted_residual" => net.InvertedResidual(4),
            "squeeze_excite" => net.SqueezeExcite(),
            "linear" => net.Flatten().Linear(4),
            "batch_norm" => net.BatchNorm(),
            "max_pool" => net.MaxPool(),
            "max_blur_pool" => net.MaxBlurPool(),
            "blur_pool" => net.BlurPool(),
            "average_pool" => net.AveragePool(),
            "dropout" => net.Dropout(),
            "stochastic_depth" => net.StochasticDepth(),
            _ => throw new InvalidOperationException(layer),
        };
        string layers = layer.StartsWith("linear", StringComparison.Ordinal) ? "flatten, { linear: 4 }"
            : layer.Contains(':', StringComparison.Ordinal) ? $"{{ {layer} }}" : layer;
        Recipe recipe = Recipe.Parse($"dataset: {{ name: glyphs }}\nmodel: {{ input: 2x8x8, layers: [ {layers} ] }}\n", "defaults.yaml");

        Assert.Equal(net.Build().Nodes.Select(static node => (node.Name, node.Layer, node.Shape)),
            recipe.Graph.Nodes.Select(static node => (node.Name, node.Layer, node.Shape)));
    }

    [Fact]
    public void Traits_are_those_of_the_layers()
    {
        string[] Kinds(Func<Layer, bool> trait) =>
            [.. s_records.Where(static type => type.IsSubclassOf(typeof(Layer))).Select(Make).Where(trait)
                .Select(static layer => layer.Kind).Order(StringComparer.Ordinal)];

        Assert.Equal(["batch_norm", "dropout", "fake_quantize", "relu", "stochastic_depth"], Kinds(static layer => layer.InPlace));
        Assert.Equal(["dropout", "stochastic_depth"], Kinds(static layer => layer.TrainingOnly));
        Assert.Equal(["flatten", "global_average_pool"], Kinds(static layer => layer.SeesWholeMap));
        Assert.Equal(["conv", "linear"], Kinds(static layer => layer.Width is not null));

        static Layer Make(Type type) =>
            type == typeof(Activation) ? new Activation(ActivationFunction.Relu) : type == typeof(Input) ? new Input(new Shape(1, 1, 1))
                : (Layer)Activator.CreateInstance(type)!;
    }

    private static IEnumerable<(Type Type, PropertyInfo Property)> Numbers() =>
        from type in s_records
        from property in RecordSettings.Of(type)
        let number = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType
        where number == typeof(int) || number == typeof(float) || number == typeof(double) || number == typeof(long)
        select (type, property);
}
