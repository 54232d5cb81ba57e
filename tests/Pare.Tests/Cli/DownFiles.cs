using System.Text.RegularExpressions;
using Pare.Recipes;
using Pare.Runs;

namespace Pare.Tests.Cli;

/// <summary>A recipe of three phases that train in a moment.</summary>
internal sealed partial class DownFiles : IDisposable
{
    public const string RecipeText = """
        name: paring
        description: rows and columns
        dataset: { name: mnist }
        model:
          input: 1x8x8
          layers:
            - conv: { channels: 8, stride: 2 }
            - batch_norm
            - relu
            - flatten
            - linear: 10
        training: { epochs: 4, batch_size: 20, validation: 0.2 }
        phases:
          - wide: { target: everything }
          - narrow:
              target: half the channels
              set:
                model:
                  layers:
                    - conv: { channels: 4, stride: 2 }
                    - batch_norm
                    - relu
                    - flatten
                    - linear: 10
          - smooth:
              set: { techniques: { label_smoothing: 0.1 } }
        """;

    public DownFiles() => Recipe = Files.Write("paring.yaml", RecipeText);

    public CliData Files { get; } = new();

    public string Recipe { get; }

    public string Out => Files.Folder["build"];

    public string Build(string? folder = null) =>
        Seconds().Replace(File.ReadAllText(Path.Combine(folder ?? Out, BuildFolder.BuildFile)), "\"seconds\": 0");

    public void Dispose() => Files.Dispose();

    [GeneratedRegex("\"seconds\": [0-9.]+")]
    private static partial Regex Seconds();
}
