namespace Pare.Export.CSource;

/// <summary>How a tool of the machine ended.</summary>
/// <param name="ExitCode">Its exit code.</param>
/// <param name="Output">What it wrote to its output.</param>
/// <param name="Error">What it wrote to its error stream.</param>
internal sealed record ToolResult(int ExitCode, byte[] Output, string Error)
{
    /// <summary>The line of its messages that says what is wrong.</summary>
    public string FirstError => Error.Split('\n').FirstOrDefault(static line => line.Contains("error", StringComparison.OrdinalIgnoreCase))
        ?? Error.Split('\n')[0];

    /// <summary>The output as text.</summary>
    public string Text => System.Text.Encoding.UTF8.GetString(Output);
}
