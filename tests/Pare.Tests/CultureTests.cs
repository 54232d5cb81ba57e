using System.Globalization;
using System.Reflection;
using Pare.Augmentation;
using Pare.Inference;
using Pare.Tests.Support;
using Pare.Training;
using Pare.Training.Averaging;
using Pare.Training.Gradients;
using Pare.Training.Optimizers;
using Pare.Training.Schedules;

namespace Pare.Tests;

public class CultureTests
{
    private static readonly RunFacts s_run = new(Channels: 1, Height: 8, Width: 8, Classes: 2, Epochs: 1, BatchSize: 4);

    public static TheoryData<string, Action> Refused => new()
    {
        { "peak_rate is -0.5; it must be above 0.", static () => new OneCycle { PeakRate = -0.5 }.Validate() },
        { "factor is 1.5; it must be above 0 and below 1.", static () => new Step { Factor = 1.5 }.Validate() },
        { "dampening is 1.5; it must be from 0 to 1.", static () => new Sgd { Dampening = 1.5f }.Validate() },
        { "max_norm is -0.5; it must be above 0.", static () => new GradientClipping { MaxNorm = -0.5f }.Validate(s_run) },
        { "rho is -0.5; it must be from 0 up.", static () => new Sam { Rho = -0.5f }.Validate(s_run) },
        { "decay is 1.5; it must be from 0 to below 1.", static () => new Ema { Decay = 1.5 }.Validate(s_run) },
        { "until is 1.5; it must be above 0 and up to 1.", static () => new Mixup { Until = 1.5f }.Validate(s_run) },
        { "The lowest rate is -0.5.", static () => new RateFinderOptions { MinRate = -0.5 }.Validate() },
    };

    [Theory]
    [MemberData(nameof(Refused), DisableDiscoveryEnumeration = true)]
    public void A_setting_is_refused_in_English_whatever_the_host_speaks(string message, Action validate)
    {
        var german = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        german.NumberFormat.NumberDecimalSeparator = ",";
        CultureInfo own = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = german;
        try
        {
            Assert.Equal(message, Assert.ThrowsAny<Exception>(validate).Message);
        }
        finally
        {
            CultureInfo.CurrentCulture = own;
        }
    }

    // Tests run without the cultures of a system, and so do not see it: what the compiler made of the texts does.
    [Fact]
    public void No_text_of_the_library_has_a_number_in_the_way_of_its_host() =>
        Assert.Empty(typeof(Model).Assembly.GetTypes()
            .Where(static type => type.Namespace?.StartsWith("Pare", StringComparison.Ordinal) == true)
            .SelectMany(TypeReferences.Methods).Where(AsksTheHost).Select(static method => $"{method.DeclaringType}.{method.Name}"));

    private static bool AsksTheHost(MethodBase method)
    {
        // One text may be made inside another.
        var cultures = new Stack<bool>();
        string format = "";
        foreach (object? named in TypeReferences.Named(method))
        {
            format = named as string ?? format;
            if (named is not MethodBase call) continue;
            ParameterInfo[] parameters = call.GetParameters();
            if (call.IsConstructor && IsHandler(call.DeclaringType))
                cultures.Push(!parameters.Any(static parameter => parameter.ParameterType == typeof(IFormatProvider)));
            else if (call.Name == "AppendFormatted" && call.IsGenericMethod && cultures.Peek()
                && Differs(call.GetGenericArguments()[0], parameters[^1].ParameterType == typeof(string) ? format : "")) return true;
            else if (call.Name == "ToStringAndClear" || parameters.Any(static parameter => IsHandler(parameter.ParameterType)))
                cultures.Pop();
        }

        return false;
    }

    private static bool IsHandler(Type? type) =>
        type?.Name.TrimEnd('&').EndsWith("InterpolatedStringHandler", StringComparison.Ordinal) == true;

    // Of whole numbers the groups of digits do, which a format asks for.
    private static bool Differs(Type type, string format)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        return type.IsGenericParameter || type == typeof(float) || type == typeof(double) || type == typeof(decimal)
            || type == typeof(object) || (type.IsPrimitive && format.StartsWith('N'));
    }
}
