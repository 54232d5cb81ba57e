namespace Pare.Training;

/// <summary>
/// What a training's step remembers, by name: now, and at the beginning of the epoch, where a training that diverges goes back.
/// </summary>
/// <param name="step">The step.</param>
internal sealed class StepValues(TrainingStep step)
{
    private const string EpochStart = "epoch_start.";

    private StateWriter? _epochStart;

    /// <summary>Keeps what is remembered now as that of the epoch's beginning.</summary>
    public void BeginEpoch() => _epochStart = Now();

    /// <summary>Goes back to the epoch's beginning.</summary>
    public void GoBack() => Restore(_epochStart!.Arrays, _epochStart.Counters);

    /// <summary>Puts a copy into a state.</summary>
    /// <param name="state">The state.</param>
    /// <param name="withEpochStart">Whether what the epoch began with may be needed again.</param>
    public TrainingState Into(TrainingState state, bool withEpochStart)
    {
        StateWriter now = Now();
        if (withEpochStart)
        {
            foreach ((string name, float[] values) in _epochStart!.Arrays) now.Arrays.Add(EpochStart + name, values);
            foreach ((string name, long value) in _epochStart.Counters) now.Counters.Add(EpochStart + name, value);
        }

        return state with { Arrays = now.Arrays, Counters = now.Counters };
    }

    /// <summary>Goes on from a state.</summary>
    /// <param name="state">The state.</param>
    /// <param name="withEpochStart">Whether it must have what the epoch began with.</param>
    /// <exception cref="RunException">Something is missing or left over.</exception>
    public void GoOn(TrainingState state, bool withEpochStart)
    {
        if (!withEpochStart)
        {
            Restore(state.Arrays, state.Counters);
            return;
        }

        if (!state.Arrays.Keys.Any(IsOfEpochStart))
            throw StateCheck.Misfit("It does not have what the epoch began with, where this training goes back when it diverges.");
        Restore(Part(state.Arrays, ofEpochStart: true), Part(state.Counters, ofEpochStart: true));
        BeginEpoch();
        Restore(Part(state.Arrays, ofEpochStart: false), Part(state.Counters, ofEpochStart: false));
    }

    private static bool IsOfEpochStart(string name) => name.StartsWith(EpochStart, StringComparison.Ordinal);

    private static Dictionary<string, T> Part<T>(IReadOnlyDictionary<string, T> all, bool ofEpochStart) =>
        all.Where(pair => IsOfEpochStart(pair.Key) == ofEpochStart)
            .ToDictionary(pair => ofEpochStart ? pair.Key[EpochStart.Length..] : pair.Key, static pair => pair.Value);

    private StateWriter Now()
    {
        var now = new StateWriter();
        step.Exchange(now);
        return now;
    }

    private void Restore(IReadOnlyDictionary<string, float[]> arrays, IReadOnlyDictionary<string, long> counters)
    {
        var reader = new StateReader(arrays, counters);
        step.Exchange(reader);
        reader.End();
    }
}
