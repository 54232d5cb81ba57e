using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Pare.Kernels.Activations;

namespace Pare.Kernels;

/// <summary>Elementwise loops over a run of pixels of one channel. All spans hold whole vectors.</summary>
internal static class ElementwiseKernels
{
    /// <summary>y = f(z), row by row into a padded plane.</summary>
    public static void Read<TX>(ReadOnlySpan<float> x, Span<float> y, in RowLayout layout, in ChannelTransform transform)
        where TX : struct, IStorage
    {
        var kernel = new ReadKernel<TX>(x[..TX.Length(layout.SourceLength)], y[..layout.TargetLength], layout, transform);
        Run(ref kernel, transform.Function);
    }

    /// <summary>y' = (y - mean) scale + shift of its own transform, whose function is the identity, plus f(z) of x.</summary>
    public static void Add<TX>(ReadOnlySpan<float> x, Span<float> y, in ChannelTransform transform, in ChannelTransform own)
        where TX : struct, IStorage
    {
        var kernel = new AddKernel<TX>(x[..TX.Length(y.Length)], y, transform, own);
        Run(ref kernel, transform.Function);
    }

    /// <summary>
    /// dX = slope (dY f'(z)) + factor (x - mean) + offset, row by row into a padded plane: the gradient back through activation and batch
    /// norm.
    /// </summary>
    public static void ReadGradient<TG, TX>(ReadOnlySpan<float> dY, ReadOnlySpan<float> x, Span<float> dX, in RowLayout layout,
        in ChannelTransform transform, in GradientCoefficients coefficients)
        where TG : struct, IStorage
        where TX : struct, IStorage
    {
        var kernel =
            new ReadGradientKernel<TG, TX>(dY[..TG.Length(layout.SourceLength)], x[..TX.Length(layout.SourceLength)],
            dX[..layout.TargetLength], layout, transform, coefficients);
        Run(ref kernel, transform.Function);
    }

    /// <summary>
    /// sums[0] += sum g and sums[1] += sum g (x - mean), lane by lane, with g = dY f'(z), which is stored if wished.
    /// </summary>
    /// <param name="dY">As it was computed.</param>
    /// <param name="g">Where g is stored; may be dY.</param>
    /// <param name="x">As it is kept.</param>
    /// <param name="transform">Norm and activation.</param>
    /// <param name="sums">Both sums.</param>
    /// <param name="stores">Whether g is stored.</param>
    public static void AddGradientSums<TG, TX>(ReadOnlySpan<float> dY, Span<float> g, ReadOnlySpan<float> x, in ChannelTransform transform,
        Span<float> sums, bool stores)
        where TG : struct, IStorage
        where TX : struct, IStorage
    {
        var kernel =
            new GradientSumsKernel<TG, TX>(dY, g[..TG.Length(dY.Length)], x[..TX.Length(dY.Length)], transform, sums, stores);
        Run(ref kernel, transform.Function);
    }

    /// <summary>Stores what was computed where it is kept.</summary>
    public static void Store<TX>(ReadOnlySpan<float> x, Span<float> stored)
        where TX : struct, IStorage
    {
        stored = stored[..TX.Length(x.Length)];
        if (Vector512.IsHardwareAccelerated) Store<TX, Lanes16, Vector512<float>>(x, stored);
        else if (Simd.Lanes == 8) Store<TX, Lanes8, Vector256<float>>(x, stored);
        else Store<TX, Lanes4, Vector128<float>>(x, stored);
    }

    /// <summary>
    /// sums[0] += sum (x - pivot) and sums[1] += sum (x - pivot)^2, lane by lane, and x is stored unless it lies where it is kept.
    /// </summary>
    public static void AddMoments<TX>(ReadOnlySpan<float> x, Span<float> stored, ReadOnlySpan<float> pivot, Span<float> sums)
        where TX : struct, IStorage
    {
        stored = TX.InPlace ? stored : stored[..TX.Length(x.Length)];
        if (Vector512.IsHardwareAccelerated) AddMoments<TX, Lanes16, Vector512<float>>(x, stored, pivot, sums);
        else if (Simd.Lanes == 8) AddMoments<TX, Lanes8, Vector256<float>>(x, stored, pivot, sums);
        else AddMoments<TX, Lanes4, Vector128<float>>(x, stored, pivot, sums);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Store<TX, TLanes, TVector>(ReadOnlySpan<float> x, Span<float> stored)
        where TX : struct, IStorage
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        ref float source = ref MemoryMarshal.GetReference(x);
        ref float target = ref MemoryMarshal.GetReference(stored);
        nint lanes = TLanes.Count, even = x.Length / (2 * lanes) * (2 * lanes);
        for (nint i = 0; i < even; i += 2 * lanes)
            TX.Store<TLanes, TVector>(TLanes.Load(ref source, i), TLanes.Load(ref source, i + lanes), ref target, i);
        if (even < x.Length) TX.StoreLast<TLanes, TVector>(TLanes.Load(ref source, even), ref target, even);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddMoments<TX, TLanes, TVector>(ReadOnlySpan<float> x, Span<float> stored, ReadOnlySpan<float> pivot,
        Span<float> sums)
        where TX : struct, IStorage
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        ref float source = ref MemoryMarshal.GetReference(x);
        ref float target = ref MemoryMarshal.GetReference(stored);
        ref float total = ref MemoryMarshal.GetReference(sums[..(2 * TLanes.Count)]);
        TVector p = TLanes.Load(ref MemoryMarshal.GetReference(pivot[..TLanes.Count]), 0);
        TVector sum = TLanes.Load(ref total, 0), square = TLanes.Load(ref total, TLanes.Count);

        // Two sums of each kind: one alone would wait for the addition before it. An odd last pixel is left for the end.
        TVector sumOdd = default, squareOdd = default;
        nint lanes = TLanes.Count, even = x.Length / (2 * lanes) * (2 * lanes);
        for (nint i = 0; i < even; i += 2 * lanes)
        {
            TVector x0 = TLanes.Load(ref source, i), x1 = TLanes.Load(ref source, i + lanes);
            if (!TX.InPlace) TX.Store<TLanes, TVector>(x0, x1, ref target, i);
            TVector d = TLanes.Subtract(x0, p), dOdd = TLanes.Subtract(x1, p);
            sum = TLanes.Add(sum, d);
            sumOdd = TLanes.Add(sumOdd, dOdd);
            square = TLanes.MultiplyAdd(d, d, square);
            squareOdd = TLanes.MultiplyAdd(dOdd, dOdd, squareOdd);
        }

        sum = TLanes.Add(sum, sumOdd);
        square = TLanes.Add(square, squareOdd);
        if (even < x.Length)
        {
            TVector last = TLanes.Load(ref source, even), d = TLanes.Subtract(last, p);
            if (!TX.InPlace) TX.StoreLast<TLanes, TVector>(last, ref target, even);
            sum = TLanes.Add(sum, d);
            square = TLanes.MultiplyAdd(d, d, square);
        }

        TLanes.Store(sum, ref total, 0);
        TLanes.Store(square, ref total, TLanes.Count);
    }

    private static void Run<TKernel>(ref TKernel kernel, ActivationFunction function)
        where TKernel : struct, IActivationKernel, allows ref struct
    {
        if (Vector512.IsHardwareAccelerated) Run<TKernel, Lanes16, Vector512<float>>(ref kernel, function);
        else if (Simd.Lanes == 8) Run<TKernel, Lanes8, Vector256<float>>(ref kernel, function);
        else Run<TKernel, Lanes4, Vector128<float>>(ref kernel, function);
    }

    private static void Run<TKernel, TLanes, TVector>(ref TKernel kernel, ActivationFunction function)
        where TKernel : struct, IActivationKernel, allows ref struct
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        switch (function)
        {
            case ActivationFunction.Identity: kernel.Run<TLanes, TVector, Identity>(); break;
            case ActivationFunction.Relu: kernel.Run<TLanes, TVector, Relu>(); break;
            case ActivationFunction.Relu6: kernel.Run<TLanes, TVector, Relu6>(); break;
            case ActivationFunction.HardSwish: kernel.Run<TLanes, TVector, HardSwish>(); break;
            case ActivationFunction.Silu: kernel.Run<TLanes, TVector, Silu>(); break;
            case ActivationFunction.Sigmoid: kernel.Run<TLanes, TVector, Sigmoid>(); break;
            case ActivationFunction.HardSigmoid: kernel.Run<TLanes, TVector, HardSigmoid>(); break;
            default: throw new ArgumentOutOfRangeException(nameof(function));
        }
    }

    private readonly ref struct ReadKernel<TX>(ReadOnlySpan<float> x, Span<float> y, in RowLayout layout,
        in ChannelTransform transform) : IActivationKernel
        where TX : struct, IStorage
    {
        private readonly ReadOnlySpan<float> _x = x;
        private readonly Span<float> _y = y;
        private readonly RowLayout _layout = layout;
        private readonly ChannelTransform _transform = transform;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<TLanes, TVector, TActivation>()
            where TLanes : struct, ILanes<TVector>
            where TVector : struct
            where TActivation : struct, IActivation
        {
            ref float source = ref MemoryMarshal.GetReference(_x);
            ref float target = ref MemoryMarshal.GetReference(_y);
            TVector mean = TLanes.Broadcast(_transform.Mean), scale = TLanes.Broadcast(_transform.Scale),
                shift = TLanes.Broadcast(_transform.Shift);
            TVector padding = TLanes.Broadcast(_layout.Padding);
            nint lanes = TLanes.Count, length = _layout.Columns * lanes, left = _layout.Left * lanes, right = _layout.Right * lanes,
                stride = TX.Length(_layout.SourceStride);
            for (int row = 0; row < _layout.Rows; row++)
            {
                for (nint pad = 0; pad < left; pad += lanes) TLanes.Store(padding, ref target, pad);
                target = ref Unsafe.Add(ref target, left);
                nint i = 0;
                for (; i < length - lanes; i += 2 * lanes)
                {
                    (TVector x0, TVector x1) = TX.Load<TLanes, TVector>(ref source, i);
                    TVector z = TLanes.MultiplyAdd(TLanes.Subtract(x0, mean), scale, shift);
                    TVector next = TLanes.MultiplyAdd(TLanes.Subtract(x1, mean), scale, shift);
                    TLanes.Store(TActivation.Apply<TLanes, TVector>(z), ref target, i);
                    TLanes.Store(TActivation.Apply<TLanes, TVector>(next), ref target, i + lanes);
                }

                if (i < length)
                {
                    TVector last = TX.LoadLast<TLanes, TVector>(ref source, i);
                    TVector z = TLanes.MultiplyAdd(TLanes.Subtract(last, mean), scale, shift);
                    TLanes.Store(TActivation.Apply<TLanes, TVector>(z), ref target, i);
                }

                target = ref Unsafe.Add(ref target, length);
                for (nint pad = 0; pad < right; pad += lanes) TLanes.Store(padding, ref target, pad);
                target = ref Unsafe.Add(ref target, right);
                source = ref Unsafe.Add(ref source, stride);
            }
        }
    }

    private readonly ref struct AddKernel<TX>(ReadOnlySpan<float> x, Span<float> y, in ChannelTransform transform, in ChannelTransform own)
        : IActivationKernel
        where TX : struct, IStorage
    {
        private readonly ReadOnlySpan<float> _x = x;
        private readonly Span<float> _y = y;
        private readonly ChannelTransform _transform = transform, _own = own;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<TLanes, TVector, TActivation>()
            where TLanes : struct, ILanes<TVector>
            where TVector : struct
            where TActivation : struct, IActivation
        {
            ref float source = ref MemoryMarshal.GetReference(_x);
            ref float target = ref MemoryMarshal.GetReference(_y);
            TVector mean = TLanes.Broadcast(_transform.Mean), scale = TLanes.Broadcast(_transform.Scale),
                shift = TLanes.Broadcast(_transform.Shift);
            TVector ownMean = TLanes.Broadcast(_own.Mean), ownScale = TLanes.Broadcast(_own.Scale), ownShift = TLanes.Broadcast(_own.Shift);
            nint lanes = TLanes.Count, length = _y.Length, i = 0;
            for (; i < length - lanes; i += 2 * lanes)
            {
                (TVector x0, TVector x1) = TX.Load<TLanes, TVector>(ref source, i);
                TVector z = TLanes.MultiplyAdd(TLanes.Subtract(x0, mean), scale, shift);
                TVector next = TLanes.MultiplyAdd(TLanes.Subtract(x1, mean), scale, shift);
                TVector y = TLanes.MultiplyAdd(TLanes.Subtract(TLanes.Load(ref target, i), ownMean), ownScale, ownShift);
                TVector yNext = TLanes.MultiplyAdd(TLanes.Subtract(TLanes.Load(ref target, i + lanes), ownMean), ownScale, ownShift);
                TLanes.Store(TLanes.Add(y, TActivation.Apply<TLanes, TVector>(z)), ref target, i);
                TLanes.Store(TLanes.Add(yNext, TActivation.Apply<TLanes, TVector>(next)), ref target, i + lanes);
            }

            if (i < length)
            {
                TVector last = TX.LoadLast<TLanes, TVector>(ref source, i);
                TVector z = TLanes.MultiplyAdd(TLanes.Subtract(last, mean), scale, shift);
                TVector y = TLanes.MultiplyAdd(TLanes.Subtract(TLanes.Load(ref target, i), ownMean), ownScale, ownShift);
                TLanes.Store(TLanes.Add(y, TActivation.Apply<TLanes, TVector>(z)), ref target, i);
            }
        }
    }

    private readonly ref struct ReadGradientKernel<TG, TX>(ReadOnlySpan<float> dY, ReadOnlySpan<float> x, Span<float> dX,
        in RowLayout layout, in ChannelTransform transform, in GradientCoefficients coefficients) : IActivationKernel
        where TG : struct, IStorage
        where TX : struct, IStorage
    {
        private readonly ReadOnlySpan<float> _dY = dY, _x = x;
        private readonly Span<float> _dX = dX;
        private readonly RowLayout _layout = layout;
        private readonly ChannelTransform _transform = transform;
        private readonly GradientCoefficients _coefficients = coefficients;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<TLanes, TVector, TActivation>()
            where TLanes : struct, ILanes<TVector>
            where TVector : struct
            where TActivation : struct, IActivation
        {
            ref float gradient = ref MemoryMarshal.GetReference(_dY);
            ref float source = ref MemoryMarshal.GetReference(_x);
            ref float target = ref MemoryMarshal.GetReference(_dX);
            TVector mean = TLanes.Broadcast(_transform.Mean), scale = TLanes.Broadcast(_transform.Scale),
                shift = TLanes.Broadcast(_transform.Shift);
            TVector slope = TLanes.Broadcast(_coefficients.Slope), factor = TLanes.Broadcast(_coefficients.Factor),
                offset = TLanes.Broadcast(_coefficients.Offset);
            TVector padding = TLanes.Broadcast(_layout.Padding);
            nint lanes = TLanes.Count, length = _layout.Columns * lanes, left = _layout.Left * lanes, right = _layout.Right * lanes,
                stride = TX.Length(_layout.SourceStride), gradientStride = TG.Length(_layout.SourceStride);
            for (int row = 0; row < _layout.Rows; row++)
            {
                for (nint pad = 0; pad < left; pad += lanes) TLanes.Store(padding, ref target, pad);
                target = ref Unsafe.Add(ref target, left);
                nint i = 0;
                for (; i < length - lanes; i += 2 * lanes)
                {
                    (TVector x0, TVector x1) = TX.Load<TLanes, TVector>(ref source, i);
                    (TVector g0, TVector g1) = TG.Load<TLanes, TVector>(ref gradient, i);
                    TVector d = TLanes.Subtract(x0, mean), next = TLanes.Subtract(x1, mean);
                    TVector g = TActivation.Backward<TLanes, TVector>(TLanes.MultiplyAdd(d, scale, shift), g0);
                    TVector gNext = TActivation.Backward<TLanes, TVector>(TLanes.MultiplyAdd(next, scale, shift), g1);
                    TLanes.Store(TLanes.MultiplyAdd(g, slope, TLanes.MultiplyAdd(d, factor, offset)), ref target, i);
                    TLanes.Store(TLanes.MultiplyAdd(gNext, slope, TLanes.MultiplyAdd(next, factor, offset)), ref target, i + lanes);
                }

                if (i < length)
                {
                    TVector d = TLanes.Subtract(TX.LoadLast<TLanes, TVector>(ref source, i), mean);
                    TVector last = TG.LoadLast<TLanes, TVector>(ref gradient, i);
                    TVector g = TActivation.Backward<TLanes, TVector>(TLanes.MultiplyAdd(d, scale, shift), last);
                    TLanes.Store(TLanes.MultiplyAdd(g, slope, TLanes.MultiplyAdd(d, factor, offset)), ref target, i);
                }

                target = ref Unsafe.Add(ref target, length);
                for (nint pad = 0; pad < right; pad += lanes) TLanes.Store(padding, ref target, pad);
                target = ref Unsafe.Add(ref target, right);
                source = ref Unsafe.Add(ref source, stride);
                gradient = ref Unsafe.Add(ref gradient, gradientStride);
            }
        }
    }

    private readonly ref struct GradientSumsKernel<TG, TX>(ReadOnlySpan<float> dY, Span<float> g, ReadOnlySpan<float> x,
        in ChannelTransform transform, Span<float> sums, bool stores) : IActivationKernel
        where TG : struct, IStorage
        where TX : struct, IStorage
    {
        private readonly ReadOnlySpan<float> _dY = dY;
        private readonly Span<float> _g = g;
        private readonly ReadOnlySpan<float> _x = x;
        private readonly bool _stores = stores;
        private readonly ChannelTransform _transform = transform;
        private readonly Span<float> _sums = sums;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<TLanes, TVector, TActivation>()
            where TLanes : struct, ILanes<TVector>
            where TVector : struct
            where TActivation : struct, IActivation
        {
            ref float gradient = ref MemoryMarshal.GetReference(_dY);
            ref float target = ref MemoryMarshal.GetReference(_g);
            ref float source = ref MemoryMarshal.GetReference(_x);
            ref float total = ref MemoryMarshal.GetReference(_sums[..(2 * TLanes.Count)]);
            TVector mean = TLanes.Broadcast(_transform.Mean), scale = TLanes.Broadcast(_transform.Scale),
                shift = TLanes.Broadcast(_transform.Shift);
            TVector sum = TLanes.Load(ref total, 0), product = TLanes.Load(ref total, TLanes.Count);
            bool stores = _stores;
            TVector sumOdd = default, productOdd = default;
            nint lanes = TLanes.Count, even = _dY.Length / (2 * lanes) * (2 * lanes);
            for (nint i = 0; i < even; i += 2 * lanes)
            {
                (TVector x0, TVector x1) = TX.Load<TLanes, TVector>(ref source, i);
                TVector d = TLanes.Subtract(x0, mean), dOdd = TLanes.Subtract(x1, mean);
                TVector g = TActivation.Backward<TLanes, TVector>(TLanes.MultiplyAdd(d, scale, shift), TLanes.Load(ref gradient, i));
                TVector gOdd = TActivation.Backward<TLanes,
                    TVector>(TLanes.MultiplyAdd(dOdd, scale, shift), TLanes.Load(ref gradient, i + lanes));
                if (stores) TG.Store<TLanes, TVector>(g, gOdd, ref target, i);
                sum = TLanes.Add(sum, g);
                sumOdd = TLanes.Add(sumOdd, gOdd);
                product = TLanes.MultiplyAdd(g, d, product);
                productOdd = TLanes.MultiplyAdd(gOdd, dOdd, productOdd);
            }

            sum = TLanes.Add(sum, sumOdd);
            product = TLanes.Add(product, productOdd);
            if (even < _dY.Length)
            {
                TVector d = TLanes.Subtract(TX.LoadLast<TLanes, TVector>(ref source, even), mean);
                TVector g = TActivation.Backward<TLanes, TVector>(TLanes.MultiplyAdd(d, scale, shift), TLanes.Load(ref gradient, even));
                if (stores) TG.StoreLast<TLanes, TVector>(g, ref target, even);
                sum = TLanes.Add(sum, g);
                product = TLanes.MultiplyAdd(g, d, product);
            }

            TLanes.Store(sum, ref total, 0);
            TLanes.Store(product, ref total, TLanes.Count);
        }
    }
}
