using System.Reflection;
using Pare.Data;
using Pare.Evaluation;
using Pare.Export;
using Pare.Export.CSource;
using Pare.Export.Onnx;
using Pare.Graphs;
using Pare.Graphs.Surgery;
using Pare.Inference;
using Pare.Models;
using Pare.Recipes;
using Pare.Reporting;
using Pare.Robustness;

namespace Pare.Tests;

/// <summary>What a user's code begins with names the argument that is null, and does so at once.</summary>
public class MissingArgumentsTests
{
    private static readonly NullabilityInfoContext s_nullability = new();

    public static TheoryData<Type> Begun =>
    [
        typeof(BlurPoolSurgery), typeof(ChosenImages), typeof(Cifar10), typeof(CProgram), typeof(DataCheck), typeof(DatasetGlance),
        typeof(DatasetLoader), typeof(DepthwiseSeparableSurgery), typeof(ExportProof), typeof(FineTuning),
        typeof(GlobalAveragePoolSurgery), typeof(ImageClassifier), typeof(ImageFolder), typeof(ImageSet), typeof(Mnist), typeof(Model),
        typeof(ModelCard), typeof(ModelCatalog), typeof(ModelFile), typeof(Network), typeof(OnnxFile), typeof(PhasedRecipe),
        typeof(PictureClassifier), typeof(PictureSet), typeof(ProposedRecipe), typeof(QuantizedModel), typeof(Recipe), typeof(RecipeStore),
        typeof(RobustnessEvaluation), typeof(ScaleWidthSurgery), typeof(SqueezeExciteSurgery), typeof(TrainingResultExtensions),
    ];

    [Theory]
    [MemberData(nameof(Begun))]
    public void Null_is_refused_by_name(Type type)
    {
        IEnumerable<MethodBase> entries = type.GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly)
            .Where(static method => !method.IsSpecialName);
        if (!type.IsAbstract) entries = entries.Concat(type.GetConstructors());
        foreach (MethodBase entry in entries)
        {
            ParameterInfo[] parameters = entry.GetParameters();
            string[] needed = [.. parameters.Where(IsNeeded).Select(static parameter => parameter.Name!)];
            if (needed.Length == 0 || parameters.Any(static parameter => parameter.ParameterType.IsByRefLike
                || parameter.ParameterType.IsByRef)) continue;
            object?[] nothing = [.. parameters.Select(static parameter => parameter.ParameterType.IsValueType
                ? Activator.CreateInstance(parameter.ParameterType) : null)];
            Exception? error = Record.Exception(() => entry is ConstructorInfo constructor ? constructor.Invoke(nothing)
                : entry.Invoke(null, nothing))?.InnerException;
            Assert.True(error is ArgumentNullException { ParamName: { } name } && needed.Contains(name), $"{type.Name}, {entry}: {error}");
        }
    }

    [Fact]
    public void So_it_is_by_the_builder()
    {
        GraphBuilder net = GraphBuilder.Input(1, 8, 8);
        Assert.Throws<ArgumentNullException>("layer", () => net.Layer(null!));
        Assert.Throws<ArgumentNullException>("layer", () => net.Join(null!, null));
        Assert.Throws<ArgumentNullException>("inputs", () => net.Join(new Pare.Graphs.Layers.Add(), null, null!));
        Assert.Throws<ArgumentNullException>("body", () => net.Residual(null!));
        Assert.Throws<ArgumentNullException>("gate", () => net.Gate(null!));
        Assert.Throws<ArgumentNullException>("owner", () => net.Share(null!));
    }

    private static bool IsNeeded(ParameterInfo parameter) =>
        !parameter.ParameterType.IsValueType && s_nullability.Create(parameter).WriteState == NullabilityState.NotNull;
}
