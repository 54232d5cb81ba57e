namespace Pare;

/// <summary>What a technique must know of the run that it is for.</summary>
/// <param name="Channels">Channels of an image.</param>
/// <param name="Height">Rows of an image.</param>
/// <param name="Width">Columns of an image.</param>
/// <param name="Classes">Classes to tell apart.</param>
/// <param name="Epochs">Passes over the training images.</param>
/// <param name="BatchSize">Images a step.</param>
public readonly record struct RunFacts(int Channels, int Height, int Width, int Classes, int Epochs, int BatchSize);
