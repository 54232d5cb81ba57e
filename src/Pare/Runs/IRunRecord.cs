namespace Pare.Runs;

/// <summary>What stands in a file of a run's, a build's or an ablation's folder.</summary>
internal interface IRunRecord
{
    /// <summary>The most bytes of its file.</summary>
    static virtual long MostBytes => 16 << 20;

    /// <summary>What the number of the file's form is called in it.</summary>
    static virtual string FormatName => "format";

    /// <summary>The highest form that this version reads.</summary>
    static virtual int KnownFormat => 1;

    /// <summary>
    /// What the file's names and numbers mean, counted up where an earlier version would misread them; files without a number are of form
    /// 1.
    /// </summary>
    int Format => 1;

    /// <summary>Holds what was read against what can be: a foreign file may have the right names.</summary>
    /// <exception cref="FormatException">A value cannot be; the message names it.</exception>
    void Check();
}
