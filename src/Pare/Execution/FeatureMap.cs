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

    /// <summary>Values of one channel of a tile, lanes counted; floats where they are kept as such.</summary>
    public int PlaneStride { get; } = checked(shape.Pixels * Simd.Lanes);

    /// <summary>Values of a tile, lanes counted.</summary>
    public int Size { get; } = checked(shape.Count * Simd.Lanes);

    /// <summary>How the values are kept: in 16 bits only where the width is even, since a pair of a row's pixels shares its bits.</summary>
    public MapStorage Storage { get; set; }

    /// <summary>How the gradient is kept: in 16 bits only where the values are, with one writer and a norm that sums it.</summary>
    public MapStorage GradientStorage { get; set; }

    /// <summary>
    /// Whether the gradient, kept as floats, is stored past the caches while its sums are taken: what is read when all other tiles have
    /// come and gone need not lie there. Set as <see cref="GradientStorage"/> is, and only where the norm sums the gradient.
    /// </summary>
    public bool StreamsGradient { get; set; }

    /// <summary>Whether the gradient is computed in staging memory, and stored from there.</summary>
    public bool StagesGradient => StreamsGradient || GradientStorage == MapStorage.BFloat16;

    /// <summary>Floats of memory that the values of a tile take.</summary>
    public int StoredSize => Size / Share(Storage);

    /// <summary>Floats of memory that the gradient of a tile takes.</summary>
    public int StoredGradientSize => Size / Share(GradientStorage);

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

    /// <summary>
    /// Whether the gradient with respect to the stored values depends on these, through the activation or a batch's statistics.
    /// </summary>
    public bool GradientReadsValues => GradientFunction != ActivationFunction.Identity || Norm is { UsesBatchStatistics: true };

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

    /// <summary>Stored values of one channel; they are floats.</summary>
    public Span<float> Plane(int slot, int channel) => PlanesFrom(slot, channel)[..PlaneStride];

    /// <summary>Stored values from one channel to the end of the map, as floats: for kernels that write several planes.</summary>
    public Span<float> PlanesFrom(int slot, int channel)
    {
        if (Storage != MapStorage.Float32) throw new InvalidOperationException("These values are not kept as floats.");
        return _arena.Slice(Start(slot) + (channel * PlaneStride), Size - (channel * PlaneStride));
    }

    /// <summary>Gradient with respect to what readers see, of one channel; when complete, see <see cref="PassesActivation"/>.</summary>
    public Span<float> GradientPlane(int slot, int channel) => GradientPlanesFrom(slot, channel)[..PlaneStride];

    /// <summary>Gradient with respect to what readers see, from one channel to the end, as floats.</summary>
    public Span<float> GradientPlanesFrom(int slot, int channel)
    {
        if (GradientStorage != MapStorage.Float32) throw new InvalidOperationException("This gradient is not kept as floats.");
        return _gradientArena.Slice(GradientStart(slot) + (channel * PlaneStride), Size - (channel * PlaneStride));
    }

    /// <summary>
    /// Where the values of channels from one on, and pixels from one on, are to be written: the map itself, or else the staging memory,
    /// from which <see cref="Stored(int, int, int, int, ReadOnlySpan{float})"/> takes them where they are kept in 16 bits.
    /// </summary>
    public Span<float> Target(int slot, int channel, int firstPixel, Span<float> staging) =>
        Storage == MapStorage.Float32 ? PlanesFrom(slot, channel)[(firstPixel * Simd.Lanes)..] : staging;

    /// <summary>Floats from channel to channel in <see cref="Target"/>.</summary>
    public int TargetStride(int staging) => Storage == MapStorage.Float32 ? PlaneStride : staging;

    /// <summary>As <see cref="Target"/>, of the gradient.</summary>
    public Span<float> GradientTarget(int slot, int channel, int firstPixel, Span<float> staging) =>
        StagesGradient ? staging : GradientPlanesFrom(slot, channel)[(firstPixel * Simd.Lanes)..];

    /// <summary>Floats from channel to channel in <see cref="GradientTarget"/>.</summary>
    public int GradientTargetStride(int staging) => StagesGradient ? staging : PlaneStride;

    /// <summary>What readers see of one channel, from a pixel on.</summary>
    public void Read(int slot, int channel, int firstPixel, int pixels, Span<float> target)
    {
        Count(pixels, Storage);
        if (HasTransform || Storage == MapStorage.BFloat16)
            ReadRows(slot, channel, firstPixel, RowLayout.Run(pixels), target, Transform(channel));
        else Plane(slot, channel).Slice(firstPixel * Simd.Lanes, pixels * Simd.Lanes).CopyTo(target);
    }

    /// <summary>Adds what readers see of one channel, from a pixel on, to what another transform makes of the target.</summary>
    public void AddTo(int slot, int channel, int firstPixel, int pixels, Span<float> target, in ChannelTransform own)
    {
        Count(pixels, Storage);
        ReadOnlySpan<float> x = Kept(slot, channel, firstPixel);
        target = target[..(pixels * Simd.Lanes)];
        if (Storage == MapStorage.Float32) ElementwiseKernels.Add<Float32Storage>(x, target, Transform(channel), own);
        else ElementwiseKernels.Add<BFloat16Storage>(x, target, Transform(channel), own);
    }

    /// <summary>What is stored of one channel, without norm and activation, from a pixel on.</summary>
    public void ReadStored(int slot, int channel, int firstPixel, int pixels, Span<float> target) =>
        ReadRows(slot, channel, firstPixel, RowLayout.Run(pixels), target, ChannelTransform.Of(ActivationFunction.Identity));

    /// <summary>The gradient with respect to the stored values of one channel, from a pixel on.</summary>
    public void ReadGradient(int slot, int channel, int firstPixel, int pixels, Span<float> target)
    {
        CountGradientRead(pixels);
        if (HasTransform) ReadGradientRows(slot, channel, firstPixel, RowLayout.Run(pixels), target);
        else GradientPlane(slot, channel).Slice(firstPixel * Simd.Lanes, pixels * Simd.Lanes).CopyTo(target);
    }

    /// <summary>
    /// What readers see of one channel: the stored plane itself where neither norm nor activation follows, or else the scratch memory that
    /// it is read into.
    /// </summary>
    public ReadOnlySpan<float> Seen(int slot, int channel, Span<float> scratch)
    {
        if (!HasTransform && Storage == MapStorage.Float32)
        {
            Count(Shape.Pixels, Storage);
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
            Count(Shape.Pixels, GradientStorage);
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
        RowLayout layout = Padded(firstRow, rows, left, width, padding, ref target, out int firstPixel);
        Count(layout.Rows * layout.Columns, Storage);
        if (layout.Rows > 0) ReadRows(slot, channel, firstPixel, layout, target, Transform(channel));
    }

    /// <summary>As <see cref="ReadPadded"/>, of the gradient with respect to the stored values, with 0 outside the map.</summary>
    public void ReadGradientPadded(int slot, int channel, int firstRow, int rows, int left, int width, Span<float> target)
    {
        RowLayout layout = Padded(firstRow, rows, left, width, 0f, ref target, out int firstPixel);
        CountGradientRead(layout.Rows * layout.Columns);
        if (layout.Rows > 0) ReadGradientRows(slot, channel, firstPixel, layout, target);
    }

    /// <summary>To be called once for every pixel of a channel after its values are in the map, in order, from pixel 0 on.</summary>
    public void Stored(int slot, int channel, int firstPixel, int pixels) =>
        Stored(slot, channel, firstPixel, pixels, Plane(slot, channel)[(firstPixel * Simd.Lanes)..]);

    /// <summary>
    /// To be called once for every pixel of a channel after its values are in <see cref="Target"/>, in order, from pixel 0 on. What is kept
    /// in 16 bits is rounded here; the norm's moments are those of the values before.
    /// </summary>
    public void Stored(int slot, int channel, int firstPixel, int pixels, ReadOnlySpan<float> values)
    {
        Count(pixels, Storage);
        if (Added is { } added)
        {
            for (int end = firstPixel + pixels, run; firstPixel < end; firstPixel += run)
            {
                run = Math.Min(PixelsOfARun, end - firstPixel);
                added.Apply(slot, channel, firstPixel, Plane(slot, channel).Slice(firstPixel * Simd.Lanes, run * Simd.Lanes));
            }

            return;
        }

        values = values[..(pixels * Simd.Lanes)];
        if (Norm is { UsesBatchStatistics: true } norm)
        {
            if (Storage == MapStorage.Float32)
            {
                Count(pixels, Storage);
                norm.AddMoments<Float32Storage>(slot, channel, values, default, firstPixel == 0);
            }
            else
            {
                norm.AddMoments<BFloat16Storage>(slot, channel, values, Kept(slot, channel, firstPixel), firstPixel == 0);
            }
        }
        else if (Storage == MapStorage.BFloat16)
        {
            ElementwiseKernels.Store<BFloat16Storage>(values, Kept(slot, channel, firstPixel));
        }
    }

    /// <summary>
    /// To be called once for every pixel of a channel after its gradient is complete in <see cref="GradientTarget"/>, in order, from pixel
    /// 0 on.
    /// </summary>
    public void GradientStored(int slot, int channel, int firstPixel, int pixels, ReadOnlySpan<float> gradient)
    {
        if (Norm is not { SumsGradient: true } norm) return;
        gradient = gradient[..(pixels * Simd.Lanes)];
        Span<float> sums = norm.GradientSums(slot, channel);
        if (firstPixel == 0) sums.Clear();
        Count(pixels, Storage);
        ReadOnlySpan<float> x = Kept(slot, channel, firstPixel);
        Span<float> g = KeptGradient(slot, channel, firstPixel);
        ChannelTransform transform = Transform(channel);
        if (GradientStorage == MapStorage.BFloat16)
        {
            ElementwiseKernels.AddGradientSums<BFloat16Storage, BFloat16Storage>(gradient, g, x, transform, sums, stores: true);
            return;
        }

        if (StreamsGradient)
        {
            ElementwiseKernels.AddGradientSums<StreamedStorage, Float32Storage>(gradient, g, x, transform, sums, stores: true);
            return;
        }

        Count(PassesActivation ? 2 * pixels : pixels, GradientStorage);
        if (Storage == MapStorage.Float32)
            ElementwiseKernels.AddGradientSums<Float32Storage, Float32Storage>(gradient, g, x, transform, sums, PassesActivation);
        else ElementwiseKernels.AddGradientSums<Float32Storage, BFloat16Storage>(gradient, g, x, transform, sums, PassesActivation);
    }

    /// <summary>Has some pixels of some channels fetched into the cache.</summary>
    public void Fetch(Prefetcher ahead, int slot, int channel, int channels, int firstPixel, int pixels) =>
        Fetch(ahead, _arena.AddressOf(Place(slot, channel, firstPixel)), channels, pixels, Storage);

    /// <summary>Has what <see cref="ReadGradient"/> reads fetched into the cache.</summary>
    public void FetchGradient(Prefetcher ahead, int slot, int channel, int channels, int firstPixel, int pixels)
    {
        FetchStoredGradient(ahead, slot, channel, channels, firstPixel, pixels);
        if (GradientReadsValues) Fetch(ahead, slot, channel, channels, firstPixel, pixels);
    }

    /// <summary>
    /// Has the gradient itself fetched, to be written: a store to a line that is far away stalls as a load does, unless it goes past the
    /// caches.
    /// </summary>
    public void FetchGradientTarget(Prefetcher ahead, int slot, int channel, int channels, int firstPixel, int pixels)
    {
        if (!StreamsGradient) FetchStoredGradient(ahead, slot, channel, channels, firstPixel, pixels);
    }

    /// <summary>Counts pixels of a channel of a tile whose gradient is read or written.</summary>
    public void CountGradient(int pixels) => Count(pixels, GradientStorage);

    private void CountGradientRead(int pixels)
    {
        Count(pixels, GradientStorage);
        if (GradientReadsValues) Count(pixels, Storage);
    }

    private void Count(int pixels, MapStorage storage) => Traffic?.Add(pixels, sizeof(float) / Share(storage));

    private void ReadRows(int slot, int channel, int firstPixel, in RowLayout layout, Span<float> target, in ChannelTransform transform)
    {
        ReadOnlySpan<float> x = Kept(slot, channel, firstPixel);
        if (Storage == MapStorage.Float32) ElementwiseKernels.Read<Float32Storage>(x, target, layout, transform);
        else ElementwiseKernels.Read<BFloat16Storage>(x, target, layout, transform);
    }

    private void ReadGradientRows(int slot, int channel, int firstPixel, in RowLayout layout, Span<float> target)
    {
        ReadOnlySpan<float> dY = KeptGradient(slot, channel, firstPixel);
        GradientCoefficients coefficients = Norm?.GradientCoefficients(channel) ?? GradientCoefficients.None;
        if (!GradientReadsValues && GradientStorage == MapStorage.Float32)
        {
            ElementwiseKernels.Read<Float32Storage>(dY, target, layout,
                new ChannelTransform(0f, coefficients.Slope, 0f, ActivationFunction.Identity));
            return;
        }

        ReadOnlySpan<float> x = Kept(slot, channel, firstPixel);
        ChannelTransform transform = Transform(Norm, GradientFunction, channel);
        if (Storage == MapStorage.Float32)
            ElementwiseKernels.ReadGradient<Float32Storage, Float32Storage>(dY, x, target, layout, transform, coefficients);
        else if (GradientStorage == MapStorage.Float32)
            ElementwiseKernels.ReadGradient<Float32Storage, BFloat16Storage>(dY, x, target, layout, transform, coefficients);
        else ElementwiseKernels.ReadGradient<BFloat16Storage, BFloat16Storage>(dY, x, target, layout, transform, coefficients);
    }

    // From a pixel to the end of the channel, as it is kept.
    private Span<float> Kept(int slot, int channel, int firstPixel) =>
        _arena.Slice(Place(slot, channel, firstPixel), (PlaneStride - (firstPixel * Simd.Lanes)) / Share(Storage));

    private Span<float> KeptGradient(int slot, int channel, int firstPixel) =>
        _gradientArena.Slice(GradientPlace(slot, channel, firstPixel), (PlaneStride - (firstPixel * Simd.Lanes)) / Share(GradientStorage));

    private int Place(int slot, int channel, int firstPixel) =>
        Start(slot) + (((channel * PlaneStride) + (firstPixel * Simd.Lanes)) / Share(Storage));

    private int GradientPlace(int slot, int channel, int firstPixel) =>
        GradientStart(slot) + (((channel * PlaneStride) + (firstPixel * Simd.Lanes)) / Share(GradientStorage));

    private void FetchStoredGradient(Prefetcher ahead, int slot, int channel, int channels, int firstPixel, int pixels) =>
        Fetch(ahead, _gradientArena.AddressOf(GradientPlace(slot, channel, firstPixel)), channels, pixels, GradientStorage);

    private void Fetch(Prefetcher ahead, nint address, int channels, int pixels, MapStorage storage) =>
        ahead.Add(address, pixels * Simd.Lanes * sizeof(float) / Share(storage), channels,
            (nint)PlaneStride * sizeof(float) / Share(storage));

    // Values that share the memory of a float.
    private static int Share(MapStorage storage) => storage == MapStorage.Float32 ? 1 : 2;

    private int Start(int slot) => (slot * _slotStride) + _offset;

    private int GradientStart(int slot) => ((_gradientParts is null ? slot : _gradientParts[slot]) * _gradientStride) + _gradientOffset;

    // Fills the rows above and below the map; leaves the target at the first row that is inside, and that row's first pixel.
    private RowLayout Padded(int firstRow, int rows, int left, int width, float padding, ref Span<float> target, out int firstPixel)
    {
        int pitch = width * Simd.Lanes, columns = Math.Min(Shape.Width, width - left);
        int above = Math.Clamp(-firstRow, 0, rows), end = Math.Clamp(Shape.Height - firstRow, above, rows);
        target[..(above * pitch)].Fill(padding);
        target[(end * pitch)..(rows * pitch)].Fill(padding);
        target = target[(above * pitch)..];
        firstPixel = (firstRow + above) * Shape.Width;
        return new RowLayout(end - above, columns, Shape.Width * Simd.Lanes, left, width - left - columns, padding);
    }

    // The activation that readers of the gradient still take it back through.
    private ActivationFunction GradientFunction =>
        PassesActivation && Norm is { SumsGradient: true } ? ActivationFunction.Identity : Function;

    private ChannelTransform Transform(int channel) => Transform(Norm, Function, channel);

    private static ChannelTransform Transform(BatchNormalization? norm, ActivationFunction function, int channel) =>
        norm?.Transform(channel, function) ?? ChannelTransform.Of(function);

    /// <summary>
    /// What is done to a map as it is stored: x becomes f(z), of its own norm and function, plus what is seen of another map.
    /// </summary>
    internal sealed record Addition(FeatureMap Other, BatchNormalization? Norm, ActivationFunction Function)
    {
        /// <summary>Does it to some pixels of a channel.</summary>
        public void Apply(int slot, int channel, int firstPixel, Span<float> values)
        {
            int pixels = values.Length / Simd.Lanes;
            ChannelTransform own = Transform(Norm, Function, channel);
            if (Function != ActivationFunction.Identity)
            {
                ElementwiseKernels.Read<Float32Storage>(values, values, RowLayout.Run(pixels), own);
                own = ChannelTransform.Of(ActivationFunction.Identity);
            }

            Other.AddTo(slot, channel, firstPixel, pixels, values, own);
        }
    }
}
