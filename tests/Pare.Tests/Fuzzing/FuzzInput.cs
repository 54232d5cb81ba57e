namespace Pare.Tests.Fuzzing;

/// <summary>One input: its bytes, and where they lie for a reader of files.</summary>
/// <param name="folder">The folder that the reader may see.</param>
/// <param name="name">The file's name in it; null where the reader takes bytes.</param>
internal sealed class FuzzInput(string folder, string? name)
{
    public byte[] Bytes { get; private set; } = [];

    public string Folder => folder;

    public string Path { get; } = System.IO.Path.Combine(folder, name ?? "input");

    public void Set(byte[] bytes)
    {
        Bytes = bytes;
        if (name is not null) File.WriteAllBytes(Path, bytes);
    }
}
