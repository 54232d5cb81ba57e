namespace Pare.Export.CSource;

/// <summary>How much a search may still try, counted so that it ends at the same place on every machine.</summary>
internal sealed class SearchBudget(long work)
{
    /// <summary>What is left.</summary>
    public long Left { get; private set; } = work;

    /// <summary>Whether nothing is left.</summary>
    public bool IsSpent => Left <= 0;

    /// <summary>Takes some of it.</summary>
    public void Spend(long work) => Left -= work;
}
