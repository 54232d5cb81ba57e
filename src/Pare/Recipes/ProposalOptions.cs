namespace Pare.Recipes;

/// <summary>What a first recipe is to be for.</summary>
public sealed record ProposalOptions
{
    /// <summary>Minutes that the training may take on this machine, above 0.</summary>
    public double Minutes { get; init; } = 5;

    /// <summary>Whether it is a build of phases, from a plain network down to a small one; otherwise one network.</summary>
    public bool Phases { get; init; }

    /// <summary>Threads that will compute.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Where the images lie, as the recipe is to say it.</summary>
    public required string DatasetPath { get; init; }

    /// <summary>The recipe's name.</summary>
    public required string Name { get; init; }

    /// <summary>Times the first steps.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}
