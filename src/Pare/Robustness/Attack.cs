namespace Pare.Robustness;

/// <summary>Steps up the loss within a cube around a picture, whose pixels are from 0 to 1.</summary>
/// <param name="Reach">How far a pixel may go: eps.</param>
/// <param name="Steps">How many steps, 0 or more.</param>
/// <param name="StepLength">How far a pixel goes in each.</param>
/// <param name="Draw">Which random place of the cube it begins at; null for the picture itself.</param>
internal sealed record Attack(float Reach, int Steps, float StepLength, long? Draw = null)
{
    private const float Unit = 1f / 255;

    /// <summary>The fast gradient sign method: one step to a corner of the cube. Goodfellow et al. 2015, arXiv 1412.6572.</summary>
    /// <param name="epsilon">eps in steps of a byte.</param>
    public static Attack Fast(int epsilon) => new(epsilon * Unit, 1, epsilon * Unit);

    /// <summary>
    /// Projected gradient ascent with steps of 2.5 eps / steps, so that it may cross the cube. Madry et al. 2018, arXiv 1706.06083.
    /// </summary>
    /// <param name="epsilon">eps in steps of a byte.</param>
    /// <param name="steps">How many steps.</param>
    /// <param name="draw">As <see cref="Draw"/>.</param>
    public static Attack Projected(int epsilon, int steps, long? draw) =>
        new(epsilon * Unit, steps, 2.5f * epsilon * Unit / steps, draw);
}
