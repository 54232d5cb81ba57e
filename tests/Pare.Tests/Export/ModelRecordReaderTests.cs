using System.Reflection;
using System.Text.Json;
using Pare.Export;

namespace Pare.Tests.Export;

public sealed class ModelRecordReaderTests
{
    [Fact]
    public void Every_property_that_is_written_is_read()
    {
        ModelRecord record = Filled(new ModelRecord());
        string json = JsonSerializer.Serialize(record, ModelJson.Default.ModelRecord);
        Assert.Contains("\"count_padding\":true", json, StringComparison.Ordinal);
        Assert.Equal(json, JsonSerializer.Serialize(ModelRecordReader.Read(json), ModelJson.Default.ModelRecord));
    }

    [Theory]
    [InlineData("1.5", float.NaN)]
    [InlineData("\"NaN\"", float.NaN)]
    [InlineData("\"Infinity\"", float.PositiveInfinity)]
    [InlineData("\"-Infinity\"", float.NegativeInfinity)]
    public void Numbers_that_are_not_finite_stand_as_texts(string text, float expected) =>
        Assert.Equal(text == "1.5" ? 1.5f : expected, ModelRecordReader.Read($$"""{"test_accuracy":{{text}}}""").TestAccuracy);

    [Theory]
    [InlineData("""{"format":"1"}""")]
    [InlineData("""{"format":1.5}""")]
    [InlineData("""{"format":1,"format":1}""")]
    [InlineData("""{"seed":4294967296}""")]
    [InlineData("""{"recipe":1}""")]
    [InlineData("""{"recipe":"\ud800"}""")]
    [InlineData("""{"test_accuracy":"0.5"}""")]
    [InlineData("""{"test_accuracy":true}""")]
    [InlineData("""{"preprocessing":[]}""")]
    [InlineData("""{"layers":{}}""")]
    [InlineData("""{"layers":[{"name":"a"}]}""")]
    [InlineData("""{"layers":[{"name":"a","kind":"conv","bias":1}]}""")]
    [InlineData("""{"layers":[{"name":"a","kind":"conv","inputs":[1]}]}""")]
    [InlineData("""{"operations":[{"name":"a","kind":"conv","window":["3"]}]}""")]
    [InlineData("""[[[[[[[[[1]]]]]]]]]""")]
    public void A_value_of_another_kind_is_refused(string json) => Assert.ThrowsAny<JsonException>(() => ModelRecordReader.Read(json));

    // Each property gets a value of its own, so that two that are mixed up are seen.
    private static T Filled<T>(T record)
    {
        int next = 1;
        Fill(record!);
        return record;

        void Fill(object target)
        {
            foreach (PropertyInfo property in target.GetType().GetProperties().Where(static property => property.CanWrite))
                property.SetValue(target, Value(Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType));
        }

        object Value(Type type)
        {
            if (type == typeof(string)) return $"text {next++}";
            if (type == typeof(bool)) return true;
            if (type == typeof(int) || type == typeof(long) || type == typeof(float)) return Convert.ChangeType(next++, type, null);
            if (type.IsArray)
            {
                var items = Array.CreateInstance(type.GetElementType()!, 2);
                for (int i = 0; i < 2; i++) items.SetValue(Value(type.GetElementType()!), i);
                return items;
            }

            object inner = Activator.CreateInstance(type, nonPublic: true)!;
            Fill(inner);
            return inner;
        }
    }
}
