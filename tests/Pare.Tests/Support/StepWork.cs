using System.Globalization;
using Pare.Benchmarking;
using Pare.Graphs;

namespace Pare.Tests.Support;

/// <summary>
/// What a training step does, counted: a line for each pass of each operation, its name, then what it takes. No clock is read, so the lines
/// are the same on every machine with as many lanes.
/// </summary>
internal static class StepWork
{
    /// <summary>The first line of a file of such figures.</summary>
    public const string Columns = "network,operation,pass,flops,memory bytes,touched bytes";

    private const string WholeStep = "whole step";
    private static readonly string[] Amounts = ["FLOPs", "bytes across memory", "bytes read from maps and written to them"];

    /// <summary>The lines of one network.</summary>
    public static IEnumerable<string> Count(string network, Graph graph, int batch)
    {
        (IReadOnlyList<OperationProfile> operations, long touched) = Profiler.Count(graph, batch);
        foreach (OperationProfile operation in operations)
        {
            foreach ((string pass, PassProfile? work) in
                new[] { ("Y", operation.Forward), ("dW", operation.WeightGradient), ("dX", operation.InputGradient) })
            {
                if (work is not null)
                    yield return string.Create(CultureInfo.InvariantCulture,
                        $"{network},{operation.Name} ({operation.Layer}),{pass},{work.Flops:F0},{work.Bytes:F0},{work.TouchedBytes:F0}");
            }
        }

        PassProfile all = PassProfile.Sum(operations.Select(static operation => operation.Total));
        yield return string.Create(CultureInfo.InvariantCulture, $"{network},{WholeStep},all,{all.Flops:F0},{all.Bytes:F0},{touched}");
    }

    /// <summary>What differs, operation by operation, the whole steps first.</summary>
    /// <param name="recorded">Lines of a file.</param>
    /// <param name="counted">Those of now.</param>
    /// <returns>A sentence for each difference, and whether any is more work than is recorded.</returns>
    public static (IReadOnlyList<string> Differences, bool More) Compare(IEnumerable<string> recorded, IEnumerable<string> counted)
    {
        var differences = new List<(bool Whole, string Text)>();
        bool more = false;
        Dictionary<string, long[]> before = Parse(recorded), now = Parse(counted);
        foreach ((string place, long[] work) in now)
        {
            bool whole = place.Contains(WholeStep, StringComparison.Ordinal);
            if (!before.TryGetValue(place, out long[]? old))
            {
                more = true;
                differences.Add((whole, $"{place} is new: {string.Join(", ", work.Zip(Amounts, static (n, what) => $"{n} {what}"))}"));
                continue;
            }

            for (int i = 0; i < work.Length; i++)
            {
                if (work[i] == old[i]) continue;
                more |= work[i] > old[i];
                string share = old[i] == 0 ? ""
                    : string.Create(CultureInfo.InvariantCulture, $" ({100.0 * (work[i] - old[i]) / old[i]:+0.0;-0.0} %)");
                differences.Add((whole, $"{place}: {work[i]} {Amounts[i]}, {old[i]} are recorded{share}"));
            }
        }

        differences.AddRange(before.Keys.Except(now.Keys).Select(static place => (false, $"{place} is gone")));
        return ([.. differences.OrderByDescending(static found => found.Whole).Select(static found => found.Text)], more);
    }

    private static Dictionary<string, long[]> Parse(IEnumerable<string> lines)
    {
        var places = new Dictionary<string, long[]>();
        foreach (string[] cells in lines.Where(static line => line != Columns).Select(static line => line.Split(',')))
        {
            places.Add(string.Join(", ", cells[..^3]),
                [.. cells[^3..].Select(static cell => long.Parse(cell, CultureInfo.InvariantCulture))]);
        }

        return places;
    }
}
