using System.Diagnostics.CodeAnalysis;

namespace Pare.Graphs;

/// <summary>
/// Several layers that a recipe names as one, as settings with defaults; what they are stands in <see cref="GraphBuilder"/>.
/// </summary>
[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicProperties)]
internal abstract record Block
{
    /// <summary>Puts the layers on the builder's current node.</summary>
    /// <exception cref="RecipeException">A setting or the shape that a layer meets does not fit.</exception>
    public void Put(GraphBuilder net)
    {
        SettingRanges.Check(GetType(), this);
        Add(net);
    }

    private protected abstract void Add(GraphBuilder net);
}
