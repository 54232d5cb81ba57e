using System.Formats.Tar;
using System.IO.Compression;

namespace Pare.Tests.Support;

/// <summary>An empty folder for small data sets, gone after the test.</summary>
internal sealed class DataFolder : IDisposable
{
    public string Root { get; } = Directory.CreateTempSubdirectory("pare-data-").FullName;

    public string this[string name] => Path.Combine(Root, name);

    /// <summary>Every file below the folder, with <c>/</c> between the parts.</summary>
    public string[] Files => [.. Directory.EnumerateFiles(Root, "*", SearchOption.AllDirectories)
        .Select(path => Path.GetRelativePath(Root, path).Replace('\\', '/')).Order(StringComparer.Ordinal)];

    public string Write(string name, byte[] bytes)
    {
        string path = this[name];
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    public string Write(string folder, IEnumerable<(string Name, byte[] Bytes)> files)
    {
        Directory.CreateDirectory(this[folder]);
        foreach ((string name, byte[] bytes) in files)
            Write(Path.Combine(folder, name), bytes);
        return this[folder];
    }

    public string WriteZip(string name, IEnumerable<(string Name, byte[] Bytes)> files)
    {
        using ZipArchive archive = ZipFile.Open(this[name], ZipArchiveMode.Create);
        foreach ((string entry, byte[] bytes) in files)
            using (Stream stream = archive.CreateEntry(entry).Open())
                stream.Write(bytes);
        return this[name];
    }

    public string WriteTar(string name, IEnumerable<(string Name, byte[] Bytes)> files) => Write(name, Tar(files));

    public string WriteTarGz(string name, IEnumerable<(string Name, byte[] Bytes)> files) => Write(name, Gzip(Tar(files)));

    public static byte[] Gzip(byte[] bytes)
    {
        var memory = new MemoryStream();
        using (var stream = new GZipStream(memory, CompressionLevel.Fastest))
            stream.Write(bytes);
        return memory.ToArray();
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);

    private static byte[] Tar(IEnumerable<(string Name, byte[] Bytes)> files)
    {
        var memory = new MemoryStream();
        using (var writer = new TarWriter(memory, TarEntryFormat.Ustar))
            foreach ((string name, byte[] bytes) in files)
                writer.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(bytes) });
        return memory.ToArray();
    }
}
