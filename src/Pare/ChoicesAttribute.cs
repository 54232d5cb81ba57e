namespace Pare;

/// <summary>The values of an enumeration that a setting may have, where it may not have all of them.</summary>
/// <param name="values">The values.</param>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class ChoicesAttribute(params object[] values) : Attribute
{
    public IReadOnlyList<object> Values => values;
}
