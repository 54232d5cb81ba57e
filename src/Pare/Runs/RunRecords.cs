using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Pare.Data;
using Pare.Robustness;

namespace Pare.Runs;

/// <summary>
/// The one place that says how records of runs stand in files: property names in lower snake case in their declared order, indented, no
/// number that is not finite. Who writes a record, reads it again or reports on it goes through here.
/// </summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true, NewLine = "\n",
    RespectRequiredConstructorParameters = true, Converters = [typeof(FiniteSingle), typeof(FiniteDouble)])]
[JsonSerializable(typeof(RunSummary))]
[JsonSerializable(typeof(RunEnvironment))]
[JsonSerializable(typeof(RunSplit))]
[JsonSerializable(typeof(EvaluationFile))]
[JsonSerializable(typeof(RobustnessFile))]
[JsonSerializable(typeof(RobustnessRecord))]
[JsonSerializable(typeof(RunPredictions))]
[JsonSerializable(typeof(BuildRecord))]
[JsonSerializable(typeof(AblationFile))]
[JsonSerializable(typeof(AblationRecord))]
[JsonSerializable(typeof(LockHolder))]
[JsonSerializable(typeof(RunPlan))]
internal sealed partial class RunRecords : JsonSerializerContext
{
    // A file is no page: what is safe in JSON stands as it is, the plus sign before a commit for one.
    private static RunRecords InFile =>
        field ??= new RunRecords(new JsonSerializerOptions(Default.Options!) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    private static RunRecords OnLine => field ??= new RunRecords(new JsonSerializerOptions(InFile.Options) { WriteIndented = false });

    /// <summary>A record as one line.</summary>
    public static string ToLine<T>(T record) => JsonSerializer.Serialize(record, (JsonTypeInfo<T>)OnLine.GetTypeInfo(typeof(T))!);

    /// <summary>Writes a record whole or not at all.</summary>
    /// <exception cref="RunException">The disk is full or gone.</exception>
    public static void Write<T>(string folder, string name, T record) => FolderFiles.Write(folder, name, file => Write(file, record));

    /// <summary>Writes a record as it stands in its file.</summary>
    public static void Write<T>(Stream file, T record)
    {
        JsonSerializer.Serialize(file, record, TypeOf<T>());
        file.WriteByte((byte)'\n');
    }

    /// <summary>Writes a record as it stands in its file, but none that <see cref="Read"/> would refuse.</summary>
    /// <param name="file">The file.</param>
    /// <param name="record">The record.</param>
    /// <param name="path">Where the file will lie, for the message.</param>
    /// <exception cref="RunException">It holds what cannot be, or is too large.</exception>
    public static void WriteChecked<T>(Stream file, T record, string path)
        where T : class, IRunRecord
    {
        try
        {
            record.Check();
            Write(file, record);
            if (file.Position > T.MostBytes) throw TooLarge(file.Position);
        }
        catch (FormatException error)
        {
            throw new RunException($"The record cannot be kept, it could not be read again: {error.Message}", Path.GetFullPath(path),
                "Name another file, or measure less at once.", error)
            { Setting = "file" };
        }
    }

    /// <summary>Reads a record.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="FormatException">
    /// The file is damaged, too large, or no such record; the message says what is wrong, in the middle of a sentence.
    /// </exception>
    /// <exception cref="RunException">A later version of Pare wrote it in a form that this one does not know.</exception>
    /// <exception cref="IOException">There is no such file, or it cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It must not be read.</exception>
    public static T Read<T>(string path)
        where T : class, IRunRecord
    {
        using FileStream file = Open(path, T.MostBytes);
        try
        {
            T record = JsonSerializer.Deserialize(file, TypeOf<T>()) ?? throw new FormatException("it holds nothing.");
            Checks.That(record.Format > 0 && record.Format <= T.KnownFormat, T.FormatName, "is none that is known");
            record.Check();
            return record;
        }
        catch (Exception error) when (error is FormatException or JsonException or InvalidOperationException or NotSupportedException
            or ArgumentException or OverflowException)
        {
            // What a later version writes may look damaged to this one.
            if (FormatOf(file, T.FormatName) is int format && format > T.KnownFormat)
                throw new RunException(
                    $"This file is of form {format}; this version of Pare, {LibraryVersion.Full}, reads form {T.KnownFormat}.",
                    Path.GetFullPath(path), "Use the version that wrote it, or a later one.", error);
            if (error is FormatException) throw;
            throw new FormatException($"it is damaged or no such record: {error.Message}", error);
        }
    }

    /// <summary>Reads a record; null when there is none, or a damaged one.</summary>
    /// <exception cref="RunException">A later version of Pare wrote it in a form that this one does not know.</exception>
    public static T? TryRead<T>(string path)
        where T : class, IRunRecord
    {
        try
        {
            return File.Exists(path) ? Read<T>(path) : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or FormatException)
        {
            return null;
        }
    }

    /// <summary>Opens a file of a bounded size, which may be written to at the same time.</summary>
    /// <exception cref="FormatException">It is larger, or no file.</exception>
    public static FileStream Open(string path, long most)
    {
        FileStream file = RegularFile.TryOpen(path, FileShare.ReadWrite | FileShare.Delete)
            ?? throw new FormatException("it is a pipe, a socket or a device, and no file.");
        if (file.Length <= most) return file;
        long length = file.Length;
        file.Dispose();
        throw TooLarge(length);
    }

    private static FormatException TooLarge(long bytes) =>
        new($"it has {(bytes + (1 << 20) - 1) >> 20} MB, more than such a file can have.");

    /// <summary>How a record stands in a file.</summary>
    internal static JsonTypeInfo<T> TypeOf<T>() => (JsonTypeInfo<T>)InFile.GetTypeInfo(typeof(T))!;

    private static int? FormatOf(FileStream file, string name)
    {
        try
        {
            file.Position = 0;
            using JsonDocument json = JsonDocument.Parse(file);
            return json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty(name, out JsonElement format)
                && format.ValueKind == JsonValueKind.Number && format.TryGetInt32(out int number) ? number : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
