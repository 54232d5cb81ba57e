using System.CommandLine;
using Pare.Data;
using Pare.Recipes;
using Pare.Runs;
using Pare.Training;
using Pare.Training.Preview;

namespace Pare.Cli.Commands;

/// <summary><c>pare data show</c>: a picture of the images that a recipe trains on, as the network gets them.</summary>
internal sealed class DataShowCommand : CliCommand
{
    private const int DefaultCount = 32;
    private const int MostImages = 1024;

    private readonly CliConsole _console;
    private readonly CancellationToken _cancellation;
    private readonly Argument<string> _recipe = CommonOptions.Recipe();
    private readonly Option<string?> _data = CommonOptions.Data();
    private readonly Option<string[]> _set = CommonOptions.Set();
    private readonly Option<string?> _phase = CommonOptions.Phase();
    private readonly Option<int?> _seed =
        CommonOptions.WholeNumber("--seed", 0, "The seed of order and augmentation. Default: the recipe's.");
    private readonly Option<int?> _count =
        CommonOptions.WholeNumber("--count", 1, "Number of images to show, up to 1024. Default: 32.", MostImages);
    private readonly Option<string?> _out =
        new("--out") { HelpName = "FILE", Description = "The PNG file to write. Default: <recipe>.png; an old PNG file is replaced." };

    public DataShowCommand(CliConsole console, CancellationToken cancellation)
        : base("show", "Draws the first training images of a recipe as a PNG, augmented as the network gets them.")
    {
        (_console, _cancellation) = (console, cancellation);
        Add(_recipe);
        AddOptions(_data, _phase, _set, _seed, _count, _out);
        Examples =
        [
            ("pare data show mnist", null),
            ("pare data show cifar10 --set techniques.mixup=0.2 --out mixup.png", "what Mixup does to it"),
        ];
        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        Messages messages = _console.Messages(json: false);
        Recipe recipe = RecipeInputs.Open(parsed.GetRequiredValue(_recipe), parsed.GetValue(_set) ?? [], parsed.GetValue(_phase));
        RecipeInputs.ShowPhase(messages, recipe, parsed.GetValue(_phase));
        TrainingOptions options = parsed.GetValue(_seed) is int seed ? recipe.Training with { Seed = seed } : recipe.Training;
        Dataset data = RecipeInputs.Load(recipe, parsed.GetValue(_data), parsed.GetRequiredValue(_recipe), messages, _cancellation);
        string path = parsed.GetValue(_out) ?? $"{RunFolder.NameAfter(recipe.Name)}.png";
        int shown = ContactSheet.Save(path, data, options, parsed.GetValue(_count) ?? DefaultCount);
        string[] techniques =
            [.. options.Techniques.OfType<Augmentation.DataTechnique>().Where(static technique => technique.Acts)
            .Select(static technique => technique.Key)];
        messages.Fact("images", $"{Amounts.Count(shown)}, {(techniques.Length == 0 ? "not augmented" : string.Join(", ", techniques))}");
        messages.Exact("picture", path);
        return ExitCode.Done;
    }
}
