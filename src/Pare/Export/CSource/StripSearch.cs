using Pare.Graphs.Lowering;

namespace Pare.Export.CSource;

/// <summary>How many strips, and up to which layer, for an arena of so many bytes.</summary>
internal static class StripSearch
{
    private static readonly int[] s_counts = [2, 3, 4, 6, 8, 12, 16];

    /// <summary>Searches.</summary>
    /// <param name="graph">The network.</param>
    /// <param name="backEnd">What computes its rows.</param>
    /// <param name="length">Bytes of its arena without strips.</param>
    /// <param name="most">Bytes that the arena may take.</param>
    /// <returns>
    /// Of those that take no more, the one that computes least twice; where there is none, the one that takes least; null where none takes
    /// less than without strips.
    /// </returns>
    public static (Strips Strips, ArenaPlan Plan)? Of(InferenceGraph graph, BackEnd backEnd, int length, int most)
    {
        (Strips Strips, ArenaPlan Plan)? best = null;
        (bool TakesMore, long Cost) least = (true, length);
        foreach (InferenceNode place in Strips.Places(graph))
        {
            foreach (int count in s_counts.Where(count => count <= place.Shape.Width))
            {
                if (Strips.Of(graph, place, count) is not { } strips) break;
                long macs = strips.Graph.Macs;
                if (!least.TakesMore && macs >= least.Cost) break;
                var plan = ArenaPlan.Of(strips, backEnd);
                (bool, long) cost = plan.Length <= most ? (false, macs) : (true, plan.Length);
                if (cost.CompareTo(least) < 0) (least, best) = (cost, (strips, plan));
                if (plan.Length <= most) break;
            }
        }

        return best;
    }
}
