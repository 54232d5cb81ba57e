using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Pare.Data;
using Pare.Graphs;
using Pare.Training.Schedules;

namespace Pare.Training;

/// <summary>Whether a state is one of the training that is to go on with it.</summary>
internal static class StateCheck
{
    private const int ComparedRates = 16;

    /// <summary>A digest of a graph's structure: names, layers, shapes, and where weights are shared.</summary>
    public static string Digest(Graph graph)
    {
        var text = new StringBuilder();
        foreach (Node node in graph.Nodes)
        {
            text.Append(CultureInfo.InvariantCulture, $"{node.Name}|{node.Description}|{node.Shape}|{node.WeightsOf?.Name}");
            foreach (Node input in node.Inputs) text.Append('|').Append(input.Name);
            foreach (ParameterSpec spec in node.Parameters) text.Append(CultureInfo.InvariantCulture, $"|{spec.Name} {spec.Length}");
            text.Append('\n');
        }

        return Digest(text);
    }

    /// <summary>A digest of what a training sees of its images.</summary>
    public static string Digest(ImageSet images, IndexSplit split, Normalization normalization)
    {
        int[] labels = [.. split.Train.Select(index => images.Labels[index])];
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (int[] numbers in new[] { [images.Channels, images.Height, images.Width, split.Validation.Length], split.Train, labels })
            hash.AppendData(MemoryMarshal.AsBytes<int>(numbers));
        hash.AppendData(MemoryMarshal.AsBytes<float>(normalization.Mean));
        hash.AppendData(MemoryMarshal.AsBytes<float>(normalization.StandardDeviation));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>
    /// A digest of the keys of the techniques that act and of rates all over the run, rounded as other processors may round them.
    /// </summary>
    public static string Digest(TrainingOptions options, Schedule schedule, long steps)
    {
        var text = new StringBuilder();
        foreach (Technique technique in options.Acting<Technique>()) text.Append(technique.Key).Append('|');
        for (int i = 0; i < ComparedRates; i++)
        {
            Rates rates = schedule.At(i * (steps - 1) / ComparedRates, steps);
            text.Append(CultureInfo.InvariantCulture, $"{rates.LearningRate:G4} {rates.Momentum:G4}|");
        }

        return Digest(text);
    }

    /// <summary>Compares what a state says of its training with the one at hand.</summary>
    /// <param name="state">The state.</param>
    /// <param name="own">The training's own, before its first step.</param>
    /// <exception cref="RunException">They differ, or a number of the state contradicts another.</exception>
    public static void Run(TrainingState state, TrainingState own)
    {
        if (state.Version is < 1 or > TrainingState.CurrentVersion)
            throw Misfit($"It is of version {state.Version}, and this library reads up to {TrainingState.CurrentVersion}.");
        if (state.Graph != own.Graph) throw Misfit("Its network has another structure.");
        Same("seed", state.Seed, own.Seed);
        Same("batch size", state.BatchSize, own.BatchSize);
        Same("number of epochs", state.Epochs, own.Epochs);
        Same("number of steps", state.Steps, own.Steps);
        if (IsOther(state.Images, own.Images)) throw Misfit("It is of a training on other images.");
        if (IsOther(state.Settings, own.Settings)) throw Misfit("It is of a training with other techniques or another learning rate.");
        long perEpoch = own.Steps / own.Epochs, begun = state.Step - (state.Metrics.Count * perEpoch);
        if (state.Step < 0 || state.Step > state.Steps || begun < 0 || begun > perEpoch)
            throw Misfit(Invariant($"It has {state.Metrics.Count} finished epochs of {perEpoch} steps, and {state.Step} steps."));
        if (state.Metrics.Index().Any(static row => row.Item.Epoch != row.Index + 1)) throw Misfit("Its epochs are not in their order.");

        // Halves are exact.
        if (state.Restarts.Index().Any(static row => row.Item.RateFactor != Math.Pow(0.5, row.Index + 1)))
            throw Misfit("Its learning rate was not halved each time that it went back.");
    }

    /// <summary>A state that is not one of this training.</summary>
    public static RunException Misfit(string what) => new(what, "the state that the training is to resume from",
        "Resume with the network, images and settings that it was taken with, or train from the beginning.");

    private static string Digest(StringBuilder text) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));

    private static bool IsOther(string? state, string? own) => state is not null && own is not null && state != own;

    private static void Same(string what, long state, long own)
    {
        if (state != own) throw Misfit(Invariant($"Its {what} is {state}, and this training's is {own}."));
    }
}
