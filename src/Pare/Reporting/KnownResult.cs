namespace Pare.Reporting;

/// <summary>A published result on a data set, which a network is compared with.</summary>
/// <param name="Parameters">Trained parameters.</param>
/// <param name="Accuracy">On the test set, 0 to 1.</param>
/// <param name="Name">What to call it.</param>
/// <param name="Source">Where it was published.</param>
internal sealed record KnownResult(long Parameters, double Accuracy, string Name, string Source)
{
    private const string Study = "arXiv 2205.12050", Tiniest = "github.com/xvel/cifar10-tiniest";

    /// <summary>The results for a data set.</summary>
    /// <param name="data">Its name; a copy of CIFAR-10 counts as CIFAR-10.</param>
    public static IReadOnlyList<KnownResult> On(string data) => data switch
    {
        "mnist" => [new KnownResult(1_500, 0.992, "1,500: 99.2 %", Study)],
        _ when data.StartsWith("cifar10", StringComparison.Ordinal) =>
            [new KnownResult(140_000, 0.8601, "140 K: 86.01 %", Study),
                new KnownResult(97_530, 0.944, "97,530: 94.4 %, 200 epochs", Tiniest)],
        _ => [],
    };
}
