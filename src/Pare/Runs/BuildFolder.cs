using System.Globalization;
using System.Text;
using System.Text.Json;
using Pare.Recipes;

namespace Pare.Runs;

/// <summary>
/// The folder of a build: <c>recipe.yaml</c> (with its phases), <c>build.json</c>, <c>results.csv</c>, <c>results.md</c> and a run folder
/// <c>NN-phase/seed-S</c> for each training. One program at a time works in it.
/// </summary>
internal sealed class BuildFolder : IDisposable
{
    public const string BuildFile = "build.json";

    private const string LockFile = ".lock";

    private readonly FileStream _hold;

    private BuildFolder(string location, FileStream hold) => (Location, _hold) = (location, hold);

    /// <summary>The folder, as the user would type it.</summary>
    public string Location { get; }

    /// <summary>Makes the folder, or opens it again.</summary>
    /// <param name="location">Where.</param>
    /// <param name="recipe">The recipe with its phases, as YAML.</param>
    /// <param name="epochsScale">What the epochs are multiplied by.</param>
    /// <param name="dataSource">Where the images come from.</param>
    /// <exception cref="RecipeException">The folder holds another build, or something else.</exception>
    /// <exception cref="RunException">The folder cannot be written, or another program works in it.</exception>
    public static BuildFolder Open(string location, string recipe, double epochsScale, string dataSource)
    {
        string recipeFile = Path.Combine(location, RunFolder.RecipeFile);
        if (File.Exists(location) || (Directory.Exists(location) && !File.Exists(recipeFile) && Directory.EnumerateFileSystemEntries(location).Any(static entry => Path.GetFileName(entry) != LockFile)))
            throw Refused("The folder holds something else already, which is never overwritten.", location);
        FolderFiles.Guard(location, () => Directory.CreateDirectory(location));
        var folder = new BuildFolder(location, Hold(location));
        try
        {
            if (File.Exists(recipeFile)) folder.CheckSame(File.ReadAllText(recipeFile), recipe, epochsScale, dataSource);
            else FolderFiles.WriteText(location, RunFolder.RecipeFile, recipe);
            return folder;
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    /// <summary>The run that a build ends in so far: the first seed of the last phase that was kept.</summary>
    /// <param name="folder">A folder.</param>
    /// <returns>The run's folder, or null where the folder is no build.</returns>
    /// <exception cref="RunException">The build's record cannot be read, or no phase is done.</exception>
    public static string? FinalRun(string folder)
    {
        string path = Path.Combine(folder, BuildFile);
        if (!File.Exists(path)) return null;
        try
        {
            using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(path));
            foreach (JsonElement phase in json.RootElement.GetProperty("phases").EnumerateArray().Reverse())
            {
                if (!phase.TryGetProperty("kept", out JsonElement kept) || kept.GetBoolean()) return Path.Combine([folder, .. phase.GetProperty("runs")[0].GetString()!.Split('/')]);
            }
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or KeyNotFoundException or IOException or UnauthorizedAccessException or IndexOutOfRangeException)
        {
            throw new RunException($"The record of the build cannot be read: {error.Message}", path, "Continue the build with `pare down`, which writes it again.", error);
        }

        throw new RunException("No phase of this build is done.", path, "Continue the build with `pare down`.");
    }

    /// <summary>Where a run of the build lies.</summary>
    /// <param name="run">Such as <c>01-baseline/seed-1</c>.</param>
    public string PathOf(string run) => Path.Combine([Location, .. run.Split('/')]);

    /// <summary>What a training came to; null when it is not finished, or was one of another recipe.</summary>
    public RunSummary? Finished(string run, Recipe recipe)
    {
        string folder = PathOf(run), written = Path.Combine(folder, RunFolder.RecipeFile);
        if (RunSummary.Read(Path.Combine(folder, RunFolder.ResultFile)) is not { } summary || !File.Exists(written)) return null;
        return File.Exists(Path.Combine(folder, RunFolder.ModelFile)) && File.ReadAllText(written) == recipe.ToYaml() ? summary : null;
    }

    /// <summary>The new folder of a training; what an interrupted one left there is removed.</summary>
    public RunFolder Begin(string run, string recipeName, TimeProvider clock)
    {
        string folder = PathOf(run);
        FolderFiles.Guard(folder, () =>
        {
            if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        });
        return RunFolder.Create(folder, recipeName, clock);
    }

    /// <summary>Keeps what the build came to so far.</summary>
    public void Write(BuildRecord record)
    {
        FolderFiles.WriteJson(Location, BuildFile, record.Write);
        FolderFiles.WriteText(Location, "results.csv", ResultsTable.Csv(record));
        FolderFiles.WriteText(Location, "results.md", ResultsTable.Markdown(record));
    }

    /// <summary>Lets others work in the folder.</summary>
    public void Dispose() => _hold.Dispose();

    private static FileStream Hold(string location)
    {
        string path = Path.Combine(location, LockFile);
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new RunException($"The build's folder cannot be used: {error.Message}", Path.GetFullPath(location), "Let the other `pare down` in this folder finish, or choose another folder.", error) { Setting = "folder" };
        }
    }

    private void CheckSame(string written, string recipe, double epochsScale, string dataSource)
    {
        if (written != recipe) throw Refused($"The folder holds a build of another recipe, or of this one before it was changed ({FirstDifference(written, recipe)}).", Path.Combine(Location, RunFolder.RecipeFile));
        (double Scale, string Data)? before = ReadBuild();
        if (before is { } build && build.Scale != epochsScale)
            throw Refused(string.Create(CultureInfo.InvariantCulture, $"The folder holds a build with its epochs scaled by {build.Scale}, not {epochsScale}."), Path.Combine(Location, BuildFile));
        if (before is { } other && other.Data != dataSource)
            throw Refused($"The folder holds a build on other images: {other.Data}, not {dataSource}.", Path.Combine(Location, BuildFile));
    }

    // Null when the build was interrupted before it wrote anything: then there is nothing that could differ.
    private (double Scale, string Data)? ReadBuild()
    {
        string path = Path.Combine(Location, BuildFile);
        if (!File.Exists(path)) return null;
        try
        {
            using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(path));
            return (json.RootElement.GetProperty("epochs_scale").GetDouble(), json.RootElement.GetProperty("environment").GetProperty("data").GetString()!);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw Refused($"The build's record cannot be read: {error.Message}", path, error);
        }
    }

    private static string FirstDifference(string written, string recipe)
    {
        string[] there = written.Split('\n'), here = recipe.Split('\n');
        int line = there.Zip(here).TakeWhile(static pair => pair.First == pair.Second).Count();
        string Line(string[] lines) => line < lines.Length ? lines[line].Trim() : string.Empty;
        return $"line {line + 1}: '{Line(there)}' there, '{Line(here)}' now";
    }

    private static RecipeException Refused(string what, string where, Exception? inner = null) =>
        new(what, Path.GetFullPath(where), "Remove this one, or choose another folder.", inner) { Setting = "folder" };
}
