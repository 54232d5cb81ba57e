using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Text.Json;
using Pare.Data;
using Pare.Graphs;
using Pare.Quantization;
using Pare.Training.Optimizers;
using Pare.Training.Schedules;

namespace Pare.Recipes;

/// <summary>
/// Reads the settings of an option record: each property that can be set is a key, its name in snake case, and what the record
/// holds is the default; a required one has none. So a setting is declared once, where it is used, with its range, or with ranges that are
/// the record's own to check.
/// </summary>
internal static class RecordSettings
{
    /// <summary>Fills a technique.</summary>
    public static Technique Read(SettingsReader settings, Technique technique) => Fill(settings, technique, Of(technique.GetType()));

    /// <summary>Fills an optimizer.</summary>
    public static Optimizer Read(SettingsReader settings, Optimizer optimizer) => Fill(settings, optimizer, Of(optimizer.GetType()));

    /// <summary>Fills a schedule.</summary>
    public static Schedule Read(SettingsReader settings, Schedule schedule) => Fill(settings, schedule, Of(schedule.GetType()));

    /// <summary>Fills a layer.</summary>
    public static Layer Read(SettingsReader settings, Layer layer) => Fill(settings, layer, Of(layer.GetType()));

    /// <summary>Fills a block of layers.</summary>
    public static Block Read(SettingsReader settings, Block block) => Fill(settings, block, Of(block.GetType()));

    /// <summary>Fills a change of a network.</summary>
    public static SurgeryChange Read(SettingsReader settings, SurgeryChange change) => Fill(settings, change, Of(change.GetType()));

    /// <summary>Fills how a data set is divided.</summary>
    public static SplitOptions Read(SettingsReader settings, SplitOptions split) => Fill(settings, split, Of(split.GetType()));

    /// <summary>Fills how a network is trained for integers.</summary>
    public static QuantizationOptions Read(SettingsReader settings, QuantizationOptions options) =>
        Fill(settings, options, Of(options.GetType()));

    /// <summary>The settings of a record's type, in the order in which they are declared, inherited ones last.</summary>
    public static PropertyInfo[] Of([DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicProperties)] Type type) =>
        [.. type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(static property => property.SetMethod is { IsPublic: true })];

    /// <summary>The key of a property or of an enumeration's value.</summary>
    public static string Key(string name) => JsonNamingPolicy.SnakeCaseLower.ConvertName(name);

    private static T Fill<T>(SettingsReader settings, T record, PropertyInfo[] properties)
    {
        foreach (PropertyInfo property in properties)
            property.SetValue(record, settings.Value(property, property.GetValue(record)));
        return record;
    }
}
