using Pare.Cli;
using Pare.Tests.Support;

namespace Pare.Tests.Cli;

/// <summary>A recipe and a data set that train in a moment: 8x8 images with one bright row or column a class.</summary>
internal sealed class CliData : IDisposable
{
    public const string RecipeText = """
        name: tiny
        description: rows and columns
        dataset: { name: mnist }
        model:
          input: 1x8x8
          layers:
            - conv: { channels: 4, stride: 2 }
            - batch_norm
            - relu
            - depthwise_conv
            - max_pool
            - linear: 10
        training: { epochs: 3, batch_size: 20, validation: 0.2 }
        """;

    public CliData()
    {
        Recipe = Write("tiny.yaml", RecipeText);
        Data = Write("data", seed: 1);
    }

    public DataFolder Folder { get; } = new();

    public string Recipe { get; }

    public string Data { get; }

    public string Write(string name, string text) => Folder.Write(name, System.Text.Encoding.UTF8.GetBytes(text));

    /// <summary>Other images of the same classes.</summary>
    public string OtherData() => Write("other", seed: 3);

    /// <summary>Trains the recipe for an epoch, and gives the run's folder.</summary>
    public string Train()
    {
        string run = Folder["run"];
        Assert.Equal(ExitCode.Done, new TestCli().Run("train", Recipe, "--data", Data, "--out", run, "--epochs", "1"));
        return run;
    }

    public void Dispose() => Folder.Dispose();

    private string Write(string name, int seed) => Folder.Write(name, [
        (IdxFiles.TrainImages, Images(100, seed)), (IdxFiles.TrainLabels, Labels(100)),
        (IdxFiles.TestImages, Images(50, seed + 1)), (IdxFiles.TestLabels, Labels(50))]);

    private static byte[] Labels(int count) => IdxFiles.Labels([.. Enumerable.Range(0, count).Select(static i => (byte)(i % 10))]);

    private static byte[] Images(int count, int seed)
    {
        byte[] pixels = new byte[count * 64];
        var random = new SeededRandom(seed);
        for (int i = 0; i < pixels.Length; i++)
        {
            int label = i / 64 % 10, row = i % 64 / 8, column = i % 8;
            bool bright = label < 5 ? row == label + 1 : column == label - 4;
            pixels[i] = (byte)((bright ? 150 : 0) + random.NextInt(100));
        }

        return IdxFiles.File(0x803, [count, 8, 8], pixels);
    }
}
