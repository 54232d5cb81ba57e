using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Pare.Kernels.Activations;

namespace Pare.Kernels;

/// <summary>Elementwise loops over a run of pixels of one channel. All spans hold whole vectors.</summary>
internal static class ElementwiseKernels
{
    /// <summary>y = f(z), row by row into a padded plane.</summary>
    public static void Read(ReadOnlySpan<float> x, Span<float> y, in RowLayout layout, in ChannelTransform transform)
    {
        var kernel = new ReadKernel(x[..layout.SourceLength], y[..layout.TargetLength], layout, transform);
        Run(ref kernel, transform.Function);
    }

    /// <summary>y' = (y - mean) scale + shift of its own transform, whose function is the identity, plus f(z) of x.</summary>
    public static void Add(ReadOnlySpan<float> x, Span<float> y, in ChannelTransform transform, in ChannelTransform own)
    {
        var kernel = new AddKernel(x, y[..x.Length], transform, own);
        Run(ref kernel, transform.Function);
    }

    /// <summary>
    /// dX = slope (dY f'(z)) + factor (x - mean) + offset, row by row into a padded plane: the gradient back through activation and batch
    /// norm.
    /// </summary>
    public static void ReadGradient(ReadOnlySpan<float> dY, ReadOnlySpan<float> x, Span<float> dX, in RowLayout layout,
        in ChannelTransform transform, in GradientCoefficients coefficients)
    {
        var kernel =
            new ReadGradientKernel(dY[..layout.SourceLength], x[..layout.SourceLength], dX[..layout.TargetLength], layout, transform,
            coefficients);
        Run(ref kernel, transform.Function);
    }

    /// <summary>
    /// sums[0] += sum g and sums[1] += sum g (x - mean), lane by lane, with g = dY f'(z), which takes the place of dY if wished.
    /// </summary>
    public static void AddGradientSums(Span<float> dY, ReadOnlySpan<float> x, in ChannelTransform transform, Span<float> sums, bool replace)
    {
        var kernel = new GradientSumsKernel(dY[..x.Length], x, transform, sums, replace);
        Run(ref kernel, transform.Function);
    }

    /// <summary>sums[0] += sum (x - pivot) and sums[1] += sum (x - pivot)^2, lane by lane.</summary>
    public static void AddMoments(ReadOnlySpan<float> x, ReadOnlySpan<float> pivot, Span<float> sums)
    {
        if (Vector512.IsHardwareAccelerated) AddMoments<Lanes16, Vector512<float>>(x, pivot, sums);
        else if (Simd.Lanes == 8) AddMoments<Lanes8, Vector256<float>>(x, pivot, sums);
        else AddMoments<Lanes4, Vector128<float>>(x, pivot, sums);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddMoments<TLanes, TVector>(ReadOnlySpan<float> x, ReadOnlySpan<float> pivot, Span<float> sums)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        ref float source = ref MemoryMarshal.GetReference(x);
        ref float total = ref MemoryMarshal.GetReference(sums[..(2 * TLanes.Count)]);
        TVector p = TLanes.Load(ref MemoryMarshal.GetReference(pivot[..TLanes.Count]), 0);
        TVector sum = TLanes.Load(ref total, 0), square = TLanes.Load(ref total, TLanes.Count);

        // Two sums of each kind: one alone would wait for the addition before it. An odd last pixel is left for the end.
        TVector sumOdd = default, squareOdd = default;
        nint lanes = TLanes.Count, even = x.Length / (2 * lanes) * (2 * lanes);
        for (nint i = 0; i < even; i += 2 * lanes)
        {
            TVector d = TLanes.Subtract(TLanes.Load(ref source, i), p), dOdd = TLanes.Subtract(TLanes.Load(ref source, i + lanes), p);
            sum = TLanes.Add(sum, d);
            sumOdd = TLanes.Add(sumOdd, dOdd);
            square = TLanes.MultiplyAdd(d, d, square);
            squareOdd = TLanes.MultiplyAdd(dOdd, dOdd, squareOdd);
        }

        sum = TLanes.Add(sum, sumOdd);
        square = TLanes.Add(square, squareOdd);
        if (even < x.Length)
        {
            TVector d = TLanes.Subtract(TLanes.Load(ref source, even), p);
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

    private readonly ref struct ReadKernel(ReadOnlySpan<float> x, Span<float> y, in RowLayout layout,
        in ChannelTransform transform) : IActivationKernel
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
            nint lanes = TLanes.Count, length = _layout.Columns * lanes, left = _layout.Left * lanes, right = _layout.Right * lanes;
            for (int row = 0; row < _layout.Rows; row++)
            {
                for (nint pad = 0; pad < left; pad += lanes) TLanes.Store(padding, ref target, pad);
                target = ref Unsafe.Add(ref target, left);
                nint i = 0;
                for (; i < length - lanes; i += 2 * lanes)
                {
                    TVector z = TLanes.MultiplyAdd(TLanes.Subtract(TLanes.Load(ref source, i), mean), scale, shift);
                    TVector next = TLanes.MultiplyAdd(TLanes.Subtract(TLanes.Load(ref source, i + lanes), mean), scale, shift);
                    TLanes.Store(TActivation.Apply<TLanes, TVector>(z), ref target, i);
                    TLanes.Store(TActivation.Apply<TLanes, TVector>(next), ref target, i + lanes);
                }

                if (i < length)
                {
                    TVector z = TLanes.MultiplyAdd(TLanes.Subtract(TLanes.Load(ref source, i), mean), scale, shift);
                    TLanes.Store(TActivation.Apply<TLanes, TVector>(z), ref target, i);
                }

                target = ref Unsafe.Add(ref target, length);
                for (nint pad = 0; pad < right; pad += lanes) TLanes.Store(padding, ref target, pad);
                target = ref Unsafe.Add(ref target, right);
                source = ref Unsafe.Add(ref source, _layout.SourceStride);
            }
        }
    }

    private readonly ref struct AddKernel(ReadOnlySpan<float> x, Span<float> y, in ChannelTransform transform, in ChannelTransform own)
        : IActivationKernel
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
            nint lanes = TLanes.Count, length = _x.Length, i = 0;
            for (; i < length - lanes; i += 2 * lanes)
            {
                TVector z = TLanes.MultiplyAdd(TLanes.Subtract(TLanes.Load(ref source, i), mean), scale, shift);
                TVector next = TLanes.MultiplyAdd(TLanes.Subtract(TLanes.Load(ref source, i + lanes), mean), scale, shift);
                TVector y = TLanes.MultiplyAdd(TLanes.Subtract(TLanes.Load(ref target, i), ownMean), ownScale, ownShift);
                TVector yNext = TLanes.MultiplyAdd(TLanes.Subtract(TLanes.Load(ref target, i + lanes), ownMean), ownScale, ownShift);
                TLanes.Store(TLanes.Add(y, TActivation.Apply<TLanes, TVector>(z)), ref target, i);
                TLanes.Store(TLanes.Add(yNext, TActivation.Apply<TLanes, TVector>(next)), ref target, i + lanes);
            }

            if (i < length)
            {
                TVector z = TLanes.MultiplyAdd(TLanes.Subtract(TLanes.Load(ref source, i), mean), scale, shift);
                TVector y = TLanes.MultiplyAdd(TLanes.Subtract(TLanes.Load(ref target, i), ownMean), ownScale, ownShift);
                TLanes.Store(TLanes.Add(y, TActivation.Apply<TLanes, TVector>(z)), ref target, i);
            }
        }
    }

    private readonly ref struct ReadGradientKernel(ReadOnlySpan<float> dY, ReadOnlySpan<float> x, Span<float> dX, in RowLayout layout,
        in ChannelTransform transform, in GradientCoefficients coefficients) : IActivationKernel
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
            nint lanes = TLanes.Count, length = _layout.Columns * lanes, left = _layout.Left * lanes, right = _layout.Right * lanes;
            for (int row = 0; row < _layout.Rows; row++)
            {
                for (nint pad = 0; pad < left; pad += lanes) TLanes.Store(padding, ref target, pad);
                target = ref Unsafe.Add(ref target, left);
                nint i = 0;
                for (; i < length - lanes; i += 2 * lanes)
                {
                    TVector d = TLanes.Subtract(TLanes.Load(ref source, i), mean),
                        next = TLanes.Subtract(TLanes.Load(ref source, i + lanes), mean);
                    TVector g = TActivation.Backward<TLanes, TVector>(TLanes.MultiplyAdd(d, scale, shift), TLanes.Load(ref gradient, i));
                    TVector gNext = TActivation.Backward<TLanes,
                        TVector>(TLanes.MultiplyAdd(next, scale, shift), TLanes.Load(ref gradient, i + lanes));
                    TLanes.Store(TLanes.MultiplyAdd(g, slope, TLanes.MultiplyAdd(d, factor, offset)), ref target, i);
                    TLanes.Store(TLanes.MultiplyAdd(gNext, slope, TLanes.MultiplyAdd(next, factor, offset)), ref target, i + lanes);
                }

                if (i < length)
                {
                    TVector d = TLanes.Subtract(TLanes.Load(ref source, i), mean);
                    TVector g = TActivation.Backward<TLanes, TVector>(TLanes.MultiplyAdd(d, scale, shift), TLanes.Load(ref gradient, i));
                    TLanes.Store(TLanes.MultiplyAdd(g, slope, TLanes.MultiplyAdd(d, factor, offset)), ref target, i);
                }

                target = ref Unsafe.Add(ref target, length);
                for (nint pad = 0; pad < right; pad += lanes) TLanes.Store(padding, ref target, pad);
                target = ref Unsafe.Add(ref target, right);
                source = ref Unsafe.Add(ref source, _layout.SourceStride);
                gradient = ref Unsafe.Add(ref gradient, _layout.SourceStride);
            }
        }
    }

    private readonly ref struct GradientSumsKernel(Span<float> dY, ReadOnlySpan<float> x, in ChannelTransform transform,
        Span<float> sums, bool replace) : IActivationKernel
    {
        private readonly Span<float> _dY = dY[..x.Length];
        private readonly ReadOnlySpan<float> _x = x;
        private readonly bool _replace = replace;
        private readonly ChannelTransform _transform = transform;
        private readonly Span<float> _sums = sums;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<TLanes, TVector, TActivation>()
            where TLanes : struct, ILanes<TVector>
            where TVector : struct
            where TActivation : struct, IActivation
        {
            ref float gradient = ref MemoryMarshal.GetReference(_dY);
            ref float source = ref MemoryMarshal.GetReference(_x);
            ref float total = ref MemoryMarshal.GetReference(_sums[..(2 * TLanes.Count)]);
            TVector mean = TLanes.Broadcast(_transform.Mean), scale = TLanes.Broadcast(_transform.Scale),
                shift = TLanes.Broadcast(_transform.Shift);
            TVector sum = TLanes.Load(ref total, 0), product = TLanes.Load(ref total, TLanes.Count);
            bool replace = _replace;
            TVector sumOdd = default, productOdd = default;
            nint lanes = TLanes.Count, even = _x.Length / (2 * lanes) * (2 * lanes);
            for (nint i = 0; i < even; i += 2 * lanes)
            {
                TVector d = TLanes.Subtract(TLanes.Load(ref source, i), mean),
                    dOdd = TLanes.Subtract(TLanes.Load(ref source, i + lanes), mean);
                TVector g = TActivation.Backward<TLanes, TVector>(TLanes.MultiplyAdd(d, scale, shift), TLanes.Load(ref gradient, i));
                TVector gOdd = TActivation.Backward<TLanes,
                    TVector>(TLanes.MultiplyAdd(dOdd, scale, shift), TLanes.Load(ref gradient, i + lanes));
                if (replace)
                {
                    TLanes.Store(g, ref gradient, i);
                    TLanes.Store(gOdd, ref gradient, i + lanes);
                }

                sum = TLanes.Add(sum, g);
                sumOdd = TLanes.Add(sumOdd, gOdd);
                product = TLanes.MultiplyAdd(g, d, product);
                productOdd = TLanes.MultiplyAdd(gOdd, dOdd, productOdd);
            }

            sum = TLanes.Add(sum, sumOdd);
            product = TLanes.Add(product, productOdd);
            if (even < _x.Length)
            {
                TVector d = TLanes.Subtract(TLanes.Load(ref source, even), mean);
                TVector g = TActivation.Backward<TLanes, TVector>(TLanes.MultiplyAdd(d, scale, shift), TLanes.Load(ref gradient, even));
                if (replace) TLanes.Store(g, ref gradient, even);
                sum = TLanes.Add(sum, g);
                product = TLanes.MultiplyAdd(g, d, product);
            }

            TLanes.Store(sum, ref total, 0);
            TLanes.Store(product, ref total, TLanes.Count);
        }
    }
}
