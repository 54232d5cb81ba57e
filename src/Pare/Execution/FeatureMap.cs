using Pare.Graphs;
using Pare.Kernels;

namespace Pare.Execution;

/// <summary>
/// The values that one operation makes for every tile, <c>[channel][row][column][lane]</c>, with the batch norm and the
/// activation that stand between them and their readers. Nobody stores the normalized map: readers apply the transform
/// as they read, which saves a write and a read of the largest arrays.
/// </summary>
internal sealed class FeatureMap(string name, Shape shape)
{
    /// <summary>So many pixels of two maps stay in the first-level cache.</summary>
    public const int PixelsOfARun = 64;

    private AlignedBuffer _arena = null!, _gradientArena = null!;
    private int _slotStride, _gradientStride;
    private int _offset, _gradientOffset;
    private int[]? _gradientParts;

    public string Name { get; } = name;

    public Shape Shape { get; } = shape;

    /// <summary>Floats of one channel of a tile.</summary>
    public int PlaneStride { get; } = checked(shape.Pixels * Simd.Lanes);

    /// <summary>Floats of a tile.</summary>
    public int Size { get; } = checked(shape.Count * Simd.Lanes);

    /// <summary>The batch norm that readers apply, if any.</summary>
    public BatchNormalization? Norm { get; set; }

    /// <summary>The function that readers apply after the norm.</summary>
    public ActivationFunction Function { get; set; }

    /// <summary>What is added to the map as it is stored, where no gradient is wanted; null for nothing.</summary>
    public Addition? Added { get; private set; }

    /// <summary>Whether the loss's gradient with respect to this map is wanted.</summary>
    public bool NeedsGradient { get; set; }

    /// <summary>
    /// Whether the gradient, once it is complete, is taken back through the activation where it lies: its sums need that anyway, and
    /// whoever reads it then need not. Set where no other map's gradient lies in the same place.
    /// </summary>
    public bool PassesActivation { get; set; }

    /// <summary>Whether the gradient lies in memory of the thread, which a tile has written and read before the next one comes.</summary>
    public bool GradientStaysWithThread => _gradientParts is not null;

    /// <summary>Where what is read and written is counted; null outside measurements.</summary>
    public MapTraffic? Traffic { get; set; }

    /// <summary>Whether a norm has been put on the map and nothing may be folded under it any more.</summary>
    public bool HasTransform => Norm is not null || Function != ActivationFunction.Identity;

    /// <summary>
    /// Makes the map the sum of what its readers would have seen and what those of another one see, from its operation's next pass on:
    /// there a few rows of it are still in the cache. The other one must be complete before.
    /// </summary>
    public void Add(FeatureMap other)
    {
        Added = new Addition(other, Norm, Function);
        (Norm, Function) = (null, ActivationFunction.Identity);
    }

    /// <summary>Gives the map its place: the offset is within a slot of the arena.</summary>
    public void Place(AlignedBuffer arena, int slotStride, int offset) => (_arena, _slotStride, _offset) = (arena, slotStride, offset);

    /// <summary>Gives the gradient its place, within a part of the arena.</summary>
    /// <param name="arena">Where it lies.</param>
    /// <param name="stride">From part to part.</param>
    /// <param name="offset">Within a part.</param>
    /// <param name="parts">Of each slot the part that is its own for the time being; null where every slot has one.</param>
    public void PlaceGradient(AlignedBuffer arena, int stride, int offset, int[]? parts) =>
        (_gradientArena, _gradientStride, _gradientOffset, _gradientParts) = (arena, stride, offset, parts);

    /// <summary>Stored values of one channel.</summary>
    public Span<float> Plane(int slot, int channel) =>
        _arena.Slice(Start(slot) + (channel * PlaneStride), PlaneStride);

    /// <summary>Stored values from one channel to the end of the map: for kernels that write several planes.</summary>
    public Span<float> PlanesFrom(int slot, int channel) =>
        _arena.Slice(Start(slot) + (channel * PlaneStride), Size - (channel * PlaneStride));

    /// <summary>Gradient with respect to what readers see, of one channel; when complete, see <see cref="PassesActivation"/>.</summary>
    public Span<float> GradientPlane(int slot, int channel) =>
        _gradientArena.Slice(GradientStart(slot) + (channel * PlaneStride), PlaneStride);

    /// <summary>Gradient with respect to what readers see, from one channel to the end.</summary>
    public Span<float> GradientPlanesFrom(int slot, int channel) =>
        _gradientArena.Slice(GradientStart(slot) + (channel * PlaneStride), Size - (channel * PlaneStride));

    /// <summary>What readers see of one channel, from a pixel on.</summary>
    public void Read(int slot, int channel, int firstPixel, int pixels, Span<float> target)
    {
        Count(pixels);
        ReadOnlySpan<float> source = Plane(slot, channel).Slice(firstPixel * Simd.Lanes, pixels * Simd.Lanes);
        if (HasTransform) ElementwiseKernels.Read(source, target, RowLayout.Run(pixels), Transform(channel));
        else source.CopyTo(target);
    }

    /// <summary>Adds what readers see of one channel, from a pixel on, to what another transform makes of the target.</summary>
    public void AddTo(int slot, int channel, int firstPixel, int pixels, Span<float> target, in ChannelTransform own)
    {
        Count(pixels);
        ElementwiseKernels.Add(Plane(slot, channel).Slice(firstPixel * Simd.Lanes, pixels * Simd.Lanes), target, Transform(channel), own);
    }

    /// <summary>The gradient with respect to the stored values of one channel, from a pixel on.</summary>
    public void ReadGradient(int slot, int channel, int firstPixel, int pixels, Span<float> target)
    {
        int start = firstPixel * Simd.Lanes, length = pixels * Simd.Lanes;
        Count(HasTransform ? 2 * pixels : pixels);
        ReadOnlySpan<float> gradient = GradientPlane(slot, channel).Slice(start, length);
        if (HasTransform)
            ElementwiseKernels.ReadGradient(gradient, Plane(slot, channel).Slice(start, length), target, RowLayout.Run(pixels),
                GradientTransform(channel), Coefficients(channel));
        else gradient.CopyTo(target);
    }

    /// <summary>
    /// What readers see of one channel: the stored plane itself where neither norm nor activation follows, or else the scratch memory that
    /// it is read into.
    /// </summary>
    public ReadOnlySpan<float> Seen(int slot, int channel, Span<float> scratch)
    {
        if (!HasTransform)
        {
            Count(Shape.Pixels);
            return Plane(slot, channel);
        }

        Read(slot, channel, 0, Shape.Pixels, scratch);
        return scratch[..PlaneStride];
    }

    /// <summary>As <see cref="Seen"/>, of the gradient with respect to the stored values.</summary>
    public ReadOnlySpan<float> SeenGradient(int slot, int channel, Span<float> scratch)
    {
        if (!HasTransform)
        {
            Count(Shape.Pixels);
            return GradientPlane(slot, channel);
        }

        ReadGradient(slot, channel, 0, Shape.Pixels, scratch);
        return scratch[..PlaneStride];
    }

    /// <summary>
    /// What readers see of the rows [firstRow, firstRow + rows) and the columns from -left on, <paramref name="width"/> of
    /// them a row; what lies outside the map is <paramref name="padding"/>.
    /// </summary>
    public void ReadPadded(int slot, int channel, int firstRow, int rows, int left, int width, Span<float> target, float padding = 0f)
    {
        RowLayout layout = Padded(firstRow, rows, left, width, padding, ref target, out int start);
        Count(layout.Rows * layout.Columns);
        if (layout.Rows > 0) ElementwiseKernels.Read(Plane(slot, channel)[start..], target, layout, Transform(channel));
    }

    /// <summary>As <see cref="ReadPadded"/>, of the gradient with respect to the stored values, with 0 outside the map.</summary>
    public void ReadGradientPadded(int slot, int channel, int firstRow, int rows, int left, int width, Span<float> target)
    {
        RowLayout layout = Padded(firstRow, rows, left, width, 0f, ref target, out int start);
        Count((HasTransform ? 2 : 1) * layout.Rows * layout.Columns);
        if (layout.Rows > 0)
            ElementwiseKernels.ReadGradient(GradientPlane(slot, channel)[start..], Plane(slot, channel)[start..], target, layout,
                GradientTransform(channel), Coefficients(channel));
    }

    /// <summary>To be called once for every pixel of a channel after its values are stored, in order, from pixel 0 on.</summary>
    public void Stored(int slot, int channel, int firstPixel, int pixels)
    {
        Count(pixels);
        if (Added is { } added)
        {
            for (int end = firstPixel + pixels, run; firstPixel < end; firstPixel += run)
            {
                run = Math.Min(PixelsOfARun, end - firstPixel);
                added.Apply(slot, channel, firstPixel, Plane(slot, channel).Slice(firstPixel * Simd.Lanes, run * Simd.Lanes));
            }

            return;
        }

        if (Norm is not { UsesBatchStatistics: true } norm) return;
        Count(pixels);
        norm.AddMoments(slot, channel, Plane(slot, channel).Slice(firstPixel * Simd.Lanes, pixels * Simd.Lanes), firstPixel == 0);
    }

    /// <summary>To be called once for every pixel of a channel after its gradient is complete, in order, from pixel 0 on.</summary>
    public void GradientStored(int slot, int channel, int firstPixel, int pixels)
    {
        if (Norm is not { SumsGradient: true }) return;
        Count(PassesActivation ? 3 * pixels : 2 * pixels);
        int start = firstPixel * Simd.Lanes, length = pixels * Simd.Lanes;
        Span<float> sums = Norm.GradientSums(slot, channel);
        if (firstPixel == 0) sums.Clear();
        ElementwiseKernels.AddGradientSums(GradientPlane(slot, channel).Slice(start, length), Plane(slot, channel).Slice(start, length),
            Transform(channel), sums, PassesActivation);
    }

    /// <summary>Has some pixels of some channels fetched into the cache.</summary>
    public void Fetch(Prefetcher ahead, int slot, int channel, int channels, int firstPixel, int pixels) =>
        Fetch(ahead, _arena, Start(slot), channel, channels, firstPixel, pixels);

    /// <summary>Has what <see cref="ReadGradient"/> reads fetched into the cache.</summary>
    public void FetchGradient(Prefetcher ahead, int slot, int channel, int channels, int firstPixel, int pixels)
    {
        FetchGradientTarget(ahead, slot, channel, channels, firstPixel, pixels);
        if (HasTransform) Fetch(ahead, slot, channel, channels, firstPixel, pixels);
    }

    /// <summary>Has the gradient itself fetched, to be written: a store to a line that is far away stalls as a load does.</summary>
    public void FetchGradientTarget(Prefetcher ahead, int slot, int channel, int channels, int firstPixel, int pixels) =>
        Fetch(ahead, _gradientArena, GradientStart(slot), channel, channels, firstPixel, pixels);

    /// <summary>Counts pixels of a channel of a tile that are read or written, once for each array.</summary>
    public void Count(int pixels) => Traffic?.Add(pixels);

    private void Fetch(Prefetcher ahead, AlignedBuffer arena, int start, int channel, int channels, int firstPixel, int pixels) =>
        ahead.Add(arena.AddressOf(start + (channel * PlaneStride) + (firstPixel * Simd.Lanes)), pixels * Simd.Lanes * sizeof(float),
            channels, (nint)PlaneStride * sizeof(float));

    private int Start(int slot) => (slot * _slotStride) + _offset;

    private int GradientStart(int slot) => ((_gradientParts is null ? slot : _gradientParts[slot]) * _gradientStride) + _gradientOffset;

    // Fills the rows above and below the map; leaves the target at the first row that is inside, and the place of that row.
    private RowLayout Padded(int firstRow, int rows, int left, int width, float padding, ref Span<float> target, out int start)
    {
        int pitch = width * Simd.Lanes, columns = Math.Min(Shape.Width, width - left);
        int above = Math.Clamp(-firstRow, 0, rows), end = Math.Clamp(Shape.Height - firstRow, above, rows);
        target[..(above * pitch)].Fill(padding);
        target[(end * pitch)..(rows * pitch)].Fill(padding);
        target = target[(above * pitch)..];
        start = (firstRow + above) * Shape.Width * Simd.Lanes;
        return new RowLayout(end - above, columns, Shape.Width * Simd.Lanes, left, width - left - columns, padding);
    }

    private GradientCoefficients Coefficients(int channel) => Norm?.GradientCoefficients(channel) ?? GradientCoefficients.None;

    private ChannelTransform GradientTransform(int channel) =>
        PassesActivation && Norm is { SumsGradient: true } ? Transform(channel) with { Function = ActivationFunction.Identity }
            : Transform(channel);

    private ChannelTransform Transform(int channel) => Norm?.Transform(channel, Function) ?? ChannelTransform.Of(Function);

    /// <summary>
    /// What is done to a map as it is stored: x becomes f(z), of its own norm and function, plus what is seen of another map.
    /// </summary>
    internal sealed record Addition(FeatureMap Other, BatchNormalization? Norm, ActivationFunction Function)
    {
        /// <summary>Does it to some pixels of a channel.</summary>
        public void Apply(int slot, int channel, int firstPixel, Span<float> values)
        {
            int pixels = values.Length / Simd.Lanes;
            ChannelTransform own = Norm?.Transform(channel, Function) ?? ChannelTransform.Of(Function);
            if (Function != ActivationFunction.Identity)
            {
                ElementwiseKernels.Read(values, values, RowLayout.Run(pixels), own);
                own = ChannelTransform.Of(ActivationFunction.Identity);
            }

            Other.AddTo(slot, channel, firstPixel, pixels, values, own);
        }
    }
}
