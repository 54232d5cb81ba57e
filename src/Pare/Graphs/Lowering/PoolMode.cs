namespace Pare.Graphs.Lowering;

/// <summary>What a pooling window gives.</summary>
internal enum PoolMode
{
    /// <summary>The largest value; borders never win.</summary>
    Max,

    /// <summary>The mean of the pixels of the map that the window covers.</summary>
    Average,

    /// <summary>The mean with the border's zeros counted.</summary>
    AverageWithBorders,
}
