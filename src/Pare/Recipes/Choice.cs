namespace Pare.Recipes;

/// <summary>One thing that was decided for a recipe.</summary>
/// <param name="What">What it is about, such as <c>network</c>.</param>
/// <param name="Taken">What was taken.</param>
/// <param name="Why">The reason, in a few words.</param>
public readonly record struct Choice(string What, string Taken, string Why);
