using System.Text;
using Pare.Export.CSource;
using Pare.Inference;

namespace Pare.Cli;

/// <summary>The C program of an export: its files, what it was measured to take, whether a board has that.</summary>
internal sealed class ProgramExport
{
    private readonly CProgram _program;
    private readonly CMeasurement _measured;
    private readonly ExportCard _card;
    private readonly string[] _files;

    private ProgramExport(CProgram program, CMeasurement measured, ExportCard card, string[] files) =>
        (_program, _measured, _card, _files) = (program, measured, card, files);

    /// <summary>Writes the files, runs the program over the images and measures it.</summary>
    /// <exception cref="RunException">A file is there already or cannot be written, or the program does not do its work.</exception>
    public static ProgramExport Write(Model model, ExportProof proof, string path, string name, bool arduino,
        CancellationToken cancellation)
    {
        string folder = Path.GetDirectoryName(path)!;
        var program = CProgram.Of(model.Graph,
            new CSourceOptions { Name = name, Origin = model.Origin, Tests = proof.TestVectors(model) });
        var files = program.Files.ToDictionary(static file => file.Key, static file => Encoding.UTF8.GetBytes(file.Value));
        if (arduino) files[$"{program.Name}-arduino.zip"] = program.Arduino();
        foreach (string file in files.Keys.Concat(["card.md", "card.json"]))
        {
            if (Path.Exists(Path.Combine(folder, file)))
                throw new RecipeException("There is a file of this name already; nothing is written over.",
                    Path.GetFullPath(Path.Combine(folder, file)), "Name another folder with --out FOLDER, or move the file away.");
        }

        foreach ((string file, byte[] content) in files) Save(Path.Combine(folder, file), content);
        List<string> notChecked = [];
        if (proof.Add(program, path, cancellation: cancellation) is null)
            notChecked.Add("the program itself, on this machine: there is no C compiler (gcc, clang or cc)");
        var measured = CMeasurement.Of(program, cancellation);
        var card = new ExportCard(model, proof, program, measured, notChecked);
        Save(Path.Combine(folder, "card.md"), Encoding.UTF8.GetBytes(card.Markdown()));
        Save(Path.Combine(folder, "card.json"), card.Json());
        return new ProgramExport(program, measured, card,
            [.. files.Keys.Concat(["card.md", "card.json"]).Select(file => Path.Combine(folder, file))]);
    }

    /// <summary>Says what the program takes and what was not checked.</summary>
    public void Show(Messages messages)
    {
        messages.Line();
        foreach (string line in _program.ArenaMap.Split('\n', StringSplitOptions.RemoveEmptyEntries)) messages.Exact("arena", line);
        foreach ((string name, string value) in _card.Facts()) messages.Fact(name, value);
        foreach (string missing in _card.Unchecked) messages.Fact("note", $"not checked: {missing}");
        foreach (string file in _files.Skip(1)) messages.Exact("written", file);
    }

    /// <summary>What the program takes too much of; null where it fits.</summary>
    /// <param name="fits">The limits as they were written.</param>
    /// <param name="maxArena">KB of the arena.</param>
    /// <exception cref="RunException">What was asked for cannot be measured here.</exception>
    public string? Exceeds(string? fits, double? maxArena)
    {
        if (_program.ArenaBytes > maxArena * 1024)
            return $"The arena takes {Amounts.Count(_program.ArenaBytes)} bytes, and {maxArena} KB are allowed.";
        if (fits is null || BoardLimits.Parse(fits) is not { } limits) return null;
        if (_measured is not { FlashBytes: int flash, StaticBytes: int memory, StackBytes: int stack })
            throw new RunException("Whether the program fits cannot be measured here: there is no arm-none-eabi-gcc.", _files[0],
                "Install it (Debian: gcc-arm-none-eabi), or export without --fits.");
        long ram = memory + stack;
        if (flash > limits.Flash)
            return $"The program takes {Amounts.Count(flash)} bytes of flash, and {Amounts.Count(limits.Flash.Value)} are allowed.";
        return ram > limits.Ram
            ? $"The program takes {Amounts.Count(ram)} bytes of memory, stack included, and {Amounts.Count(limits.Ram.Value)} are allowed."
            : null;
    }

    private static void Save(string path, byte[] content)
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
