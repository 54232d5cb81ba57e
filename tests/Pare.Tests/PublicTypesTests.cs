using System.Reflection;
using Pare.Augmentation;
using Pare.Graphs;
using Pare.Kernels;
using Pare.Robustness;
using Pare.Training;
using Pare.Training.Averaging;
using Pare.Training.Gradients;
using Pare.Training.Losses;
using Pare.Training.Optimizers;
using Pare.Training.Schedules;

namespace Pare.Tests;

/// <summary>
/// A type that looks open is open, and what is closed says so: no constructor that a user could call from a type of their own.
/// </summary>
public class PublicTypesTests
{
    // What users derive from: all that is abstract in them is public.
    private static readonly Type[] s_open =
    [
        typeof(Adam), typeof(AveragingTechnique), typeof(BatchMixing), typeof(GradientTechnique), typeof(ImageAugmentation),
        typeof(ImageClassifier), typeof(ImageLayer), typeof(ImageLoss), typeof(Optimizer), typeof(Schedule), typeof(TargetTechnique),
        typeof(WeightAverage), typeof(WeightTechnique),
    ];

    private static readonly Type[] s_unsealed =
        [.. typeof(Simd).Assembly.GetExportedTypes().Where(static type => type.IsClass && !type.IsSealed)];

    [Fact]
    public void What_users_may_derive_from_is_listed_here() =>
        Assert.Equal(s_open.Select(static type => type.Name), s_unsealed.Where(static type => !IsClosed(type))
            .Select(static type => type.Name).Order(StringComparer.Ordinal));

    [Fact]
    public void What_is_open_has_nothing_abstract_that_users_cannot_write()
    {
        foreach (Type type in s_open)
        {
            Assert.DoesNotContain(
                type.GetMethods(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic),
                static method => method.IsAbstract && !method.IsPublic && !method.IsFamily && !method.IsFamilyOrAssembly);
        }
    }

    // The copy constructor of a record that is not sealed must be there for those who derive from it.
    private static bool IsClosed(Type type) => type.GetConstructors(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
        .Where(constructor => constructor.GetParameters() is not [{ ParameterType: var only }] || only != type)
        .All(static constructor => constructor.IsAssembly || constructor.IsFamilyAndAssembly || constructor.IsPrivate);
}
