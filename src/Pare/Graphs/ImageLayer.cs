namespace Pare.Graphs;

/// <summary>
/// A layer of one's own that no other computes, written as a function of one image: forward, and backward beside it. It trains and is
/// evaluated like any other, if slower than the library's, which take several images at once.
/// </summary>
/// <remarks>
/// To be derived from: a record with settings, <see cref="Layer.Kind"/>, <see cref="Forward"/> and <see cref="Backward"/>;
/// <see cref="GradientError"/> says whether the two agree. Several threads call it at once, each for another image, so it remembers
/// nothing. The parameters are handed as one span, one after the other in the order of <see cref="Layer.Parameters"/>; the library updates
/// them, and adds their gradients up over the images in an order of its own. What a network with such a layer says can be measured, and its
/// training kept and gone on with. It has no form outside of the library: models and exports refuse it.
/// </remarks>
public abstract record ImageLayer : Layer
{
    /// <summary>For layers of one's own.</summary>
    protected ImageLayer()
    {
    }

    /// <inheritdoc/>
    public sealed override int InputCount => 1;

    /// <inheritdoc/>
    public sealed override bool InPlace => false;

    /// <inheritdoc/>
    public sealed override bool TrainingOnly => false;

    /// <summary>The shape of the output; that of the input unless said otherwise.</summary>
    /// <param name="input">The shape of the map that the layer meets.</param>
    /// <exception cref="ArgumentException">The shape does not fit; the message says what would.</exception>
    public virtual Shape OutputShape(Shape input) => input;

    /// <summary>Computes one image. It should allocate nothing.</summary>
    /// <param name="input">The shape of <paramref name="x"/>.</param>
    /// <param name="x"><c>[channel][row][column]</c>.</param>
    /// <param name="parameters">All of them, one after the other.</param>
    /// <param name="y">The output, <c>[channel][row][column]</c>, to be written whole.</param>
    public abstract void Forward(Shape input, ReadOnlySpan<float> x, ReadOnlySpan<float> parameters, Span<float> y);

    /// <summary>Takes the gradient of one image back. It should allocate nothing.</summary>
    /// <param name="input">The shape of <paramref name="x"/>.</param>
    /// <param name="x">As in <see cref="Forward"/>.</param>
    /// <param name="parameters">As in <see cref="Forward"/>.</param>
    /// <param name="dY">The gradient of the loss with respect to each value of the output.</param>
    /// <param name="dX">The gradient with respect to each value of <paramref name="x"/>, to be written whole.</param>
    /// <param name="dParameters">The gradient with respect to each parameter, to be added to.</param>
    public abstract void Backward(Shape input, ReadOnlySpan<float> x, ReadOnlySpan<float> parameters, ReadOnlySpan<float> dY,
        Span<float> dX, Span<float> dParameters);

    /// <summary>
    /// How far <see cref="Backward"/> lies from the slopes of <see cref="Forward"/>, tried with drawn images and parameters: the largest
    /// difference as a part of the largest slope. A layer that is right and smooth stays below 0.01; one with corners, as a maximum has,
    /// may exceed it where a corner is met.
    /// </summary>
    /// <param name="input">The shape to try it with: small, with other rows than columns.</param>
    /// <param name="seed">Decides what is drawn.</param>
    public double GradientError(Shape input, long seed = 1)
    {
        const float step = 1e-2f;
        var random = new SeededRandom(seed);
        int count = (int)Parameters(input).Sum(static spec => spec.Length);
        float[] x = Drawn(input.Count), parameters = Drawn(count), dY = Drawn(OutputShape([input]).Count), y = new float[dY.Length];
        float[] dX = new float[x.Length], dParameters = new float[count];
        Backward(input, x, parameters, dY, dX, dParameters);
        double worst = 0, largest = 1e-6;
        Compare(x, dX);
        Compare(parameters, dParameters);
        return worst / largest;

        float[] Drawn(int length)
        {
            var values = new float[length];
            foreach (ref float value in values.AsSpan()) value = random.NextNormal();
            return values;
        }

        void Compare(float[] values, float[] gradient)
        {
            for (int i = 0; i < values.Length; i++)
            {
                float before = values[i];
                values[i] = before + step;
                double up = Loss(), upper = values[i];
                values[i] = before - step;
                double slope = (up - Loss()) / (upper - values[i]);
                values[i] = before;
                largest = Math.Max(largest, Math.Abs(slope));
                double difference = Math.Abs(slope - gradient[i]);
                worst = double.IsNaN(difference) ? difference : Math.Max(worst, difference);
            }
        }

        double Loss()
        {
            Forward(input, x, parameters, y);
            double sum = 0;
            for (int i = 0; i < y.Length; i++) sum += (double)y[i] * dY[i];
            return sum;
        }
    }

    private protected sealed override Shape ShapeFor(IReadOnlyList<Shape> inputs)
    {
        if (Parameters(inputs[0]).FirstOrDefault(static spec => spec.Role == ParameterRole.Statistic) is { } statistic)
            throw new ArgumentException($"its {statistic.Name} is a running statistic, which a layer of one's own cannot keep.");
        return OutputShape(inputs[0]);
    }
}
