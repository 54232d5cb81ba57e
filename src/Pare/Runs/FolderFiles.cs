using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Pare.Runs;

/// <summary>Writes the files of a run's folder, each whole or not at all.</summary>
internal static class FolderFiles
{
    /// <summary>A folder's name from what it is for and the local time, such as <c>mnist-20260304-050607</c>.</summary>
    public static string Name(string purpose, TimeProvider clock) =>
        $"{FileName(purpose)}-{clock.GetLocalNow().ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture)}";

    /// <summary>A text with everything replaced that a file's name should not hold.</summary>
    public static string FileName(string text) =>
        string.Concat(text.Select(static letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.' ? letter : '-')).TrimStart('.');

    /// <summary>Writes a text in UTF-8.</summary>
    /// <exception cref="RunException">The disk is full or gone.</exception>
    public static void WriteText(string folder, string name, string text) => Write(folder, name, path => File.WriteAllBytes(path, Encoding.UTF8.GetBytes(text)));

    /// <summary>Writes one JSON object.</summary>
    /// <exception cref="RunException">The disk is full or gone.</exception>
    public static void WriteJson(string folder, string name, Action<Utf8JsonWriter> properties) => Write(folder, name, path =>
    {
        using FileStream file = File.Create(path);
        using (var json = new Utf8JsonWriter(file, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
        {
            json.WriteStartObject();
            properties(json);
            json.WriteEndObject();
        }

        file.WriteByte((byte)'\n');
    });

    /// <summary>Does something in a folder.</summary>
    /// <exception cref="RunException">The disk is full or gone.</exception>
    public static void Guard(string folder, Action action) => Guard(folder, () =>
    {
        action();
        return true;
    });

    /// <summary>Does something in a folder.</summary>
    /// <exception cref="RunException">The disk is full or gone.</exception>
    public static T Guard<T>(string folder, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new RunException(
                $"The run's folder cannot be written: {exception.Message}", Path.GetFullPath(folder),
                "Free some space there, or choose another folder.", exception) { Setting = "folder" };
        }
    }

    private static void Write(string folder, string name, Action<string> save) => Guard(folder, () => WholeFile.Write(Path.Combine(folder, name), save));
}
