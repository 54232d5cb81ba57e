namespace Pare.Export.Onnx;

/// <summary>Names that are given out once each, in little time however many are alike.</summary>
internal sealed class UniqueNames
{
    private readonly HashSet<string> _taken = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _next = new(StringComparer.Ordinal);

    /// <summary>How many were given out.</summary>
    public int Count => _taken.Count;

    /// <summary>The name, or where it is taken the name with a number behind it.</summary>
    public string Of(string name)
    {
        string unique = name;
        int number = _next.GetValueOrDefault(name, 2);
        for (; !_taken.Add(unique); number++) unique = $"{name}.{number}";
        _next[name] = number;
        return unique;
    }
}
