namespace Pare.Cli.Commands;

/// <summary><c>pare data</c>: what concerns data sets alone.</summary>
internal sealed class DataCommand : CliCommand
{
    public DataCommand(CliConsole console, CancellationToken cancellation)
        : base("data", "Fetches and checks data sets.")
    {
        Add(new DataDownloadCommand(console, cancellation));
        Add(new DataCheckCommand(console, cancellation));
    }
}
