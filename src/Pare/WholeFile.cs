namespace Pare;

/// <summary>Writes a file whole or not at all: under another name beside it, which is then given its own.</summary>
internal static class WholeFile
{
    /// <summary>Writes a file; one that was there is replaced, and left as it was when the writing fails.</summary>
    /// <param name="path">The file; its folder must exist.</param>
    /// <param name="save">Writes the content to the path that it is given.</param>
    /// <exception cref="IOException">The disk is full or gone.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder or the file is write-protected.</exception>
    public static void Write(string path, Action<string> save)
    {
        string temporary = path + ".tmp";
        try
        {
            save(temporary);
            File.Move(temporary, path, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }
}
