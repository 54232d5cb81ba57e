namespace Pare.Training;

/// <summary>
/// Ends a training whose loss and accuracy on the validation split have not become better for some epochs. It remembers nothing: what the
/// epochs measured tells it all, so a training that goes on ends where it would have.
/// </summary>
/// <param name="patience">So many epochs, 1 or more.</param>
internal sealed class EarlyStop(int patience) : ITrainingCallback
{
    /// <summary>Epochs since the last that had a lower loss or a higher accuracy than all before it.</summary>
    public static int Since(IReadOnlyList<EpochMetrics> epochs)
    {
        float loss = float.PositiveInfinity, accuracy = float.NegativeInfinity;
        int since = 0;
        foreach (EpochMetrics epoch in epochs)
        {
            since = epoch.ValidationLoss < loss || epoch.ValidationAccuracy > accuracy ? 0 : since + 1;
            loss = Math.Min(loss, epoch.ValidationLoss ?? loss);
            accuracy = Math.Max(accuracy, epoch.ValidationAccuracy ?? accuracy);
        }

        return since;
    }

    public void BeforeRun(TrainingSession session) => Judge(session);

    public void AfterEpoch(TrainingSession session, EpochMetrics epoch) => Judge(session);

    private void Judge(TrainingSession session)
    {
        if (Since(session.Metrics) < patience) return;
        session.Stop(
            Invariant($"no lower loss and no higher accuracy on the validation images in {patience} epoch{(patience == 1 ? "" : "s")}"));
    }
}
