using Pare.Execution.Operations;

namespace Pare.Execution;

/// <summary>
/// Which terms of an addition have their gradient where the sum's lies. It is the same for all of them, so it is not copied, as long as
/// nobody writes to the gradient of one map while that of another is still to be read.
/// </summary>
internal sealed class GradientSharing
{
    private readonly Operation[] _operations;

    // By the place of an operation in the forward pass: who stores a map, and who writes its gradient, from the last to the first.
    private readonly Dictionary<FeatureMap, int> _producers = [];
    private readonly Dictionary<FeatureMap, List<int>> _writers = [];

    private GradientSharing(Operation[] operations)
    {
        _operations = operations;
        for (int i = operations.Length - 1; i >= 0; i--)
        {
            _producers[operations[i].Output] = i;
            foreach (FeatureMap map in operations[i].Inputs.Select(static input => input.Map).Distinct())
            {
                if (_writers.TryGetValue(map, out List<int>? writers)) writers.Add(i);
                else _writers[map] = [i];
            }
        }
    }

    /// <summary>Decides for all additions; it is known who needs a gradient, and who writes it first.</summary>
    public static void Decide(Operation[] operations)
    {
        var sharing = new GradientSharing(operations);
        var groups = new Dictionary<FeatureMap, List<FeatureMap>>();

        // In the order of the backward pass: where a sum is itself a term, it has its place before its own terms are asked.
        for (int i = operations.Length - 1; i >= 0; i--)
        {
            if (operations[i] is not AddOperation { Output.NeedsGradient: true } addition) continue;
            if (!groups.TryGetValue(addition.Output, out List<FeatureMap>? group)) group = [addition.Output];
            foreach (InputEdge term in addition.Inputs)
            {
                if (!term.NeedsGradient || term.Accumulates || addition.Inputs.Count(input => input.Map == term.Map) > 1) continue;
                term.SharesGradient =
                    group.TrueForAll(other => !sharing.Spoils(i, term.Map, other) && !sharing.Spoils(i, other, term.Map));
                if (!term.SharesGradient) continue;
                group.Add(term.Map);
                groups[term.Map] = group;
            }
        }
    }

    // Whether somebody writes to the gradient of one map while that of another lives: from the first who writes it to its producer, who
    // reads it last. The addition may write its terms together, and where it has read its output.
    private bool Spoils(int addition, FeatureMap written, FeatureMap alive)
    {
        int last = _producers.GetValueOrDefault(alive, -1);
        int first = _writers.TryGetValue(alive, out List<int>? own) ? own[0] : _operations.Length;
        return _writers.TryGetValue(written, out List<int>? writers)
            && writers.Exists(writer => writer >= last && writer <= first && !(writer == addition && (writer == last || writer == first)));
    }
}
