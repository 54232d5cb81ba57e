namespace Pare;

/// <summary>A recipe, an option or a network description is wrong.</summary>
public sealed class RecipeException : PareException
{
    /// <summary>Creates the error from its three lines.</summary>
    public RecipeException(string what, string where, string remedy, Exception? inner = null)
        : base(what, where, remedy, inner)
    {
    }
}
