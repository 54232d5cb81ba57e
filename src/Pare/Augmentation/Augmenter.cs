using System.Numerics.Tensors;
using Pare.Data;
using Pare.Kernels;

namespace Pare.Augmentation;

/// <summary>
/// Takes images of a set from bytes to augmented, normalized planes: image augmentations on pixels, normalization, image
/// augmentations on normalized pixels, then mixing within the batch. Where a technique gives several views of an image, each goes its
/// own way from that technique on. Which image gets what follows from seed, technique, epoch and
/// image (or step), so several threads may share the work in any way.
/// </summary>
internal sealed class Augmenter
{
    private readonly ImageSet _images;
    private readonly Normalization _normalization;
    private readonly RunFacts _run;
    private readonly long _seed, _steps;
    private readonly (ImageAugmentation Technique, long End, long Stream)[] _chain;
    private readonly (BatchMixing Technique, long End, long Stream)[] _mixings;
    private readonly StepSizes _sizes;

    // Where in the chain the pixels are normalized, and where the views of an image part ways: there the first one skips the technique.
    private readonly int _normalize, _parting;

    /// <param name="images">The images.</param>
    /// <param name="normalization">y = (byte / 255 - mean) / deviation, one pair a channel.</param>
    /// <param name="techniques">Those of a run; others than data techniques are passed over.</param>
    /// <param name="run">The run.</param>
    /// <param name="seed">The seed of the run.</param>
    /// <param name="steps">All steps of the run.</param>
    public Augmenter(ImageSet images, Normalization normalization, IEnumerable<Technique> techniques, RunFacts run, long seed, long steps)
    {
        (_images, _normalization, _run, _seed, _steps) = (images, normalization, run, seed, steps);
        DataTechnique[] on =
        [
            .. techniques.OfType<DataTechnique>().Where(static technique => technique.Acts).OrderBy(static technique => technique.Order)
                .ThenBy(static technique => technique.IsOfLibrary ? "" : technique.Key, StringComparer.Ordinal),
        ];
        _chain = [.. on.OfType<ImageAugmentation>().Select(technique => (technique, technique.EndsAt(steps), technique.Stream))];
        _mixings = [.. on.OfType<BatchMixing>().Select(technique => (technique, technique.EndsAt(steps), technique.Stream))];
        _sizes = StepSizes.Of(on, run, steps);
        _normalize = _chain.Count(static link => link.Technique.Order <= AugmentationOrder.Normalize);
        _parting = Array.FindIndex(_chain, static link => link.Technique.Views > 1);
        int row = _sizes.Technique is null ? 0 : run.Width;
        SpareSize = Math.Max(row, _chain.Select(link => link.Technique.SpareSize(run)).DefaultIfEmpty().Max());
    }

    /// <summary>Whether anything is on; else the bytes may go straight into lanes.</summary>
    public bool Acts => _chain.Length > 0 || Mixes || _sizes.Technique is not null;

    /// <summary>Whether images are mixed in some step.</summary>
    public bool Mixes => _mixings.Length > 0;

    /// <summary>Values of working memory that each thread needs.</summary>
    public int SpareSize { get; }

    /// <summary>The most views of an image.</summary>
    public int Views => _parting < 0 ? 1 : _chain[_parting].Technique.Views;

    /// <summary>Draws what the images of a batch have in common. Its order, step and epoch must be set.</summary>
    public void Begin(PreparedBatch batch)
    {
        batch.Size = _sizes.At(batch.Step);
        batch.Views = _parting >= 0 && batch.Step < _chain[_parting].End ? Views : 1;
        (batch.Mixing, batch.Mix) = (null, new BatchMix(1, default));
        int on = 0;
        foreach ((_, long end, _) in _mixings) on += batch.Step < end ? 1 : 0;
        if (on == 0) return;
        int chosen = on == 1 ? 0 : new SeededRandom(_seed, (long)AugmentationOrder.Mix, batch.Step).NextInt(on);
        foreach ((BatchMixing technique, long end, long stream) in _mixings)
        {
            if (batch.Step >= end || chosen-- != 0) continue;
            var random = new SeededRandom(_seed, stream, batch.Step);
            batch.Mix = technique.Draw(ref random, FactsOf(batch), StepOf(batch));
            if (!(batch.Mix.Share is >= 0 and <= 1))
                throw new InvalidOperationException(Invariant($"{technique.Key} drew a share of {batch.Mix.Share}; it must be 0 to 1."));
            if (batch.Mix.Share >= 1) return;
            batch.Mixing = technique;
            for (int i = 0; i < batch.Count; i++) batch.Partners[i] = i;
            random.Shuffle<int>(batch.Partners);
        }
    }

    /// <summary>Augments some images of a batch.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="first">The first image.</param>
    /// <param name="end">The image behind the last.</param>
    /// <param name="spare">Working memory, <see cref="SpareSize"/> values.</param>
    public void Augment(PreparedBatch batch, int first, int end, Span<float> spare)
    {
        for (int i = first; i < end; i++)
        {
            int index = batch.Order[i];
            Span<float> image = batch.Whole(i);
            PlanarImages.ToFloats(_images.Image(index, _images.Spare()), image);

            // Shuffled images lie anywhere in memory.
            if (i + 1 < end && !_images.IsStreamed) Prefetcher.Fetch(_images.Image(batch.Order[i + 1], []));
            if (batch.Views == 1)
            {
                Apply(batch, index, view: 0, 0, _chain.Length, image, spare);
                continue;
            }

            Apply(batch, index, view: 0, 0, _parting, image, spare);
            for (int view = 1; view < batch.Views; view++)
            {
                Span<float> other = batch.Whole((view * batch.Count) + i);
                image.CopyTo(other);
                Apply(batch, index, view, _parting, _chain.Length, other, spare);
            }

            Apply(batch, index, view: 0, _parting + 1, _chain.Length, image, spare);
        }
    }

    /// <summary>Mixes some images of a batch, all of which are augmented.</summary>
    public void Mix(PreparedBatch batch, int first, int end)
    {
        if (batch.Mixing is not { } mixing) return;
        RunFacts run = FactsOf(batch);
        for (int start = 0; start < batch.Views * batch.Count; start += batch.Count)
        {
            for (int i = first; i < end; i++)
                mixing.Mix(batch.Mix, run, batch.Augmented(start + i), batch.Augmented(start + batch.Partners[i]), batch.Mixed(start + i));
        }
    }

    // A part of the chain, with the normalization where its place is in it or at its end. Behind its last link comes the size of the step.
    private void Apply(PreparedBatch batch, int index, int view, int from, int to, Span<float> image, Span<float> spare)
    {
        // View 0 draws as an image without views does.
        long key = index + ((long)view << 32);
        for (int place = from; place <= to; place++)
        {
            if (place == _normalize) Normalize(image);
            if (place == to) break;
            (ImageAugmentation technique, long off, long stream) = _chain[place];
            if (batch.Step >= off) continue;
            var random = new SeededRandom(_seed, stream, batch.Epoch, key);

            // Epochs are counted from 1: what lasts over them has number 0 for itself.
            var facts = new ImageFacts(_run, StepOf(batch), index, new SeededRandom(_seed, stream, 0, key));
            technique.Apply(ref random, facts, image, spare);
        }

        if (to == _chain.Length) Reduce(batch, index, image, spare);
    }

    // All views of an image in the same way.
    private void Reduce(PreparedBatch batch, int index, Span<float> image, Span<float> spare)
    {
        if (batch.Size is not { } size) return;
        var random = new SeededRandom(_seed, _sizes.Technique!.Stream, batch.Epoch, index);
        _sizes.Technique.Reduce(ref random, image, _run.Channels, (_run.Height, _run.Width), size, spare);
    }

    private RunFacts FactsOf(PreparedBatch batch) =>
        batch.Size is { } size ? _run with { Height = size.Height, Width = size.Width } : _run;

    private StepFacts StepOf(PreparedBatch batch) => new(batch.Step, batch.Epoch, _steps);

    private void Normalize(Span<float> image)
    {
        int area = image.Length / _run.Channels;
        for (int c = 0; c < _run.Channels; c++)
        {
            Span<float> plane = image.Slice(c * area, area);
            TensorPrimitives.Subtract(plane, _normalization.Mean[c], plane);
            TensorPrimitives.Divide(plane, _normalization.StandardDeviation[c], plane);
        }
    }
}
