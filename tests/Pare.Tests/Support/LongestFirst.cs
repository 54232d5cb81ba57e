using Pare.Tests.Cli;
using Pare.Tests.Export.CSource;
using Pare.Tests.Runs;
using Pare.Tests.Support;
using Xunit.Sdk;
using Xunit.v3;

[assembly: TestCollectionOrderer(typeof(LongestFirst))]

namespace Pare.Tests.Support;

/// <summary>
/// Begins with the classes that take a minute or more, so that none of them is left to run alone at the end, with one core busy and the
/// others idle. Of the rest, chance draws the order.
/// </summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    private static readonly string[] s_longest =
    [
        .. new[] { typeof(Int8ProgramTests), typeof(CProgramTests), typeof(CrashTests), typeof(SlurmTests), typeof(SimdLevelTests) }
            .Select(static type => type.FullName!),
    ];

    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(IReadOnlyCollection<TTestCollection> testCollections)
        where TTestCollection : ITestCollection =>
        [.. DefaultTestCollectionOrderer.Instance.OrderTestCollections(testCollections).OrderBy(Place)];

    // A class that names no collection is one of its own, called "... for <class> (...)".
    private static int Place<TTestCollection>(TTestCollection collection)
        where TTestCollection : ITestCollection
    {
        int place = Array.FindIndex(s_longest, name => collection.TestCollectionDisplayName.Split(' ').Contains(name));
        return place < 0 ? s_longest.Length : place;
    }
}
