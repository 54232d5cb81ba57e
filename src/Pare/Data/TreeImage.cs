namespace Pare.Data;

/// <summary>One image file of an <see cref="ImageTree"/>.</summary>
/// <param name="Path">Its path as its folder or archive gives it.</param>
/// <param name="Label">The index of its class.</param>
/// <param name="IsTest">Whether it belongs to the test images.</param>
internal sealed record TreeImage(string Path, int Label, bool IsTest);
