using System.CommandLine;
using System.Text.Json;
using Pare.Data;
using Pare.Recipes;

namespace Pare.Cli.Commands;

/// <summary><c>pare init</c>: looks at pictures and writes a first recipe for them.</summary>
internal sealed class InitCommand : CliCommand
{
    private readonly CliConsole _console;
    private readonly CancellationToken _cancellation;
    private readonly Argument<string> _photos =
        new("PHOTOS") { Description = "Your pictures: a folder or an archive with one folder per class." };
    private readonly Option<double?> _minutes =
        CommonOptions.PositiveNumber("--minutes", "How many minutes the training may take on this machine. Default: 5.", 100_000);
    private readonly Option<bool> _phases =
        new("--phases") { Description = "Writes a recipe with phases, from a plain network down to a small one, for `pare down`." };
    private readonly Option<string?> _out =
        new("--out")
        {
            HelpName = "FILE",
            Description = "The recipe's file. Default: the pictures' name with .yaml, in the current folder.",
        };
    private readonly Option<int?> _threads = CommonOptions.Threads();
    private readonly Option<bool> _json = CommonOptions.Json();

    public InitCommand(CliConsole console, CancellationToken cancellation)
        : base("init", "Looks at your pictures and writes a first recipe for them, with comments.")
    {
        (_console, _cancellation) = (console, cancellation);
        Add(_photos);
        AddOptions(_minutes, _phases, _out, _threads, _json);
        Examples =
            [("pare init photos", "writes photos.yaml"),
            ("pare init photos.zip --minutes 30 --phases --out my.yaml", "a build to pare down, half an hour in all")];
        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        bool json = parsed.GetValue(_json), phases = parsed.GetValue(_phases);
        Messages messages = _console.Messages(json);
        string photos = parsed.GetRequiredValue(_photos), name = ImageFolder.NameOf(photos);
        if (name.Length == 0) name = "photos";
        string path = parsed.GetValue(_out) ?? name + ".yaml";
        ProposedRecipe.CheckIsFree(path);
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is string folder && !Directory.Exists(folder))
            throw new RecipeException("The folder for the recipe does not exist.", folder,
                "Make it, or name a file somewhere else with --out FILE.");

        DataSource source = DatasetLoader.Find("folder", new DataLocations { Given = photos }, _cancellation);
        if (source.Kind != DataKind.ImageFolder)
            throw new RecipeException("These are not pictures in folders: a recipe for them is there already.", photos,
                source.Kind == DataKind.Glyphs ? $"Type `pare train {Glyphs.Name}`."
                    : $"Type `pare train {(source.Kind == DataKind.Mnist ? "mnist" : "cifar10")} --data {CommandLine.Quoted(photos)}`.");
        messages.Exact("pictures", source.Path);
        var glance = DatasetGlance.Of(source, _cancellation);
        Describe(messages, glance);
        var options = new ProposalOptions
        {
            Minutes = parsed.GetValue(_minutes) ?? 5,
            Phases = phases,
            Threads = parsed.GetValue(_threads) ?? Environment.ProcessorCount,
            DatasetPath = PathFor(source.Path, path),
            Name = name,
            Clock = _console.Clock,
        };
        var recipe = ProposedRecipe.For(glance, options, _cancellation);
        recipe.Save(path);
        messages.Line();
        foreach (Choice choice in recipe.Choices) messages.Fact(choice.What, $"{choice.Taken}: {choice.Why}", choice.Taken);
        string next = $"pare {(phases ? "down" : "train")} {CommandLine.Quoted(path)}";
        messages.Line();
        messages.Exact("written", path);
        messages.Exact("look", $"pare data show {CommandLine.Quoted(path)}");
        messages.Exact("next", next);
        if (phases && recipe.HasValidation) messages.Exact("or", next + " --auto   # undoes what does not pay");
        if (json) JsonOutput.WriteObject(_console.Out, writer => Write(writer, path, glance, recipe, next));
        return ExitCode.Done;
    }

    private static void Describe(Messages messages, DatasetGlance glance)
    {
        int least = glance.Classes.Min(static count => count.Train), most = glance.Classes.Max(static count => count.Train);
        string test = glance.HasTest ? $", {Amounts.Count(glance.Classes.Sum(static count => count.Test))} for testing" : "";
        messages.Fact("images",
            $"{Amounts.Count(glance.TrainingImages)}{test}, {Amounts.Count(glance.Classes.Count)} classes of " +
            $"{(least == most ? Amounts.Count(least) : $"{Amounts.Count(least)} to {Amounts.Count(most)}")}, " +
            $"{(glance.HasColour ? "in colour" : "grey")}, {Sizes(glance)}");
        foreach (string note in glance.Notes) messages.Fact("note", note);
        foreach (UnreadableFile file in glance.Unreadable.Take(3))
            messages.Fact("note", $"{file.Path} does not decode: {file.Reason}; `pare data check` names all such files");
        UnevenClasses.Note(messages, glance.Classes);
        if (least < 20)
            messages.Fact("note",
                $"a class has only {Amounts.Count(least, "picture")}: one test picture more or less that is right changes its accuracy " +
                "much; have 100 or more per class");
        if (least == 1 && !glance.HasTest)
            messages.Fact("note", "a class with a single picture is not tested: its picture is trained on");
    }

    private static string Sizes(DatasetGlance glance)
    {
        (int Width, int Height) small = glance.Sizes.MinBy(static size => (long)size.Width * size.Height),
            large = glance.Sizes.MaxBy(static size => (long)size.Width * size.Height);
        return small == large ? $"{small.Width}x{small.Height} pixels"
            : $"{small.Width}x{small.Height} to {large.Width}x{large.Height} pixels";
    }

    // From the recipe's folder where the pictures lie at or below it, so that both can be moved together.
    private static string PathFor(string pictures, string recipe)
    {
        string whole = Path.GetFullPath(pictures), relative = Path.GetRelativePath(Path.GetDirectoryName(Path.GetFullPath(recipe))!, whole);
        return relative.StartsWith("..", StringComparison.Ordinal) ? whole : relative;
    }

    private static void Write(Utf8JsonWriter json, string path, DatasetGlance glance, ProposedRecipe recipe, string next)
    {
        json.WriteString("recipe", path);
        json.WriteNumber("images", glance.TrainingImages);
        JsonOutput.WriteClasses(json, glance.Classes);
        JsonOutput.WriteArray(json, "choices", recipe.Choices, choice =>
        {
            json.WriteString("what", choice.What);
            json.WriteString("taken", choice.Taken);
            json.WriteString("why", choice.Why);
        });
        json.WriteString("next", next);
    }
}
