using System.Text;
using Pare.Cli;

namespace Pare.Tests.Cli;

public sealed class StandardWriterTests
{
    [Fact]
    public void A_result_that_cannot_be_written_is_a_failure_in_three_lines()
    {
        (int code, string error) = Run(new StandardWriter(new FullWriter()), "recipe", "list");
        Assert.Equal(ExitCode.Failed, code);
        Assert.Equal(3, error.TrimEnd().Split('\n').Length);
        Assert.StartsWith("error: The result could not be written to standard output: No space left on device.\nwhere: pare recipe list\n",
            error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Failed, Run(new StandardWriter(new FullWriter()), "recipe", "list", "--json").Code);
    }

    [Fact]
    public void A_command_that_failed_anyway_keeps_its_exit_code()
    {
        Assert.Equal(ExitCode.Usage, Run(new StandardWriter(new FullWriter()), "trian").Code);
    }

    [Fact]
    public void Messages_that_cannot_be_written_do_not_matter()
    {
        var output = new StringWriter();
        var console = new CliConsole { Out = output, Error = new StandardWriter(new FullWriter()) };
        Assert.Equal(ExitCode.Done, Program.Run(["recipe", "list", "--json"], console, CancellationToken.None));
        Assert.StartsWith("{", output.ToString(), StringComparison.Ordinal);
        Assert.Equal(ExitCode.Usage, Program.Run(["trian"], console, CancellationToken.None));
    }

    [Fact]
    public void A_training_goes_on_when_nobody_can_read_how()
    {
        using var files = new CliData();
        string run = files.Folder["run"];
        (int code, _) =
            Run(new StandardWriter(new FullWriter()), "train", files.Recipe, "--data", files.Data, "--out", run, "--epochs", "1");
        Assert.Equal(ExitCode.Failed, code);
        Assert.True(File.Exists(Path.Combine(run, "result.json")));
        Assert.True(File.Exists(Path.Combine(run, "report.html")));
    }

    private static (int Code, string Error) Run(TextWriter output, params string[] args)
    {
        var error = new StringWriter { NewLine = "\n" };
        return (Program.Run(args, new CliConsole { Out = output, Error = error }, CancellationToken.None), error.ToString());
    }

    private sealed class FullWriter : TextWriter
    {
        public override Encoding Encoding => Encoding.UTF8;

        public override void Write(char value) => throw new IOException("No space left on device");
    }
}
