namespace Pare.Cli.Commands;

/// <summary><c>pare submit</c>: hands the runs of a plan to a scheduler.</summary>
internal sealed class SubmitCommand : CliCommand
{
    public SubmitCommand(CliConsole console)
        : base("submit", "Hands the runs of a plan to a cluster's scheduler.")
    {
        Add(new SubmitSlurmCommand(console));
        Add(new SubmitKubernetesCommand(console));
    }
}
