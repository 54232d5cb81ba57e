using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Reflection;
using System.Text.Json;

namespace Pare;

/// <summary>Holds the settings of a record to the ranges that its properties declare.</summary>
internal static class SettingRanges
{
    /// <summary>Checks every property that has a <see cref="RangeAttribute"/>; one without a value is in range.</summary>
    /// <exception cref="ArgumentException">A setting is out of its range; the message names it.</exception>
    public static void Check([DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicProperties)] Type type, object record)
    {
        foreach (PropertyInfo property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            if (property.GetCustomAttribute<RangeAttribute>() is not { } range || property.GetValue(record) is not IConvertible value)
                continue;
            if (!range.Holds(value.ToDouble(CultureInfo.InvariantCulture)))
                throw new ArgumentException(
                    Invariant($"{JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name)} is {value}; it must be {range}."));
        }
    }
}
