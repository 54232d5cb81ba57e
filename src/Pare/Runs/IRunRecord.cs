namespace Pare.Runs;

/// <summary>What stands in a file of a run's, a build's or an ablation's folder.</summary>
internal interface IRunRecord
{
    /// <summary>The most bytes of its file.</summary>
    static virtual long MostBytes => 16 << 20;

    /// <summary>Holds what was read against what can be: a foreign file may have the right names.</summary>
    /// <exception cref="FormatException">A value cannot be; the message names it.</exception>
    void Check();
}
