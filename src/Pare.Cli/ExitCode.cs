namespace Pare.Cli;

/// <summary>What the command tells its caller.</summary>
internal static class ExitCode
{
    public const int Done = 0;
    public const int Failed = 1;
    public const int Usage = 2;
    public const int Data = 3;
    public const int TargetMissed = 4;
    public const int HungUp = 129;
    public const int Interrupted = 130;
    public const int Terminated = 143;
}
