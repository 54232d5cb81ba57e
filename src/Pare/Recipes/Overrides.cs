using YamlDotNet.RepresentationModel;

namespace Pare.Recipes;

/// <summary>
/// Keys of a recipe that are set over its file: each <c>key=value</c> with a dotted key, such as <c>training.epochs=5</c>. A value is text
/// as it stands, unless it begins with a bracket, a brace or a quote: then it is YAML, and a mapping is laid over what is there as a
/// phase's is.
/// </summary>
internal static class Overrides
{
    private const string Name = "overrides";

    /// <summary>Reads something with overrides; when it is one of them that makes it wrong, the error names it instead of a line.</summary>
    /// <param name="pairs">The overrides.</param>
    /// <param name="file">The file that they change, for errors.</param>
    /// <param name="read">Reads the file with some of the overrides.</param>
    public static T Read<T>(string[] pairs, string file, Func<string[], T> read)
    {
        try
        {
            return read(pairs);
        }
        catch (RecipeException error) when (FirstWrong(pairs, read) is { } pair)
        {
            throw new RecipeException(error.Message, $"{Name} {pair}, over {file}", error.Remedy, error) { Setting = Name };
        }
    }

    /// <summary>Sets keys.</summary>
    /// <param name="root">The recipe.</param>
    /// <param name="pairs">The overrides; later ones win.</param>
    /// <param name="file">The recipe's file, for errors.</param>
    /// <exception cref="RecipeException">An override is not <c>key=value</c>, or names a place that is not there.</exception>
    public static void Apply(YamlNode root, IEnumerable<string> pairs, string file)
    {
        foreach (string pair in pairs) Apply(root, pair, file);
    }

    // The first override with which the file no longer reads; null when the file is wrong without any.
    private static string? FirstWrong<T>(string[] pairs, Func<string[], T> read)
    {
        for (int count = 0; count <= pairs.Length; count++)
        {
            try
            {
                read(pairs[..count]);
            }
            catch (RecipeException)
            {
                return count == 0 ? null : pairs[count - 1];
            }
        }

        return null;
    }

    // Nothing, 'true' for something with its defaults, or the name alone that is short for 'name: {}'.
    private static bool StandsFor(YamlScalarNode scalar, string key) =>
        string.IsNullOrEmpty(scalar.Value) || RecipeYaml.Truth(scalar.Value) == true || scalar.Value == key;

    private static void Apply(YamlNode root, string pair, string file)
    {
        int equals = pair.IndexOf('=', StringComparison.Ordinal);
        if (equals <= 0)
            throw new RecipeException($"'{pair}' is not key=value.", Name, "Write it like training.epochs=5.") { Setting = Name };
        YamlNode value = Value(pair[(equals + 1)..].Trim());
        string[] keys = pair[..equals].Split('.');
        YamlNode node = root;
        for (int i = 0; i < keys.Length; i++)
        {
            bool last = i == keys.Length - 1;
            if (node is YamlSequenceNode list && int.TryParse(keys[i], out int index) && index >= 0 && index < list.Children.Count)
            {
                if (last) list.Children[index] = value;
                else node = list.Children[index];
            }
            else if (node is YamlMappingNode mapping)
            {
                var key = new YamlScalarNode(keys[i]);
                if (last && value is YamlMappingNode over) PhaseSection.Merge(over, mapping, key, string.Join('.', keys[..i]));
                else if (last && PhaseSection.NamesAgain(string.Join('.', keys), value, RecipeYaml.Child(mapping, keys[i]))) return;
                else if (last) mapping.Children[key] = value;
                else if (mapping.Children.TryGetValue(key, out YamlNode? next)
                    && !(next is YamlScalarNode scalar && StandsFor(scalar, keys[i + 1]))) node = next;
                else mapping.Children[key] = node = new YamlMappingNode();
            }
            else
            {
                string path = string.Join('.', keys[..i]);
                (string wrong, string remedy) = node is YamlScalarNode scalar
                    ? ($"'{path}' is '{scalar.Value}', which has no '{keys[i]}' to set.",
                        $"Give '{path}' another value, or settings where it has any: {path}={{{keys[i]}: ...}}.")
                    : ($"There is nothing at '{path}.{keys[i]}' to set.", "Use a dotted key of the recipe, such as training.epochs.");
                throw new RecipeException(wrong, $"{Name} {pair}, {file}", remedy) { Setting = Name };
            }
        }
    }

    private static YamlNode Value(string text) => text switch
    {
        ['[' or '{' or '"' or '\'', ..] => RecipeYaml.Load(text, Name),
        _ => new YamlScalarNode(RecipeYaml.MeansNothing(text) ? string.Empty : text),
    };
}
