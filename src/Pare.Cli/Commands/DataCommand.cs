namespace Pare.Cli.Commands;

/// <summary><c>pare data</c>: what concerns data sets alone.</summary>
internal sealed class DataCommand : CliCommand
{
    public DataCommand(CliConsole console, CancellationToken cancellation)
        : base("data", "Fetches, checks and shows data sets, and keeps decoded images.")
    {
        Add(new DataDownloadCommand(console, cancellation));
        Add(new DataCheckCommand(console, cancellation));
        Add(new DataShowCommand(console, cancellation));
        Add(new DataCacheCommand(console));
    }
}
