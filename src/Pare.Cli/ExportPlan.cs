using Pare.Export.CSource;

namespace Pare.Cli;

/// <summary>What an export is to write, and where.</summary>
/// <param name="Given">The model, as it was typed.</param>
/// <param name="Forms">What to write it as.</param>
internal sealed record ExportPlan(string Given, IReadOnlyList<string> Forms)
{
    /// <summary>The model's name, without the folder and the ending.</summary>
    public string Name { get; } = NameOf(Given);

    /// <summary>Whether anything is in 8-bit integers.</summary>
    public required bool InIntegers { get; init; }

    /// <summary>Whether C is in 8-bit integers.</summary>
    public required bool IsProgramInIntegers { get; init; }

    /// <summary>Whether the network is first trained on for integers.</summary>
    public required bool IsTuned { get; init; }

    /// <summary>Whether there is a library for the Arduino IDE beside the C program.</summary>
    public required bool Arduino { get; init; }

    /// <summary>The folder that was asked for; null for one beside the model.</summary>
    public required string? Out { get; init; }

    /// <summary>The folder to write to.</summary>
    public string Folder =>
        Out ?? Path.Combine(FolderOf(Given), $"{Name}{(InIntegers ? "-int8" : "")}{(IsTuned ? "-tuned" : "")}-export");

    /// <summary>The recipe that the model was trained by; null if it does not say.</summary>
    public required string? Recipe { get; init; }

    /// <summary>
    /// The name of the C program and of its functions: that of a model's file. A run's folder may have its time in its name, or be called
    /// seed-1: of a folder it is the recipe's, so that code which calls it need not change from run to run.
    /// </summary>
    public string ProgramName => (Recipe is not null && Directory.Exists(Given) ? Recipe : Name) + (IsProgramInIntegers ? "_int8" : "");

    /// <summary>Each form with its file, of C the <c>.c</c> file.</summary>
    public IEnumerable<(string Form, string Path)> Files =>
        Forms.Select(form => (form, Path.Combine(Folder, FileName(form == "c" ? ProgramName : Name, form))));

    /// <summary>The files of the card, to read and for programs; null where there is none.</summary>
    public (string Markdown, string Json)? Card => InIntegers || Forms.Contains("c")
        ? (Path.Combine(Folder, "card.md"), Path.Combine(Folder, "card.json")) : null;

    /// <summary>The file of the network that was trained on; null where none is.</summary>
    public string? Tuned => InIntegers && IsTuned ? Path.Combine(Folder, $"{Name}-tuned.safetensors") : null;

    /// <summary>All files that may be written.</summary>
    public IEnumerable<string> AllFiles =>
    [
        .. Files.SelectMany(file => file.Form == "c" ? ProgramExport.FilesOf(file.Path, Arduino) : [file.Path]),
        .. Card is { } card ? [card.Markdown, card.Json] : Array.Empty<string>(),
        .. Tuned is { } tuned ? [tuned] : Array.Empty<string>(),
    ];

    private static string FileName(string name, string form) => form switch
    {
        "c" => $"{CProgram.NameOf(name)}.c",
        "onnx-int8" => $"{name}-int8.onnx",
        _ => $"{name}.{form}",
    };

    // As it was typed, so that what is printed can be recognized; `.` and the like have no name and no folder of their own.
    private static string FolderOf(string given)
    {
        string path = Path.TrimEndingDirectorySeparator(given);
        return Path.GetDirectoryName(Path.GetFileName(path) is "" or "." or ".." ? Path.GetFullPath(path) : path) ?? "";
    }

    private static string NameOf(string given)
    {
        string name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(given)));
        return Directory.Exists(given) || !Path.HasExtension(name) ? name : Path.GetFileNameWithoutExtension(name);
    }
}
