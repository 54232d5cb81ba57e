using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Pare.Tests.Support;

/// <summary>Checks YAML against the part of JSON schema that the recipes' schema uses, and throws on any other keyword.</summary>
internal sealed class SchemaChecker(JsonObject schema)
{
    /// <summary>What is wrong, each with its place; empty for a valid text.</summary>
    public IReadOnlyList<string> Check(string yaml)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(yaml));
        return [.. Check(Json(stream.Documents[0].RootNode), schema, "")];
    }

    private IEnumerable<string> Check(JsonNode? value, JsonObject rule, string path)
    {
        foreach ((string keyword, JsonNode? operand) in rule)
        {
            IEnumerable<string> errors = keyword switch
            {
                "$schema" or "$defs" or "title" or "description" or "default" => [],
                "$ref" => Check(value, (JsonObject)schema["$defs"]![operand!.GetValue<string>()["#/$defs/".Length..]]!, path),
                "type" => Types(operand!).Contains(TypeOf(value)) || (TypeOf(value) == "integer" && Types(operand!).Contains("number"))
                ? [] : [$"{path}: {value?.ToJsonString() ?? "null"} is not of type {operand!.ToJsonString()}"],
                "enum" => operand!.AsArray().Any(choice => JsonNode.DeepEquals(choice, value)) ? []
                : [$"{path}: {value?.ToJsonString()} is none of {operand!.ToJsonString()}"],
                "exclusiveMinimum" =>
                value is JsonValue least && Number(least) <= Number(operand!) ? [$"{path}: {least} is not above {operand}"] : [],
                "exclusiveMaximum" =>
                    value is JsonValue top && Number(top) >= Number(operand!) ? [$"{path}: {top} is not below {operand}"] : [],
                "minimum" => value is JsonValue low && Number(low) < Number(operand!) ? [$"{path}: {low} is below {operand}"] : [],
                "maximum" => value is JsonValue high && Number(high) > Number(operand!) ? [$"{path}: {high} is above {operand}"] : [],
                "minProperties" => value is JsonObject few && few.Count < Number(operand!) ? [$"{path}: too few keys"] : [],
                "maxProperties" => value is JsonObject many && many.Count > Number(operand!) ? [$"{path}: too many keys"] : [],
                "required" => value is JsonObject whole ? operand!.AsArray().Select(static name => name!.GetValue<string>())
                .Where(name => !whole.ContainsKey(name)).Select(name => $"{path}.{name} is missing") : [],
                "properties" => value is JsonObject mapping ? mapping.Where(entry => operand!.AsObject().ContainsKey(entry.Key))
                .SelectMany(entry => Check(entry.Value, (JsonObject)operand![entry.Key]!, $"{path}.{entry.Key}")) : [],
                "additionalProperties" when operand is JsonObject other =>
                value is JsonObject any ? any.SelectMany(entry => Check(entry.Value, other, $"{path}.{entry.Key}")) : [],
                "additionalProperties" => value is JsonObject open
                ? open.Where(entry => !rule["properties"]!.AsObject().ContainsKey(entry.Key))
                .Select(entry => $"{path}.{entry.Key} is not known") : [],
                "items" => value is JsonArray list ? list.SelectMany((item, i) => Check(item, (JsonObject)operand!, $"{path}[{i}]")) : [],
                "anyOf" => AnyOf(value, operand!.AsArray(), path),
                _ => throw new NotSupportedException($"The checker does not know the keyword {keyword}."),
            };
            foreach (string error in errors) yield return error;
        }
    }

    private List<string> AnyOf(JsonNode? value, JsonArray rules, string path)
    {
        List<string>[] errors = [.. rules.Select(rule => Check(value, (JsonObject)rule!, path).ToList())];
        return errors.Any(static list => list.Count == 0) ? [] : errors[^1];
    }

    private static string[] Types(JsonNode operand) =>
        operand is JsonArray types ? [.. types.Select(static type => type!.GetValue<string>())] : [operand.GetValue<string>()];

    private static double Number(JsonNode value) =>
        value.GetValueKind() == JsonValueKind.Number ? double.Parse(value.ToJsonString(), CultureInfo.InvariantCulture) : double.NaN;

    private static string TypeOf(JsonNode? value) => value?.GetValueKind() switch
    {
        null => "null",
        JsonValueKind.Object => "object",
        JsonValueKind.Array => "array",
        JsonValueKind.String => "string",
        JsonValueKind.True or JsonValueKind.False => "boolean",
        _ => Number(value!) % 1 == 0 ? "integer" : "number",
    };

    // Scalars as YAML's core schema reads them.
    private static JsonNode? Json(YamlNode node) => node switch
    {
        YamlMappingNode mapping =>
            new JsonObject(
                mapping.Children.Select(static entry => KeyValuePair.Create(((YamlScalarNode)entry.Key).Value!, Json(entry.Value)))),
        YamlSequenceNode sequence => new JsonArray([.. sequence.Select(Json)]),
        YamlScalarNode { Style: ScalarStyle.Plain, Value: "" or "null" or "~" } => null,
        YamlScalarNode { Style: ScalarStyle.Plain, Value: "true" } => true,
        YamlScalarNode { Style: ScalarStyle.Plain, Value: "false" } => false,
        YamlScalarNode { Style: ScalarStyle.Plain, Value: { } text } when double.TryParse(text, NumberStyles.Float,
        CultureInfo.InvariantCulture, out double number) && double.IsFinite(number) => number,
        YamlScalarNode { Value: { } text } => text,
        _ => throw new NotSupportedException(node.ToString()),
    };
}
