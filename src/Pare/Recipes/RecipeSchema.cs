using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Pare.Recipes;

/// <summary>The JSON schema of recipes, with which an editor completes and checks them.</summary>
public static class RecipeSchema
{
    /// <summary>Describes everything that a recipe may hold, as JSON schema of the draft 2020-12.</summary>
    public static string Write()
    {
        var summaries = SchemaSummaries.Load();
        var schema = new JsonObject
        {
            ["$schema"] = "https://json-schema.org/draft/2020-12/schema",
            ["title"] = "Pare recipe",
        };
        foreach ((string key, JsonNode? value) in Recipe.Describe(summaries).Settings()) schema[key] = value!.DeepClone();
        JsonObject settings = schema["properties"]!.AsObject();
        settings["phases"] =
            new JsonObject
            {
                ["type"] = "array",
                ["items"] = new JsonObject { ["$ref"] = "#/$defs/phase" },
                ["description"] = PhaseSection.PhasesAbout
            };
        settings["tolerance"] =
            new JsonObject
            {
                ["type"] = "number",
                ["minimum"] = 0,
                ["maximum"] = 1,
                ["default"] = PhaseSection.DefaultTolerance,
                ["description"] = PhaseSection.ToleranceAbout
            };
        settings["train"] = new JsonObject { ["type"] = "string", ["description"] = PhaseSection.TrainAbout };
        schema["$defs"] =
            new JsonObject
            {
                ["layer"] = LayerCatalog.Describe(summaries),
                ["surgery"] = SurgerySection.Describe(summaries),
                ["phase"] = PhaseSection.Describe()
            };

        using var text = new MemoryStream();
        using (var json =
            new Utf8JsonWriter(text,
            new JsonWriterOptions { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
            schema.WriteTo(json);
        return Encoding.UTF8.GetString(text.ToArray()) + "\n";
    }
}
