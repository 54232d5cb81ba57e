using Pare.Augmentation;
using Pare.Data;
using Pare.Execution;
using Pare.Graphs;
using Pare.Kernels;

namespace Pare.Training.Losses;

/// <summary>
/// Learns from a larger, trained network what it finds likely beside the right class. Hinton, Vinyals, Dean 2015, arXiv 1503.02531.
/// </summary>
/// <remarks>
/// L = (1 - weight) CE + weight T^2 KL(softmax(t / T) || softmax(s / T)) with the teacher's logits t and the student's s; T^2 keeps the
/// two gradients in proportion when T changes. The teacher sees the batch that the student sees, Mixup and Cutout included.
/// </remarks>
public sealed record Distillation : LossTechnique
{
    /// <summary>The network to learn from; in a recipe the path of its run's folder or of the weights in it.</summary>
    public Teacher? Teacher { get; init; }

    /// <summary>T, above 0: the higher, the more the unlikely classes count.</summary>
    [Range(0, AboveLeast = true)]
    public float Temperature { get; init; } = 4;

    /// <summary>The share of the teacher in the loss, 0 to 1.</summary>
    [Range(0, 1)]
    public float Weight { get; init; } = 0.5f;

    /// <inheritdoc/>
    public override string Key => "distillation";

    /// <inheritdoc/>
    public override bool Acts => Weight > 0;

    /// <inheritdoc/>
    protected override void ValidateSettings(RunFacts run)
    {
        if (Teacher is null)
            throw new ArgumentException("teacher is missing; it must be a trained network: the folder of a run, or the weights in one.");
    }

    /// <summary>
    /// Adds the part of the loss that compares with the teacher, T^2 KL(softmax(t / T) || softmax(s / T)), and its gradient T (softmax(s /
    /// T) - softmax(t / T)).
    /// </summary>
    /// <param name="student">s, <c>[class][lane]</c>.</param>
    /// <param name="teacher">t, laid out alike.</param>
    /// <param name="lanes">Lanes of a vector.</param>
    /// <param name="images">Lanes that hold an image.</param>
    /// <param name="temperature">T.</param>
    /// <param name="scale">Factor on the gradient.</param>
    /// <param name="dLogits">Laid out like <paramref name="student"/>; the gradient is added.</param>
    /// <returns>The sum over the images.</returns>
    public static double AddDivergence(ReadOnlySpan<float> student, ReadOnlySpan<float> teacher, int lanes, int images, double temperature,
        double scale, Span<float> dLogits)
    {
        int classes = student.Length / lanes;
        double divergence = 0;
        for (int lane = 0; lane < images; lane++)
        {
            (int best, double logSum) = SoftmaxCrossEntropy.Normalizer(student, lanes, lane, temperature);
            (int teachersBest, double teachersLogSum) = SoftmaxCrossEntropy.Normalizer(teacher, lanes, lane, temperature);
            double max = student[(best * lanes) + lane], teachersMax = teacher[(teachersBest * lanes) + lane];
            for (int k = 0; k < classes; k++)
            {
                int at = (k * lanes) + lane;
                double logP = ((student[at] - max) / temperature) - logSum,
                    logQ = ((teacher[at] - teachersMax) / temperature) - teachersLogSum, q = Math.Exp(logQ);
                divergence += q * (logQ - logP);
                dLogits[at] += (float)(scale * temperature * (Math.Exp(logP) - q));
            }
        }

        return temperature * temperature * divergence;
    }

    /// <inheritdoc/>
    public override void Open(RunFacts run)
    {
        Shape input = new(run.Channels, run.Height, run.Width), output = new(run.Classes, 1, 1);
        Graph graph = Teacher!.Network.Graph;
        if (graph.Input.Shape != input)
            throw new ArgumentException($"teacher takes images of {graph.Input.Shape}; it must take those of the run, {input}.");
        if (graph.Output.Shape != output)
            throw new ArgumentException($"teacher ends in {graph.Output.Shape}; it must end in one output per class, {output}.");
    }

    internal override long Floats(int batchSize, int threads) =>
        InferencePlan.Count(Network.Layout(Teacher!.Network.Graph), threads).Floats
            + ((long)Teacher.Network.Graph.Output.Shape.Count * ((long)batchSize + Simd.Lanes));

    internal override ILoss Around(ILoss loss, in LossContext context) => new Loss(loss, this, context);

    /// <summary>Where the student has each of the teacher's classes; null where the names of one are not known.</summary>
    /// <exception cref="RecipeException">They know other classes.</exception>
    internal static int[]? Places(IReadOnlyList<string>? teachers, IReadOnlyList<string>? students)
    {
        if (teachers is null || students is null) return null;
        var places = students.Index().ToDictionary(static pair => pair.Item, static pair => pair.Index, StringComparer.Ordinal);
        if (teachers.Count == students.Count && teachers.All(places.ContainsKey)) return [.. teachers.Select(name => places[name])];
        throw new RecipeException(
            $"The teacher knows the classes {string.Join(", ", teachers)}, and the images show {string.Join(", ", students)}.",
            "techniques.distillation.teacher", "Name a teacher that was trained on the same classes.");
    }

    // Called by the threads of the team twice: as the sink of the teacher's outputs, then as the loss.
    private sealed class Loss : ILoss, IPredictionSink
    {
        private readonly ILoss _inner;
        private readonly float _temperature, _weight;
        private readonly InferencePlan _teacher;
        private readonly RenormalizedBatch _batch;
        private readonly AlignedBuffer _logits;
        private readonly int _tileSize;

        // Where the student has each of the teacher's classes.
        private readonly int[] _places;
        private long _step = -1;

        public Loss(ILoss inner, Distillation settings, in LossContext context)
        {
            (_inner, _temperature, _weight) = (inner, settings.Temperature, settings.Weight);
            Teacher teacher = settings.Teacher!;
            _teacher = new InferencePlan(teacher.Network, context.Team);
            _batch = new RenormalizedBatch(context.Normalization, teacher.Normalization);
            int classes = teacher.Network.Graph.Output.Shape.Channels;
            _places = Places(teacher.Classes ?? context.Classes, context.Classes ?? teacher.Classes) ?? [.. Enumerable.Range(0, classes)];
            _tileSize = classes * Simd.Lanes;
            _logits = new AlignedBuffer((long)_tileSize * ((context.BatchSize + Simd.Lanes - 1) / Simd.Lanes));
        }

        public void Begin(IBatchSource source, int images, long step)
        {
            _inner.Begin(source, images, step);

            // SAM comes twice with one batch.
            if (step == _step && source == _batch.Source) return;
            _step = step;
            _batch.Source = source;
            _teacher.Run(_batch, images, this);
        }

        public void Accept(int first, int images, ReadOnlySpan<float> logits)
        {
            Span<float> tile = Teachers(first);
            for (int k = 0; k < _places.Length; k++) logits.Slice(k * Simd.Lanes, Simd.Lanes).CopyTo(tile[(_places[k] * Simd.Lanes)..]);
        }

        public (double Loss, double Hits) Run(int first, int images, ReadOnlySpan<float> logits, Span<float> targets, float scale,
            Span<float> dLogits)
        {
            (double loss, double hits) = _inner.Run(first, images, logits, targets, scale * (1 - _weight), dLogits);
            double divergence = AddDivergence(logits, Teachers(first), Simd.Lanes, images, _temperature, (double)scale * _weight, dLogits);
            return (((1 - _weight) * loss) + (_weight * divergence), hits);
        }

        private Span<float> Teachers(int first) => _logits.Slice(first / Simd.Lanes * _tileSize, _tileSize);
    }
}
