using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Pare.Runs;

namespace Pare.Ablation;

/// <summary>
/// The folder of an ablation: a file a finished run below <c>runs/</c>, written whole, and the table as <c>ablation.csv</c>, <c>ablation.md</c>
/// and <c>ablation.json</c>. An ablation that is started again in its folder goes on after the runs that it holds.
/// </summary>
public sealed class AblationFolder
{
    private const int LongestName = 100;
    private const string RunsFolder = "runs";

    private AblationFolder(string location) => Location = location;

    /// <summary>The folder, as the user would type it.</summary>
    public string Location { get; }

    /// <summary>Makes the folder, or opens that of an ablation that was begun.</summary>
    /// <param name="location">Where; new, empty, or the folder of an ablation. Null for <c>runs/&lt;recipe&gt;-ablation-&lt;date&gt;-&lt;time&gt;</c>.</param>
    /// <param name="recipeName">The recipe's name.</param>
    /// <param name="clock">Gives date and time, in local time.</param>
    /// <exception cref="RecipeException"><paramref name="location"/> holds something else.</exception>
    /// <exception cref="RunException">The folder cannot be made.</exception>
    public static AblationFolder Open(string? location, string recipeName, TimeProvider clock)
    {
        string folder = location ?? Path.Combine("runs", FolderFiles.Name($"{recipeName}-ablation", clock));
        string runs = Path.Combine(folder, RunsFolder);
        bool taken = !Directory.Exists(runs) && (File.Exists(folder) || (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any()));
        if (taken) throw new RecipeException("The folder holds something that is not an ablation.", Path.GetFullPath(folder), "Choose a new folder, or leave it to be named by the recipe.") { Setting = "folder" };
        FolderFiles.Guard(folder, () => Directory.CreateDirectory(runs));
        return new AblationFolder(folder);
    }

    /// <summary>The finished run of a row and seed; null when it is still to be done.</summary>
    /// <param name="row">The row.</param>
    /// <param name="seed">The seed.</param>
    /// <param name="recipe">The resolved recipe that the run trains.</param>
    /// <param name="data">Where the images come from.</param>
    /// <exception cref="RecipeException">The folder's run was trained with another recipe or on other images, or its file is damaged.</exception>
    public AblationRun? Read(AblationRow row, int seed, string recipe, string data)
    {
        string path = Path.Combine(Location, RunsFolder, FileName(row, seed));
        if (!File.Exists(path)) return null;
        try
        {
            using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(path));
            string was = json.RootElement.GetProperty("recipe").GetString()!, from = json.RootElement.GetProperty("data").GetString()!;
            if (was != recipe) throw Changed(path, $"The recipe has changed since this run of '{row.Name}' was trained: {Difference(was, recipe)}.");
            if (from != data) throw Changed(path, $"This run of '{row.Name}' was trained on other images: {from}, not {data}.");
            return AblationRun.Read(json.RootElement.GetProperty("run"));
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new RecipeException("This file is not a finished run of an ablation.", Path.GetFullPath(path), "Delete it, and the run is trained again.", error);
        }
    }

    /// <summary>Keeps a finished run.</summary>
    /// <exception cref="RunException">The disk is full or gone.</exception>
    public void Write(AblationRow row, AblationRun run, string recipe, string data) =>
        FolderFiles.WriteJson(Path.Combine(Location, RunsFolder), FileName(row, run.Seed), json =>
        {
            json.WriteString("row", row.Name);
            json.WriteString("data", data);
            json.WriteStartObject("run");
            run.Write(json);
            json.WriteEndObject();
            json.WriteString("recipe", recipe);
        });

    /// <summary>Writes the table in its three forms.</summary>
    /// <exception cref="RunException">The disk is full or gone.</exception>
    public void Write(AblationTable table)
    {
        FolderFiles.WriteText(Location, "ablation.csv", table.ToCsv());
        FolderFiles.WriteText(Location, "ablation.md", table.ToMarkdown());
        FolderFiles.WriteJson(Location, "ablation.json", table.Write);
    }

    // A row that sets a whole list of layers has a name longer than a file's may be: its end is replaced by a hash of the whole.
    private static string FileName(AblationRow row, int seed)
    {
        string name = FolderFiles.FileName(row.Name);
        if (name.Length > LongestName) name = $"{name[..LongestName]}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(row.Name)))[..8]}";
        return string.Create(CultureInfo.InvariantCulture, $"{name}-seed-{seed}.json");
    }

    private static RecipeException Changed(string path, string what) =>
        new(what, Path.GetFullPath(path), "Go back to what the folder was begun with, or choose a new folder.") { Setting = "folder" };

    // The first line that is not the same.
    private static string Difference(string before, string now)
    {
        string[] old = before.Split('\n'), lines = now.Split('\n');
        int at = 0;
        while (at < old.Length - 1 && at < lines.Length - 1 && old[at] == lines[at]) at++;
        return $"'{old[at].Trim()}' is now '{lines[at].Trim()}'";
    }
}
