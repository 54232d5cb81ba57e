namespace Pare.Cli;

/// <summary>The files of an export: none is written over another.</summary>
internal static class ExportFiles
{
    /// <exception cref="RecipeException">There is a file already.</exception>
    public static void Refuse(string path)
    {
        if (Path.Exists(path))
            throw new RecipeException("There is a file of this name already; nothing is written over.", Path.GetFullPath(path),
                "Name another folder with --out FOLDER, or move the file away.");
    }

    /// <exception cref="RunException">It cannot be written.</exception>
    public static void Save(string path, byte[] content)
    {
        try
        {
            File.WriteAllBytes(path, content);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new RunException($"The file cannot be written: {error.Message}", Path.GetFullPath(path),
                "Free some space there, or choose another place.", error);
        }
    }
}
