using Pare.Tests.Support;

namespace Pare.Tests.Cli;

/// <summary>A folder of small pictures that are not quite easy to tell apart, and recipes that train on it in a moment.</summary>
internal sealed class PhotoFiles : IDisposable
{
    public const string RecipeText = """
        name: photos
        dataset: { name: folder }
        model:
          input: 1x6x6
          layers:
            - conv: 4
            - relu
            - flatten
            - linear: 3
        training: { epochs: 2, batch_size: 16, validation: 0.2 }
        """;

    public static readonly string[] Classes = ["ant", "bee", "cow"];

    public PhotoFiles()
    {
        Data = Folder.Write("photos", Pictures(30));
        Recipe = Write("photos.yaml", RecipeText);
    }

    public DataFolder Folder { get; } = new();

    public string Data { get; }

    public string Recipe { get; }

    public string this[string name] => Folder[name];

    public static IEnumerable<(string Name, byte[] Bytes)> Pictures(int count, string prefix = "", int first = 0) =>
        from label in Enumerable.Range(0, Classes.Length)
        from number in Enumerable.Range(first, count)
        select ($"{prefix}{Classes[label]}/{number:00}.png", Picture(label, number));

    /// <summary>A bright row and noise that nearly covers it.</summary>
    public static byte[] Picture(int label, int number)
    {
        var random = new SeededRandom(7, label, number);
        byte[] pixels = new byte[36];
        for (int i = 0; i < pixels.Length; i++) pixels[i] = (byte)((i / 6 == label + 1 ? 60 : 0) + random.NextInt(190));
        return ImageFiles.Png(6, 6, 1, pixels);
    }

    public string Write(string name, string text) => Folder.Write(name, System.Text.Encoding.UTF8.GetBytes(text));

    public void Dispose() => Folder.Dispose();
}
