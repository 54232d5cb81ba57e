namespace Pare.Robustness.Corruptions;

/// <summary>What lies beside a picture for who looks beyond its border.</summary>
internal enum Border
{
    /// <summary>Black pixels.</summary>
    Black,

    /// <summary>The nearest pixel: <c>aaa|abcd|ddd</c>.</summary>
    Nearest,

    /// <summary>The picture mirrored at the middle of its last pixel: <c>dcb|abcd|cba</c>.</summary>
    Mirror,

    /// <summary>The picture mirrored at its edge: <c>cba|abcd|dcb</c>.</summary>
    Reflect,
}
