namespace Pare.Evaluation;

/// <summary>A test image with a high loss.</summary>
/// <param name="Index">Its number in the test set, from 0.</param>
/// <param name="True">The true class, by its index.</param>
/// <param name="Predicted">The predicted class, by its index.</param>
/// <param name="Confidence">The probability of the predicted class, 0 to 1.</param>
/// <param name="Loss">Cross entropy.</param>
/// <param name="Png">The pixels as a PNG file.</param>
public sealed record WorstImage(int Index, int True, int Predicted, double Confidence, double Loss, byte[] Png)
{
    /// <summary>Its path inside the data set; null where the images are no files of their own.</summary>
    public string? Path { get; init; }
}
