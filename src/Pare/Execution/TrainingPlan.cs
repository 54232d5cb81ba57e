using System.Numerics.Tensors;
using Pare.Graphs;
using Pare.Kernels;

namespace Pare.Execution;

/// <summary>
/// A network compiled for training with one batch size, for images of one size or of several, of which a batch has one. All memory is
/// taken here; a step allocates nothing. Tiles are dealt to the threads once and for all; what crosses tiles (norm statistics, weight
/// gradients) is combined in the order of the tiles, so that the result is the same to the bit for any number of threads.
/// </summary>
internal sealed class TrainingPlan
{
    /// <summary>What <see cref="FirstNonFinite"/> calls an image as the network gets it.</summary>
    internal const string AnImage = "an image";

    /// <summary>
    /// Bytes of feature maps from which gradients are stored past the caches: more than a third-level cache holds. Measured:
    /// docs/performance-log.md.
    /// </summary>
    public const long StreamsFrom = 16 << 20;

    private readonly ThreadTeam _team;
    private readonly ILoss _loss;
    private readonly CompiledGraph[] _graphs;
    private readonly (int Height, int Width)[] _sizes;
    private readonly int _tiles, _weightStride, _seed;
    private readonly AlignedBuffer _weightGradients, _targets, _logits;
    private readonly AlignedBuffer[] _scratch;
    private readonly Prefetcher[] _ahead;
    private readonly double[] _losses, _hits;
    private readonly int[] _threadOf;
    private readonly Action<int> _work, _forward;
    private readonly Dictionary<BatchNormalization, Action> _finishBatch = [], _finishGradient = [];
    private IBatchSource _source = null!;
    private ITileWork? _withImages;

    // For the size of the batch's images.
    private CompiledGraph _graph;
    private int _images, _views = 1;
    private long _step;

    /// <param name="network">Weights are read before each step; the running statistics move with it.</param>
    /// <param name="batchSize">The most images of a step.</param>
    /// <param name="team">The threads.</param>
    /// <param name="inputGradient">Whether the gradient with respect to the images is wanted.</param>
    /// <param name="loss">The cross entropy unless said otherwise.</param>
    /// <param name="dropout">Whether dropout and stochastic depth act.</param>
    /// <param name="seed">Decides what they drop.</param>
    /// <param name="storage">How feature maps are kept; see <see cref="CompiledGraph"/> for which.</param>
    /// <param name="streamsFrom">From so many bytes of maps on, gradients are stored past the caches; no bit depends on it.</param>
    /// <param name="sizes">Rows and columns of images that a batch may have instead of the network's own; null for no others.</param>
    /// <exception cref="RecipeException">The network does not fit images of such a size.</exception>
    public TrainingPlan(Network network, int batchSize, ThreadTeam team, bool inputGradient = false, ILoss? loss = null,
        bool dropout = true, int seed = 0, MapStorage storage = MapStorage.Float32, long streamsFrom = StreamsFrom,
        IReadOnlyList<(int Height, int Width)>? sizes = null)
    {
        Network = network;
        BatchSize = batchSize;
        _team = team;
        _seed = seed;
        _loss = loss ?? CrossEntropyLoss.Instance;
        _tiles = (int)(((long)batchSize + Simd.Lanes - 1) / Simd.Lanes);
        Shape own = network.Graph.Input.Shape;
        _sizes = [(own.Height, own.Width), .. sizes ?? []];
        _graphs =
        [
            .. Sized(network, sizes).Select(sized =>
                CompiledGraph.Compile(sized, _tiles, training: true, inputGradient, dropout, storage, streamsFrom)),
        ];
        _graph = _graphs[0];
        foreach (CompiledGraph graph in _graphs) graph.Allocate();
        _threadOf = new int[_tiles];
        MemoryPlan.Place(_graphs, _tiles, training: true, team.Count, _threadOf);
        Gradients = new float[network.Weights.Length];
        _weightStride = AlignedBuffer.RoundUp(network.Weights.Length);
        _weightGradients = new AlignedBuffer((long)_weightStride * _tiles);
        _targets = new AlignedBuffer((long)Output.Size * _tiles);
        _logits = new AlignedBuffer((long)Output.Size * _tiles);
        _scratch = [.. Enumerable.Range(0, team.Count).Select(_ => new AlignedBuffer(_graphs.Max(static graph => graph.ScratchSize)))];
        _ahead = [.. Enumerable.Range(0, team.Count).Select(_ => new Prefetcher())];
        (_losses, _hits) = (new double[_tiles], new double[_tiles]);
        _work = Work;
        _forward = thread => Forward(thread);
        foreach (BatchNormalization norm in _graphs.SelectMany(static graph => graph.Norms))
        {
            _finishBatch[norm] = () => Finish(norm);
            _finishGradient[norm] = () => norm.FinishGradientBatch(UsedTiles, TileGradient(0));
        }
    }

    /// <summary>What a plan will take; nothing is allocated.</summary>
    /// <param name="layout">The network; its values are not read.</param>
    /// <param name="batchSize">The most images of a step.</param>
    /// <param name="threads">Threads of the team.</param>
    /// <param name="inputGradient">Whether the gradient with respect to the images is wanted.</param>
    /// <param name="storage">How feature maps are kept.</param>
    /// <param name="streamsFrom">As of the plan.</param>
    /// <param name="sizes">As of the plan.</param>
    /// <exception cref="RecipeException">A layer is larger than the engine can index.</exception>
    public static PlanSize Count(Network layout, int batchSize, int threads, bool inputGradient = false,
        MapStorage storage = MapStorage.Float32, long streamsFrom = StreamsFrom, IReadOnlyList<(int Height, int Width)>? sizes = null)
    {
        int tiles = (int)(((long)batchSize + Simd.Lanes - 1) / Simd.Lanes);
        CompiledGraph[] graphs =
        [
            .. Sized(layout, sizes).Select(sized =>
                CompiledGraph.Compile(sized, tiles, training: true, inputGradient, storage: storage, streamsFrom: streamsFrom)),
        ];
        (int Tile, int Thread)[] arenas = [.. graphs.Select(static graph => MemoryPlan.Count(graph, training: true))];
        long ofTile = arenas.Max(static arena => arena.Tile) + (2L * graphs[0].Output.Size);
        long ofThread = (long)arenas.Max(static arena => arena.Thread) + graphs.Max(static graph => graph.ScratchSize);
        return new PlanSize((ofTile * tiles) + (ofThread * threads), layout.WeightCount
            + ((long)AlignedBuffer.RoundUp(layout.WeightCount) * tiles), graphs.Sum(static graph => graph.OwnedFloats));
    }

    public Network Network { get; }

    /// <summary>The most images of a step.</summary>
    public int BatchSize { get; }

    /// <summary>Threads that share the tiles.</summary>
    public int Threads => _team.Count;

    /// <summary>Gradient of the mean loss of the last step, laid out like <see cref="Network.Weights"/>.</summary>
    public float[] Gradients { get; }

    /// <summary>Whether a step moves the running statistics of the norms, and the ranges.</summary>
    public bool MovesStatistics { get; private set; } = true;

    /// <summary>The images of the last batch; before it, and where there is one size only, of the network's own size.</summary>
    internal FeatureMap Input => _graph.Input;

    internal FeatureMap Output => _graph.Output;

    /// <summary>Has all that is read from feature maps and written to them counted; null for no longer.</summary>
    internal void CountInto(MapTraffic? traffic)
    {
        foreach (FeatureMap map in _graph.Operations.Select(static operation => operation.Output).Prepend(Input)) map.Traffic = traffic;
    }

    internal IReadOnlyList<BatchNormalization> Norms => _graph.Norms;

    internal IReadOnlyList<RunningRange> Ranges => _graph.Ranges;

    internal Operation[] Operations => _graph.Operations;

    /// <summary>The outputs of the last step's forward pass, <c>[class][lane]</c>.</summary>
    internal ReadOnlySpan<float> Logits(int tile) => _logits.Slice(tile * Output.Size, Output.Size);

    private int UsedTiles => (_images + Simd.Lanes - 1) / Simd.Lanes;

    /// <summary>One forward and backward pass.</summary>
    /// <param name="source">Gives images and targets.</param>
    /// <param name="images">Images of this batch, all their views counted, up to <see cref="BatchSize"/>.</param>
    /// <param name="step">Changes what dropout and stochastic depth drop; the same step drops the same.</param>
    public StepResult Step(IBatchSource source, int images, long step)
    {
        Take(source, images, step);
        _loss.Begin(source, images, step);
        _team.Run(_work);
        MoveRanges();
        double loss = 0, hits = 0;
        for (int tile = 0; tile < UsedTiles; tile++)
        {
            loss += _losses[tile];
            hits += _hits[tile];
        }

        return new StepResult(loss / (images / _views), hits / (images / _views));
    }

    /// <summary>
    /// One forward and backward pass for the gradient of the images alone, as they are in training: with the statistics of the batch, which
    /// move no running ones, and with dropout. The gradient of the weights is left as it was.
    /// </summary>
    /// <param name="source">Gives images and targets.</param>
    /// <param name="images">Images of this batch, all their views counted, up to <see cref="BatchSize"/>.</param>
    /// <param name="step">As in <see cref="Step"/>.</param>
    /// <param name="work">Called for each tile when the gradient of <see cref="Input"/> is there, on any thread.</param>
    public void StepImages(IBatchSource source, int images, long step, ITileWork work)
    {
        if (!Input.NeedsGradient) throw new InvalidOperationException("The plan was made without the gradient of the images.");
        bool moves = MovesStatistics;
        UpdateRunningStatistics(false);
        Take(source, images, step);
        _withImages = work;
        try
        {
            _loss.Begin(source, images, step);
            _team.Run(_work);
        }
        finally
        {
            _withImages = null;
            UpdateRunningStatistics(moves);
        }
    }

    /// <summary>A forward pass with the statistics of the batch, which moves the running ones; no loss, no gradient.</summary>
    /// <param name="source">Gives images.</param>
    /// <param name="images">Images of this batch, up to <see cref="BatchSize"/>.</param>
    public void Forward(IBatchSource source, int images)
    {
        Take(source, images, step: 0);
        _team.Run(_forward);
        MoveRanges();
    }

    /// <summary>
    /// Takes the forward pass of the last step again, which moves no statistics, and looks for where its numbers leave the finite ones.
    /// </summary>
    /// <param name="source">The step's images.</param>
    /// <param name="step">The step, so that dropout drops the same.</param>
    /// <returns>The first place in the order of the pass, for a message; null when all maps are finite.</returns>
    public string? FirstNonFinite(IBatchSource source, long step)
    {
        Take(source, _images, step);
        bool moves = MovesStatistics;
        UpdateRunningStatistics(false);
        _team.Run(_forward);
        UpdateRunningStatistics(moves);
        return _graph.Operations.Select(static operation => operation.Output).Prepend(Input).Select(NonFinite)
            .FirstOrDefault(static place => place is not null);
    }

    /// <summary>Sets whether a step moves the running statistics of the norms, and the ranges.</summary>
    public void UpdateRunningStatistics(bool update)
    {
        MovesStatistics = update;
        foreach (CompiledGraph graph in _graphs)
        {
            foreach (BatchNormalization norm in graph.Norms) norm.UpdatesRunningStatistics = update;
        }
    }

    // The network, and the same for images of each other size.
    private static IEnumerable<Network> Sized(Network network, IReadOnlyList<(int Height, int Width)>? sizes) =>
        (sizes ?? []).Select(size => network.Under(network.Graph.Resized(size.Height, size.Width))).Prepend(network);

    private void Take(IBatchSource source, int images, long step)
    {
        (_source, _images, _views, _step) = (source, images, source.Views, step);
        int place = source.Size is { } size ? Array.IndexOf(_sizes, size) : 0;
        if (place < 0) throw new ArgumentException("The plan was not made for images of this size.", nameof(source));
        _graph = _graphs[place];
    }

    private void MoveRanges()
    {
        if (!MovesStatistics) return;
        foreach (RunningRange range in _graph.Ranges) range.FinishBatch(UsedTiles);
    }

    private void Work(int thread)
    {
        TileRange tiles = Forward(thread);
        for (int i = 0; i < tiles.Count; i++) ReadLogits(tiles[i]);

        // The views of an image lie in tiles of other threads.
        if (_views > 1) _team.Barrier();
        for (int i = 0; i < tiles.Count; i++) Loss(tiles[i]);
        Backward(thread, tiles);
        if (_withImages is { } work)
        {
            for (int i = 0; i < tiles.Count; i++) work.Run(thread, tiles[i] * Simd.Lanes, ImagesOf(tiles[i]));
            return;
        }

        _team.Barrier();
        Reduce(thread);
    }

    private TileRange Forward(int thread)
    {
        var tiles = TileRange.Of(thread, _team.Count, UsedTiles);
        _threadOf.AsSpan(tiles.First, tiles.Count).Fill(thread);
        Prepare(thread);
        for (int i = 0; i < tiles.Count; i++) Fill(tiles[i]);
        if (Input.Norm is { } inputNorm) FinishForward(inputNorm, tiles);
        else _team.Barrier();

        return Forward(thread, tiles);
    }

    private void Prepare(int thread)
    {
        for (int i = thread; i < _graph.Operations.Length; i += _team.Count) _graph.Operations[i].Prepare();
        if (thread != 0) return;
        foreach (Operations.RandomOperation random in _graph.Randoms) random.BeginStep(_seed, _step);
    }

    private void Fill(int tile)
    {
        int lanes = Simd.Lanes, images = ImagesOf(tile);
        Span<float> pixels = Input.PlanesFrom(tile, 0), targets = _targets.Slice(tile * Output.Size, Output.Size);
        if (images < lanes) pixels.Clear();
        targets.Clear();
        TileGradient(tile).Clear();
        _source.Fill(tile * lanes, images, pixels, targets);
        for (int c = 0; c < Input.Shape.Channels; c++) Input.Stored(tile, c, 0, Input.Shape.Pixels);
    }

    // Between two norms a tile runs through all operations, while it is in the cache.
    private TileRange Forward(int thread, TileRange tiles)
    {
        Operation[] operations = _graph.Operations;
        for (int begin = 0, next; begin < operations.Length; begin = next)
        {
            next = begin;
            while (next < operations.Length - 1 && operations[next].Output.Norm is null) next++;
            next++;
            tiles = tiles.Turned();
            for (int t = 0; t < tiles.Count; t++)
            {
                Tile tile = TileOf(thread, tiles[t], next - begin == 1 ? tiles[t + 1] : -1);
                for (int i = begin; i < next; i++) operations[i].Forward(tile);
            }

            if (operations[next - 1].Output.Norm is { } norm) FinishForward(norm, tiles);
        }

        return tiles;
    }

    private void FinishForward(BatchNormalization norm, TileRange tiles)
    {
        if (norm.UsesBatchStatistics)
        {
            for (int tile = tiles.First; tile < tiles.End; tile++) norm.FinishTile(tile, ImagesOf(tile));
        }

        _team.Barrier(_finishBatch[norm]);
    }

    private void Finish(BatchNormalization norm)
    {
        if (norm.UsesBatchStatistics) norm.FinishBatch(UsedTiles);
        else norm.UseRunningStatistics();
    }

    private void ReadLogits(int tile)
    {
        Span<float> logits = _logits.Slice(tile * Output.Size, Output.Size);
        for (int c = 0; c < Output.Shape.Channels; c++)
            Output.Read(tile, c, 0, Output.Shape.Pixels, logits[(c * Output.PlaneStride)..]);
        if (_views > 1) _loss.See(tile * Simd.Lanes, ImagesOf(tile), logits);
    }

    private void Loss(int tile)
    {
        (_losses[tile], _hits[tile]) =
            _loss.Run(tile * Simd.Lanes, ImagesOf(tile), Logits(tile), _targets.Slice(tile * Output.Size, Output.Size),
            1f / (_images / _views), Output.GradientPlanesFrom(tile, 0));
        for (int c = 0; c < Output.Shape.Channels; c++)
            Output.GradientStored(tile, c, 0, Output.Shape.Pixels, Output.GradientPlane(tile, c));
    }

    private void Backward(int thread, TileRange tiles)
    {
        Operation[] operations = _graph.Operations;
        for (int begin = operations.Length - 1, next; begin >= 0; begin = next)
        {
            if (operations[begin].Output.Norm is { } norm) FinishBackward(norm, tiles);
            next = begin - 1;
            while (next >= 0 && operations[next].Output.Norm is null) next--;
            tiles = tiles.Turned();
            for (int t = 0; t < tiles.Count; t++)
            {
                Tile tile = TileOf(thread, tiles[t], begin - next == 1 ? tiles[t + 1] : -1);
                for (int i = begin; i > next; i--)
                {
                    if (operations[i].Output.NeedsGradient) operations[i].Backward(tile);
                }
            }
        }

        if (Input.Norm is { } inputNorm) FinishBackward(inputNorm, tiles);
    }

    private void FinishBackward(BatchNormalization norm, TileRange tiles)
    {
        for (int tile = tiles.First; tile < tiles.End; tile++) norm.FinishGradientTile(tile, ImagesOf(tile));
        _team.Barrier(_finishGradient[norm]);
    }

    // Until a backward pass writes gradients over them, the maps of a forward pass lie side by side.
    private string? NonFinite(FeatureMap map)
    {
        var seen = new float[map.PlaneStride];
        for (int tile = 0; tile < UsedTiles; tile++)
        {
            for (int c = 0; c < map.Shape.Channels; c++)
            {
                map.ReadStored(tile, c, 0, map.Shape.Pixels, seen);
                if (!IsFinite(seen, ImagesOf(tile))) return map == Input ? AnImage : $"the output of layer '{map.Name}'";
                map.Read(tile, c, 0, map.Shape.Pixels, seen);
                if (!IsFinite(seen, ImagesOf(tile))) return $"the output of layer '{map.Norm?.Name ?? map.Name}'";
            }
        }

        return null;
    }

    // A lane without an image may hold anything.
    private static bool IsFinite(ReadOnlySpan<float> plane, int images)
    {
        for (int pixel = 0; pixel < plane.Length; pixel += Simd.Lanes)
        {
            if (!TensorPrimitives.IsFiniteAll(plane.Slice(pixel, images))) return false;
        }

        return true;
    }

    private void Reduce(int thread)
    {
        int begin = (int)((long)Gradients.Length * thread / _team.Count), end = (int)((long)Gradients.Length * (thread + 1) / _team.Count);
        Span<float> sum = Gradients.AsSpan(begin..end);
        TileGradient(0)[begin..end].CopyTo(sum);
        for (int tile = 1; tile < UsedTiles; tile++) TensorPrimitives.Add(sum, TileGradient(tile)[begin..end], sum);
    }

    private Tile TileOf(int thread, int tile, int next) => new()
    {
        Slot = tile,
        NextSlot = next,
        Ahead = _ahead[thread],
        Index = tile,
        LaneMask = LaneMasks.Of(ImagesOf(tile)),
        Scratch = _scratch[thread].Span,
        WeightGradient = _withImages is null ? TileGradient(tile) : default,
    };

    private Span<float> TileGradient(int tile) => _weightGradients.Slice(tile * _weightStride, Gradients.Length);

    private int ImagesOf(int tile) => Math.Min(Simd.Lanes, _images - (tile * Simd.Lanes));
}
