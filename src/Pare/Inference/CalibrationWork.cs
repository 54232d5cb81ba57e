namespace Pare.Inference;

/// <summary>Counts the images of a calibration, on any number of threads.</summary>
/// <param name="total">Images that will be run through a network.</param>
/// <param name="progress">Told now and then; null for nobody.</param>
internal sealed class CalibrationWork(long total, IProgress<CalibrationProgress>? progress)
{
    private const int Every = 16;

    private readonly Lock _telling = new();
    private long _done;
    private string _doing = "";

    /// <summary>What is done from now on.</summary>
    public void Begin(string doing) => _doing = doing;

    /// <summary>One more image. What is told never goes back, from whatever threads.</summary>
    public void Done()
    {
        lock (_telling)
        {
            if (++_done % Every == 0) progress?.Report(new CalibrationProgress(_doing, _done, total));
        }
    }
}
