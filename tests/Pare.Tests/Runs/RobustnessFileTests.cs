using System.Text.Json.Nodes;
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

    private static ShiftAccuracy[] Shifts() =>
        [.. Enumerable.Range(0, 49).Select(static i => new ShiftAccuracy((i / 7) - 3, (i % 7) - 3, 0.5))];

    private static RobustnessRecord Record(string network = ImageClassifier.Float) =>
        new() { Network = network, Data = "digits", Images = 4, Accuracy = 0.5, Seed = 1 };
}
