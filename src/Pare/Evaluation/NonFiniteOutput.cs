namespace Pare.Evaluation;

/// <summary>Refuses what has no right figure: an output that is NaN or infinite is neither right nor wrong.</summary>
internal static class NonFiniteOutput
{
    /// <summary>The error for whoever measures a network.</summary>
    /// <param name="where">Which output or image it is, or what is measured.</param>
    /// <param name="about">What the network says it about.</param>
    public static RunException Error(string where, string about = "an image") =>
        new($"What the network says about {about} is not a finite number.", where,
            "Its training diverged: train again with a lower learning rate, or take other weights.")
        {
            NonFinite = "the outputs for held-out images",
        };
}
