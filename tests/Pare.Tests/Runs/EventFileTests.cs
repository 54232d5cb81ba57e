using Pare.Runs;
using Pare.Tests.Cli;
using Pare.Tests.Support;
using Pare.Tests.Support.TensorBoard;
using Pare.Training;

namespace Pare.Tests.Runs;

public sealed class EventFileTests : IDisposable
{
    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_checksum_of_the_test_is_the_catalogued_one() => Assert.Equal(0xE3069283, EventRecords.Crc("123456789"u8));

    [Fact]
    public void A_run_writes_a_record_an_epoch_that_is_readable_while_the_run_goes_on()
    {
        var clock = new FakeClock();
        using var run = RunFolder.Create(_folder["run"], "recipe", clock);
        run.Append(new EpochMetrics(1, 2.5f, 0.125f, 2.25f, 0.25f, 0.1f, 1.5, 1000.5));
        run.Append(new EpochMetrics(300, float.NaN, 0.1f, null, null, 1e-5f, 3, 1000));

        List<Event> events = EventRecords.Read(Directory.GetFiles(_folder["run"], "events.out.tfevents.*").Single());
        Assert.Equal(3, events.Count);
        Assert.Equal("brain.Event:2", events[0].FileVersion);
        Assert.All(events, one => Assert.Equal(clock.GetUtcNow().ToUnixTimeMilliseconds() / 1e3, one.WallTime));
        Assert.Equal(
            [("train/loss", 2.5f), ("train/accuracy", 0.125f), ("validation/loss", 2.25f), ("validation/accuracy", 0.25f), ("lr", 0.1f),
            ("seconds", 1.5f), ("images_per_second", 1000.5f), ("idle", 0f)],
            events[1].Summary.Value.Select(static value => (value.Tag, value.SimpleValue)));
        Assert.Equal([1, 300], events[1..].Select(static one => one.Step));
        Assert.Equal(float.NaN, events[2].Summary.Value[0].SimpleValue);
        Assert.Equal(["train/loss", "train/accuracy", "lr", "seconds", "images_per_second", "idle"],
            events[2].Summary.Value.Select(static value => value.Tag));
    }
}
