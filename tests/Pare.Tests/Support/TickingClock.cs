namespace Pare.Tests.Support;

/// <summary>A clock on which so much time passes with each look at it.</summary>
internal sealed class TickingClock(TimeSpan tick) : TimeProvider
{
    private long _now;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Interlocked.Add(ref _now, tick.Ticks);
}
