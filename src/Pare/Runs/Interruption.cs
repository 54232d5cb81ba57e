using Pare.Data;
using Pare.Graphs;
using Pare.Kernels;
using Pare.Recipes;

namespace Pare.Runs;

/// <summary>What an interrupted training left, held against the one that is to go on.</summary>
/// <param name="Checkpoint">Where it can go on; null where it begins anew.</param>
/// <param name="Obstacle">Why it cannot go on there, in one sentence; null when it can.</param>
/// <param name="Note">What one should know; null for nothing.</param>
internal sealed record Interruption(Checkpoint? Checkpoint, string? Obstacle, string? Note)
{
    /// <summary>Whether nothing is there that any training could go on from.</summary>
    public bool IsLost { get; init; }

    /// <summary>Looks at what lies in a run's folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="recipe">What is to be trained.</param>
    /// <param name="data">On which images.</param>
    /// <param name="initialWeights">Which first weights are asked for; null for none in particular.</param>
    /// <param name="sameTeacher">
    /// Whether two different names are those of the same teacher, beside those of which the recorded digest tells it.
    /// </param>
    public static Interruption In(string folder, Recipe recipe, DataIdentity data, string? initialWeights,
        Func<string, string, bool>? sameTeacher = null)
    {
        string written = Path.Combine(folder, RunFolder.RecipeFile);
        var environment = RunEnvironment.Read(Path.Combine(folder, RunFolder.EnvironmentFile));
        Interruption found = Of(new CheckpointFiles(folder), recipe, data, initialWeights, sameTeacher);
        if (found.Obstacle is not null || found.Checkpoint is not null) return found;
        if (File.Exists(Path.Combine(folder, RunFolder.ModelFile)))
            return found with { Obstacle = found.Note ?? "It has weights, but no checkpoint to resume from.", IsLost = true };
        string? other = !File.Exists(written) ? null
            : Difference(RegularFile.ReadText(written, RecipeYaml.MaxLength) ?? "", written, recipe,
                TeacherIdentity.Same(recipe, environment?.Teacher, sameTeacher));
        other ??= environment is null ? null
            : data.Against(environment.Data, "It was begun") ?? TeacherIdentity.Against(recipe, environment.Teacher, "It was begun");
        return found with { Obstacle = other ?? (environment is null ? null : OtherWeights(environment.InitialWeights, initialWeights)) };
    }

    /// <summary>Looks at checkpoints.</summary>
    /// <inheritdoc cref="In"/>
    public static Interruption Of(CheckpointFiles files, Recipe recipe, DataIdentity data, string? initialWeights = null,
        Func<string, string, bool>? sameTeacher = null)
    {
        if (files.Read(Cost.Of(recipe.Graph).Parameters, out string? note) is not { } checkpoint) return new Interruption(null, null, note);
        CheckpointOrigin origin = checkpoint.Origin;
        string? obstacle = Difference(origin.Recipe, files.Newest, recipe, TeacherIdentity.Same(recipe, origin.Teacher, sameTeacher))
            ?? data.Against(new DataIdentity(origin.Data, origin.DataFingerprint), "It was begun")
            ?? TeacherIdentity.Against(recipe, origin.Teacher, "It was begun");
        return new Interruption(checkpoint, obstacle ?? OtherWeights(origin.InitialWeights, initialWeights), note);
    }

    /// <summary>Refuses to go on with instructions that give other bytes, unless that was accepted.</summary>
    /// <exception cref="RecipeException">The checkpoint was computed with others.</exception>
    public void CheckInstructions(string where, RunSettings settings)
    {
        if (Checkpoint is not { Origin.InstructionSet: var before } || before == Simd.InstructionSet || settings.AcceptOtherWidth) return;
        throw new RecipeException(
            $"The checkpoint was computed with {before}, and this machine computes with {Simd.InstructionSet}: the run would not end " +
            "with the bytes of an uninterrupted one.", Path.GetFullPath(where),
            "Resume it on a machine like the first, or accept other bytes.")
        { Setting = "acceptOtherWidth" };
    }

    private static string? OtherWeights(string? before, string? now) =>
        now is null || InitialWeights.AreSame(before, now) ? null
            : $"It was begun with other weights: {before ?? "random ones"}, not {now}.";

    private static string? Difference(string yaml, string where, Recipe recipe, Func<string, string, bool> sameTeacher)
    {
        try
        {
            return RecipeDifference.First(Recipe.Parse(yaml, where), recipe, sameTeacher) is { } difference
                ? $"It was begun with another recipe: {difference}." : null;
        }
        catch (RecipeException error)
        {
            return $"Its recipe cannot be read: {error.Message}";
        }
    }
}
