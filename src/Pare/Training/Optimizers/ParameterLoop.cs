using System.Numerics;

namespace Pare.Training.Optimizers;

/// <summary>
/// Walks a span of parameters in vectors. The last, shorter stretch is copied into whole vectors and goes through the same
/// formula, so that a weight gets the same bits wherever it falls. Formulas use no fused multiply-add, for the same bits on every
/// processor.
/// </summary>
internal static class ParameterLoop
{
    public static void Run<TUpdate>(TUpdate update, Span<float> weights, ReadOnlySpan<float> gradients, Span<float> state)
        where TUpdate : struct, IParameterUpdate
    {
        int count = weights.Length;
        if (gradients.Length != count || state.Length != TUpdate.StateCount * count)
            throw new ArgumentException(
                $"{count} weights need as many gradients and {TUpdate.StateCount * count} values of state, not {gradients.Length} and " +
                $"{state.Length}.", nameof(state));
        Span<float> first = TUpdate.StateCount > 0 ? state[..count] : [];
        Span<float> second = TUpdate.StateCount > 1 ? state[count..] : [];

        int whole = count - (count % Vector<float>.Count);
        for (int i = 0; i < whole; i += Vector<float>.Count)
            Apply(ref update, weights[i..], gradients[i..], TUpdate.StateCount > 0 ? first[i..] : [], TUpdate.StateCount > 1 ? second[i..]
                : []);
        if (whole == count) return;

        Span<float> padded = stackalloc float[4 * Vector<float>.Count];
        padded.Clear();
        Span<float> w = padded[..Vector<float>.Count], g = padded.Slice(Vector<float>.Count, Vector<float>.Count);
        Span<float> s = padded.Slice(2 * Vector<float>.Count, Vector<float>.Count), t = padded[(3 * Vector<float>.Count)..];
        weights[whole..].CopyTo(w);
        gradients[whole..].CopyTo(g);
        if (TUpdate.StateCount > 0) first[whole..].CopyTo(s);
        if (TUpdate.StateCount > 1) second[whole..].CopyTo(t);
        Apply(ref update, w, g, s, t);
        int rest = count - whole;
        w[..rest].CopyTo(weights[whole..]);
        if (TUpdate.StateCount > 0) s[..rest].CopyTo(first[whole..]);
        if (TUpdate.StateCount > 1) t[..rest].CopyTo(second[whole..]);
    }

    private static void Apply<TUpdate>(ref TUpdate update, Span<float> weights, ReadOnlySpan<float> gradients, Span<float> first,
        Span<float> second)
        where TUpdate : struct, IParameterUpdate
    {
        var w = new Vector<float>(weights);
        Vector<float> s = TUpdate.StateCount > 0 ? new Vector<float>(first) : default;
        Vector<float> t = TUpdate.StateCount > 1 ? new Vector<float>(second) : default;
        update.Apply(new Vector<float>(gradients), ref w, ref s, ref t);
        w.CopyTo(weights);
        if (TUpdate.StateCount > 0) s.CopyTo(first);
        if (TUpdate.StateCount > 1) t.CopyTo(second);
    }
}
