namespace Pare.Runs;

/// <summary>One run of a plan.</summary>
public sealed record PlannedRun : IRunRecord
{
    /// <summary>The plan's row that it trains, from 0.</summary>
    public required int Row { get; init; }

    /// <summary>Its seed.</summary>
    public required int Seed { get; init; }

    /// <summary>Its folder below the plan's, such as <c>02-gap/seed-1</c>, with slashes.</summary>
    public required string Folder { get; init; }

    /// <summary>The runs that must be finished before it begins, by their numbers in the plan; each is of an earlier wave.</summary>
    public required IReadOnlyList<int> Needs { get; init; }

    /// <summary>The wave that it belongs to, from 0: runs of one wave are independent of each other.</summary>
    public required int Wave { get; init; }

    void IRunRecord.Check()
    {
        Checks.Text(Folder, "folder");
        Checks.That(FolderFiles.IsBelow(Folder), "folder", "is not below the plan's");
        Checks.That(Needs is not null, "needs", "is missing");
        Checks.Count(Wave, "wave");
    }
}
