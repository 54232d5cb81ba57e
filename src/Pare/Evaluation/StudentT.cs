namespace Pare.Evaluation;

/// <summary>Student's t distribution with a whole number of degrees of freedom.</summary>
/// <remarks>
/// With theta = atan(t / sqrt(nu)), P(|T| &lt;= t) is a finite sum of powers of cos(theta): Abramowitz and Stegun, 26.7.3 and 26.7.4.
/// </remarks>
internal static class StudentT
{
    /// <summary>
    /// The t with P(|T| &lt;= t) = <paramref name="confidence"/>: how many standard errors an interval of that confidence reaches to each
    /// side.
    /// </summary>
    /// <param name="confidence">Above 0 and below 1, such as 0.95.</param>
    /// <param name="degreesOfFreedom">1 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of range.</exception>
    public static double TwoSidedQuantile(double confidence, int degreesOfFreedom)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(confidence);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(confidence, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(degreesOfFreedom, 1);

        // Bisection over the angle, in which the distribution rises from 0 to 1 over a finite range.
        double low = 0, high = Math.PI / 2;
        while (true)
        {
            double middle = (low + high) / 2;
            if (middle <= low || middle >= high) return Math.Sqrt(degreesOfFreedom) * Math.Tan(middle);
            if (TwoSided(middle, degreesOfFreedom) < confidence) low = middle;
            else high = middle;
        }
    }

    /// <summary>P(|T| &gt; t): how often chance alone lies so far out, to either side.</summary>
    /// <param name="t">The statistic; its sign does not count.</param>
    /// <param name="degreesOfFreedom">1 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are no degrees of freedom, or <paramref name="t"/> is not a number.</exception>
    public static double TwoSidedPValue(double t, int degreesOfFreedom)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(degreesOfFreedom, 1);
        if (double.IsNaN(t)) throw new ArgumentOutOfRangeException(nameof(t), "The statistic is not a number.");
        return Math.Clamp(1 - TwoSided(Math.Atan(Math.Abs(t) / Math.Sqrt(degreesOfFreedom)), degreesOfFreedom), 0, 1);
    }

    private static double TwoSided(double theta, int degreesOfFreedom)
    {
        (double sin, double cos) = Math.SinCos(theta);
        bool odd = degreesOfFreedom % 2 == 1;
        double term = odd ? cos : 1, sum = 0;
        for (int power = odd ? 1 : 0; power <= degreesOfFreedom - 2; power += 2)
        {
            sum += term;
            term *= cos * cos * (power + 1) / (power + 2);
        }

        return odd ? 2 / Math.PI * (theta + (sin * sum)) : sin * sum;
    }
}
