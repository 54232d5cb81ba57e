using Pare.Data;
using Pare.Graphs;
using Pare.Recipes;
using Pare.Training;

namespace Pare.Runs;

/// <summary>The space that runs take on a disk, by a generous guess, and whether it is there.</summary>
internal static class RunSize
{
    // Report, evaluation, records; a row of metrics in three forms; the name of an image, its digest and what is said of it; the
    // digest of one that is trained on.
    private const long Fixed = 1 << 20, Row = 1200, Image = 166, Trained = 11;

    // The newest, the previous, and one that is being written.
    private const int Checkpoints = 3;

    // What file systems hand out beyond this is not counted: such a number says that they do not know.
    private const long Unknown = 1L << 60;

    /// <summary>Bytes of a run: what it keeps, with its checkpoints while it is trained.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="data">The images.</param>
    /// <param name="isTraining">Whether the checkpoints count.</param>
    public static long Of(Recipe recipe, Dataset data, bool isTraining)
    {
        TrainingOptions options = recipe.Training;
        long values = recipe.Graph.Nodes.SelectMany(static node => node.Parameters).Sum(static spec => spec.Length);

        // Where a training that diverges goes back, what the epoch began with is kept beside what it has come to.
        int states = options.OnDivergence == DivergenceResponse.HalveRate ? 2 : 1;
        long state = states * values * sizeof(float) * (2 + options.Optimizer.StateCount);
        long model = (2 * values * sizeof(float)) + Fixed;
        IndexSplit split = options.Split(data);
        long listed = ((data.Test.Count + split.Validation.Length) * Image) + (data.Train.HasPaths ? split.Train.Length * Trained : 0);
        return model + listed + (options.Epochs * Row) + (isTraining ? Checkpoints * (state + (options.Epochs * Row)) : 0);
    }

    /// <summary>Refuses to begin what the disk cannot hold.</summary>
    /// <param name="folder">Where.</param>
    /// <param name="bytes">How much it takes.</param>
    /// <exception cref="RunException">There is not so much free.</exception>
    public static void Require(string folder, long bytes) => Require(folder, bytes, Free(folder));

    /// <summary>Refuses to begin what does not fit into what is free; null where nobody knows that.</summary>
    internal static void Require(string folder, long bytes, long? free)
    {
        if (free is not { } left || left >= Unknown || left >= bytes) return;
        (string taken, string space) = Rounding.Apart(bytes, left, Text);
        throw new RunException(
            $"The disk cannot hold this: it takes up to {taken}, and {space} are free.",
            Path.GetFullPath(folder), "Free some space there, or choose another folder.")
        { Setting = "folder" };
    }

    private static string Text(long bytes) => bytes >= 100 << 20 ? AvailableMemory.Text(bytes)
        : Invariant($"{(bytes + 1023) >> 10} KB");

    private static long? Free(string folder)
    {
        try
        {
            return new DriveInfo(Path.GetFullPath(folder)).AvailableFreeSpace;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }
}
