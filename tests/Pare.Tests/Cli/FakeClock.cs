namespace Pare.Tests.Cli;

/// <summary>A clock that stands still until a test moves it, and with it its timers.</summary>
internal sealed class FakeClock : TimeProvider
{
    private readonly List<Timer> _timers = [];
    private DateTimeOffset _now = new(2026, 3, 4, 5, 6, 7, TimeSpan.Zero);

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public void Advance(TimeSpan time)
    {
        _now += time;
        foreach (Timer timer in _timers.ToArray()) timer.Advance(time);
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(_timers, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    public override DateTimeOffset GetUtcNow() => _now;

    public override long GetTimestamp() => _now.Ticks;

    // Goes off once.
    private sealed class Timer(List<Timer> running, Action callback) : ITimer
    {
        private TimeSpan _left;

        public void Advance(TimeSpan time)
        {
            _left -= time;
            if (_left > TimeSpan.Zero) return;
            running.Remove(this);
            callback();
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            running.Remove(this);
            _left = dueTime;
            if (dueTime >= TimeSpan.Zero) running.Add(this);
            return true;
        }

        public void Dispose() => running.Remove(this);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
