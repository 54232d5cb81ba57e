namespace Pare.Export.CSource;

/// <summary>Where the rows of a map lie: row i in row (Step * i + Shift) modulo <see cref="MapBuffer.Rows"/> of a buffer.</summary>
/// <param name="Buffer">The buffer.</param>
/// <param name="Step">Rows of the buffer from a row to the next.</param>
/// <param name="Shift">The row of the buffer in which row 0 lies.</param>
/// <param name="Offset">Bytes of the buffer's row before the map's.</param>
/// <param name="InPlace">Whether it is computed where its input lies.</param>
internal sealed record MapPlace(MapBuffer Buffer, int Step, int Shift, int Offset, bool InPlace);
