using System.Text.Json.Nodes;
using Pare.Data;
using Pare.Robustness;
using Pare.Runs;
using Pare.Tests.Support;

namespace Pare.Tests.Runs;

public sealed class RobustnessFileTests : IDisposable
{
    private readonly DataFolder _folder = new();

    private string Path => _folder[RunFolder.RobustnessFile];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("down", 9)]
    [InlineData("down", -2)]
    [InlineData("right", 0)]
    public void Shifts_that_are_not_row_by_row_are_no_record(string name, int value)
    {
        RobustnessFile.Keep(Path, Record() with { Shifts = new ShiftsRecord(1, 0.5, 0.5, Shifts()) });
        Assert.NotNull(RobustnessFile.Read(Path));
        JsonNode file = JsonNode.Parse(File.ReadAllText(Path))!;
        file["networks"]![0]!["shifts"]!["shifts"]![0]![name] = value;
        File.WriteAllText(Path, file.ToJsonString());
        Assert.Null(RobustnessFile.Read(Path));
    }

    [Theory]
    [InlineData(0, "images")]
    [InlineData(-1e308, "corruptions", "relative_drop")]
    [InlineData(0, "strangers", "sets", "images")]
    [InlineData(0, "flatness", "images")]
    [InlineData(1e308, "flatness", "curve", "distance")]
    [InlineData(-1, "flatness", "curve", "least")]
    [InlineData(-1, "flatness", "curve", "most")]
    [InlineData(0, "attacks", "images")]
    public void What_no_images_can_come_to_is_no_record(double value, params string[] place)
    {
        RobustnessFile.Keep(Path, Record() with
        {
            Corruptions = new CorruptionsRecord(1, -3, [1], [new CorruptionAccuracy("fog", "light", 1, [1])]),
            Strangers = new StrangersRecord([new StrangerResult("odd", 1, 1, 0, 0.5)]),
            Flatness = new FlatnessRecord(512, true, 1, 1, 0.1, 1, 1, 1, 0, 1, [new FlatnessPoint(0, 1, 1, 1)]),
            Attacks = new AttacksRecord(4, 0.5, 1, false, []),
        });
        Assert.NotNull(RobustnessFile.Read(Path));
        JsonNode file = JsonNode.Parse(File.ReadAllText(Path))!, at = file["networks"]![0]!;
        foreach (string name in place[..^1]) at = at[name] is JsonArray list ? list[0]! : at[name]!;
        at[place[^1]] = place[^1] == "images" ? (int)value : value;
        File.WriteAllText(Path, file.ToJsonString());
        Assert.Null(RobustnessFile.Read(Path));
    }

    [Fact]
    public void A_pipe_is_no_record()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only there an open pipe has a path.");
        using var pipe = new System.IO.Pipes.AnonymousPipeServerStream();
        string path = $"/proc/self/fd/{pipe.SafePipeHandle.DangerousGetHandle()}";
        Assert.Equal("This file is no record of robustness.",
            Assert.Throws<RunException>(() => RobustnessFile.ReadToReplace(path)).Message);
        Assert.Throws<IOException>(() => RegularFile.Open(path));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("a picture or a model")]
    [InlineData("""{ "accuracy": 0.5 }""")]
    [InlineData("""{ "networks": [{ "network": "float" }] }""")]
    public void What_is_no_record_is_left_as_it_is(string text)
    {
        File.WriteAllText(Path, text);
        RunException error = Assert.Throws<RunException>(() => RobustnessFile.Keep(Path, Record()));
        Assert.Equal(("This file is no record of robustness.", Path, "file"), (error.Message, error.Where, error.Setting));
        Assert.Equal(text, File.ReadAllText(Path));
    }

    [Fact]
    public void A_file_that_cannot_be_written_is_named_and_another_file_advised()
    {
        RunException error = Assert.Throws<RunException>(() => RobustnessFile.Keep(_folder["none/robust.json"], Record()));
        Assert.Equal(("file", _folder["none/robust.json"]), (error.Setting, error.Where));
        Assert.EndsWith("or name another file.", error.Remedy, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(14, true)]
    [InlineData(16, false)]
    public void Pictures_of_more_than_twenty_megabytes_are_left_out(int megabytes, bool kept)
    {
        var pictures = new CorruptionPictures(0, 0, [1], [[new byte[megabytes << 20]]]);
        var fog = new CorruptionAccuracy("fog", "light", 0.5, [0.5]);
        var corruptions = new CorruptionsRecord(0.5, null, [1], [fog]) { Pictures = pictures };
        RobustnessFile.Keep(Path, Record(ImageClassifier.Int8) with { Corruptions = corruptions });
        RobustnessRecord record = RobustnessFile.Keep(Path, Record() with { Corruptions = corruptions });
        Assert.Equal(kept, record.Corruptions!.Pictures is not null);
        RobustnessFile file = RobustnessFile.Read(Path)!;
        Assert.Equal(2, file.Networks.Count);
        Assert.All(file.Networks, one => Assert.Equal(kept, one.Corruptions!.Pictures is not null));
    }

    [Fact]
    public void What_could_not_be_read_again_is_not_written()
    {
        for (int i = 0; i < 8; i++) RobustnessFile.Keep(Path, Record($"network {i}"));
        byte[] before = File.ReadAllBytes(Path);
        RunException many = Assert.Throws<RunException>(() => RobustnessFile.Keep(Path, Record("one more")));
        Assert.Contains("'networks' has more than there are", many.Message, StringComparison.Ordinal);
        RunException large = Assert.Throws<RunException>(
            () => RobustnessFile.Keep(Path, Record("network 0") with { Data = new string('x', 64 << 20) }));
        Assert.Contains("it has 65 MB", large.Message, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(Path));
    }

    [Fact]
    public void Sections_are_kept_beside_those_of_the_same_weights_and_images_only()
    {
        var shifts = new ShiftsRecord(1, 0.5, 0.5, Shifts());
        RobustnessRecord first = Record() with { Shifts = shifts, NetworkFingerprint = "a", ImagesFingerprint = "b" };
        RobustnessRecord later = first with { Shifts = null };
        Assert.NotNull(later.Over(first).Shifts);
        foreach (RobustnessRecord other in new[]
        {
            later with { NetworkFingerprint = "c" }, later with { ImagesFingerprint = "c" }, later with { NetworkFingerprint = null },
            later with { ImagesFingerprint = null }, later with { Seed = 2 }, later with { Network = ImageClassifier.Int8 },
        })
            Assert.Equal(other, other.Over(first));
        Assert.Null((later with { NetworkFingerprint = null }).Over(first with { NetworkFingerprint = null }).Shifts);
        Assert.Null((later with { ImagesFingerprint = null }).Over(first with { ImagesFingerprint = null }).Shifts);
        RobustnessFile.Keep(Path, first);
        Assert.NotNull(RobustnessFile.Keep(Path, later).Shifts);
        Assert.Null(RobustnessFile.Keep(Path, later with { NetworkFingerprint = "c" }).Shifts);
        Assert.Single(RobustnessFile.Read(Path)!.Networks);
    }

    [Fact]
    public void A_record_gives_way_to_what_has_all_of_it_and_to_one_of_the_runs_own_network_or_images()
    {
        ImageSet test = Glyphs.Create().Test;
        RobustnessRecord record = Record() with
        {
            NetworkFingerprint = "a",
            ImagesFingerprint = test.FingerprintOf(Evenly.Spread(4, test.Labels)),
            Flatness = new FlatnessRecord(512, true, 1, 1, 0.1, 1, 1, 1, 0, 1, []),
        };
        RobustnessRecord bare = record with { Flatness = null }, fewer = record with { Flatness = record.Flatness with { Images = 100 } };
        Assert.True(record.GivesWayTo(record, test));
        Assert.True(record.GivesWayTo(record with { Images = 5, Seed = 2 }, test));
        Assert.True(bare.GivesWayTo(record, test));
        foreach (RobustnessRecord later in new[] { bare, fewer, bare with { Images = 5 }, fewer with { Images = 5 } })
        {
            Assert.Equal(["flatness"], later.LessThan(record));
            Assert.False(record.GivesWayTo(later, test));
            Assert.True(record.GivesWayTo(later with { NetworkFingerprint = "b" }, test));
            Assert.True((record with { ImagesFingerprint = "b" }).GivesWayTo(later, test));
            Assert.True((record with { Images = test.Count + 1 }).GivesWayTo(later, test));

            // What an earlier version wrote may be of this network and of these images.
            Assert.False((record with { NetworkFingerprint = null, ImagesFingerprint = null }).GivesWayTo(later, test));
        }

        Assert.False(record.GivesWayTo(record with { Seed = 2 }, test));
        Assert.False(record.GivesWayTo(record with { Images = 3 }, test));
    }

    [Fact]
    public void Why_a_section_was_not_measured_stays_until_it_is()
    {
        RobustnessRecord empty = Record() with { NetworkFingerprint = "a", ImagesFingerprint = "b" };
        RobustnessRecord first = empty with { NotMeasured = [new("shifts", "then"), new("flatness", "then")] };
        RobustnessRecord second = (empty with { NotMeasured = [new("flatness", "now")] }).Over(first);
        Assert.Equal([new NotMeasured("flatness", "now"), new NotMeasured("shifts", "then")], second.NotMeasured);
        RobustnessRecord third = (empty with { Shifts = new ShiftsRecord(1, 0.5, 0.5, Shifts()) }).Over(second);
        Assert.Equal([new NotMeasured("flatness", "now")], third.NotMeasured);
    }

    private static ShiftAccuracy[] Shifts() =>
        [.. Enumerable.Range(0, 49).Select(static i => new ShiftAccuracy((i / 7) - 3, (i % 7) - 3, 0.5))];

    private static RobustnessRecord Record(string network = ImageClassifier.Float) =>
        new() { Network = network, Data = "digits", Images = 4, Accuracy = 0.5, Seed = 1 };
}
