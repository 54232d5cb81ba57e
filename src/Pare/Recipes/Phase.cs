using YamlDotNet.RepresentationModel;

namespace Pare.Recipes;

/// <summary>One phase of a recipe: what it changes against the phase before, and what one should see.</summary>
public sealed class Phase
{
    internal Phase(int number, string name, string target, YamlMappingNode set) =>
        (Number, Name, Target, Change, Set) = (number, name, target, PhaseChange.Describe(set), set);

    /// <summary>Its place in the recipe, from 1.</summary>
    public int Number { get; }

    /// <summary>Its name: letters, digits, <c>-</c> and <c>_</c>.</summary>
    public string Name { get; }

    /// <summary>What it is for and what one should see, in one line; may be empty.</summary>
    public string Target { get; }

    /// <summary>What it changes, in short; empty for a phase that takes the recipe as it stands.</summary>
    public string Change { get; }

    /// <summary>The folder of its runs below a build's, such as <c>02-gap</c>.</summary>
    public string Folder => Invariant($"{Number:00}-{Name}");

    /// <summary>Whether it sets a target of its own, which its network is held to whatever phases follow.</summary>
    public bool HasTarget => Set.Children.ContainsKey(new YamlScalarNode("target"));

    /// <summary>The keys that it sets.</summary>
    internal YamlMappingNode Set { get; }
}
