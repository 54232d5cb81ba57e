using System.CommandLine;

namespace Pare.Cli;

/// <summary>A command that shows in its help how it is used.</summary>
internal class CliCommand(string name, string description) : Command(name, description)
{
    /// <summary>Lines to copy, each with what it does.</summary>
    public IReadOnlyList<(string Line, string? Meaning)> Examples { get; init; } = [];
}
