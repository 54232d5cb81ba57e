namespace Pare.Execution;

/// <summary>What a thread does with a tile of images that is dealt to it.</summary>
internal interface ITileWork
{
    /// <summary>Does it.</summary>
    /// <param name="thread">The thread's number, from 0.</param>
    /// <param name="first">Number of the tile's first image.</param>
    /// <param name="images">Images of the tile.</param>
    void Run(int thread, int first, int images);
}
