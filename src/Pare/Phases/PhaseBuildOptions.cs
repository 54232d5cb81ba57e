using Pare.Recipes;
using Pare.Runs;

namespace Pare.Phases;

/// <summary>How a build is run.</summary>
public sealed record PhaseBuildOptions
{
    /// <summary>The build's folder: new, empty, or that of the same build, which is then continued.</summary>
    public required string Folder { get; init; }

    /// <summary>Trainings a phase; the first has the recipe's seed, each other the next number.</summary>
    public int Seeds { get; init; } = 1;

    /// <summary>The first phase to train; null for the first of all. Those before it count if they are in the folder.</summary>
    public string? From { get; init; }

    /// <summary>The only phase to train; null for all.</summary>
    public string? Only { get; init; }

    /// <summary>What each phase's epochs are multiplied by, for a quick look.</summary>
    public double EpochsScale { get; init; } = 1;

    /// <summary>Whether a phase that costs more than it saves is undone.</summary>
    public bool Auto { get; init; }

    /// <summary>Threads to compute with; the result is the same with any number.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>The command line for the record, program first.</summary>
    public IReadOnlyList<string> CommandLine { get; init; } = [];

    /// <summary>How each training is kept and goes on.</summary>
    public RunSettings Runs { get; init; } = new();

    /// <summary>Gives the date and time for the record.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Whether a phase is to be trained where it is not in the folder.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="phase">One of its phases.</param>
    /// <exception cref="RecipeException"><see cref="From"/> is none of them.</exception>
    public bool Wants(PhasedRecipe recipe, Phase phase) =>
        (Only is null || phase.Name == Only) && (From is null || phase.Number >= recipe.Find(From).Number);
}
