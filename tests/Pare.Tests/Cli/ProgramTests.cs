using Pare.Cli;

namespace Pare.Tests.Cli;

public sealed class ProgramTests
{
    [Fact]
    public void Alone_it_says_what_to_type_first()
    {
        var cli = new TestCli();
        Assert.Equal(ExitCode.Done, cli.Run());
        Assert.Equal(
            $"""
            Pare {About.Version} trains small image classifiers from scratch on the CPU that is
            already there.

            To begin:
              pare init PHOTOS           writes a recipe for your pictures, a folder for
                                         each class; then `pare train` and `pare predict`
              pare down glyphs           pares a network down phase by phase, on built-in
                                         drawn digits: nothing to download
              pare train glyphs          trains only the network that it ends in
              pare data download mnist   fetches MNIST; then: pare train mnist
              pare --help                lists all commands

            """,
            cli.Out);
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("help")]
    [InlineData("-h")]
    public void Help_lists_every_command_on_standard_output(string argument)
    {
        var cli = new TestCli();
        Assert.Equal(ExitCode.Done, cli.Run(argument));
        Assert.Equal(
            """
            Trains small image classifiers from scratch on the CPU that is already there.

            usage: pare COMMAND

            commands:
              init     Looks at your pictures and writes a first recipe for them, with
                       comments.
              down     Pares a network down: trains a recipe phase by phase and shows what
                       each change bought.
              train    Trains the network of a recipe and measures it on the test images.
              eval     Measures a trained network on the test images, class by class.
              predict  Classifies pictures with a trained network.
              export   Writes a model as ONNX, as one safetensors file or as C, and checks
                       that the files give the same answers.
              report   Writes a run, a build or an ablation, or a comparison of several, as
                       one HTML file.
              inspect  Lists a recipe's network layer by layer with its cost; shows the
                       inputs, cost and accuracy of a trained model.
              recipe   Lists recipes, shows one in full, and prints their JSON schema.
              lr-find  Tries rising learning rates for some steps and suggests one to train
                       with.
              ablate   Trains a recipe without each of its techniques in turn, to show what
                       each contributes.
              run      Trains or resumes one run of a plan; other machines may train the
                       others.
              status   Shows how far the runs of a plan are, who trains them and what time
                       is left.
              submit   Hands the runs of a plan to a cluster's scheduler.
              bench    Measures how fast networks train and predict on this machine.
              data     Fetches, checks and shows data sets, and keeps decoded images.

            options:
              --help     Shows this help.
              --version  Shows the version.

            """,
            cli.Out);
        Assert.Empty(cli.Error);
    }

    [Fact]
    public void Help_keeps_to_the_width_of_a_page_where_it_is_piped()
    {
        Queue<string[]> lines = new([[], ["--help"]]);
        int seen = 0;
        while (lines.TryDequeue(out string[]? line))
        {
            var cli = new TestCli();
            Assert.Equal(ExitCode.Done, cli.Run(line));
            seen++;

            // What is there to be copied is never broken.
            Assert.All(cli.Out.Split('\n').Where(static text => !text.StartsWith("  pare ", StringComparison.Ordinal)),
                static text => Assert.InRange(text.Length, 0, 80));
            string list = cli.Out.Split("\ncommands:\n") is [_, var rest] ? rest.Split("\n\n")[0] : "";
            foreach (string entry in list.Split('\n').Where(static entry => entry.Length > 2 && entry[2] != ' '))
                lines.Enqueue([.. line[..^1], entry.Trim().Split(' ')[0], "--help"]);
        }

        Assert.True(seen > 20);
    }

    [Fact]
    public void A_commands_help_lists_its_options_and_examples_even_beside_errors()
    {
        var cli = new TestCli();
        Assert.Equal(ExitCode.Done, cli.Run("train", "--help"));
        Assert.Equal(
            """
            Trains the network of a recipe and measures it on the test images.

            usage: pare train [RECIPE] [options]

            arguments:
              RECIPE  A recipe file, the folder of a run (an interrupted one is resumed),
                      or one of the shipped recipes: cifar10, glyphs, mnist.

            options:
              --data PATH             The data set: a folder or an archive. Default: the
                                      recipe's dataset.path, or else what PARE_DATA names
                                      or was downloaded.
              --phase NAME            The phase to use, of a recipe with phases. Default:
                                      the one that its `train:` names, or else the last.
              --seed N                The seed of weights, order and augmentation. The same
                                      seed gives the same network.
              --epochs N              Number of epochs, instead of the recipe's.
              --minutes X             How many minutes the training may take on this
                                      machine: as many epochs as fit, measured before the
                                      first step.
              --on-divergence WHAT    What to do when the training diverges: fail, or
                                      halve-rate, which goes back to the beginning of the
                                      epoch with half the learning rate, up to three times.
              --threads N             Number of threads. Default: one per processor. The
                                      result is the same with any number.
              --set KEY=VALUE         Overrides a key of the recipe, such as
                                      training.batch_size=64; may be repeated.
              --out FOLDER            The run's folder: new, empty, or of the same run,
                                      which is then resumed. Default:
                                      runs/RECIPE-DATE-TIME.
              --resume RUN            Resumes the interrupted run in this folder, with the
                                      same result as an uninterrupted one.
              --extend N              Trains a finished run for N more epochs: a new run
                                      that begins with the weights of the run that RECIPE
                                      names.
              --init-from MODEL       Fine-tunes: begins with the weights of a model or
                                      run. For another number of classes the last layer is
                                      new.
              --checkpoint-minutes X  The most minutes of training that an interruption can
                                      lose. Default: 2.
              --accept-other-width    Resumes even if the checkpoint was made with other
                                      vector instructions; the result then differs.
              --json                  Prints the result as JSON on standard output, and
                                      messages on standard error.
              --help                  Shows this help.

            examples:
              pare train glyphs
                      built-in drawn digits, nothing to download
              pare train mnist --data data/mnist --seed 3
              pare train my.yaml --set training.batch_size=64
                      one key changed
              pare train my.yaml --minutes 10
                      as many epochs as ten minutes hold
              pare train runs/my-20260304-050607
                      resumes an interrupted run
              pare train my.yaml --init-from models/mnist.safetensors
                      fine-tunes a trained network

            """,
            cli.Out);
    }

    [Theory]
    [InlineData("trian mnist", "There is no command `pare trian`.", "Did you mean train? `pare --help` lists what there is.")]
    [InlineData("train mnist --epoch 3", "There is no option --epoch.", "Did you mean --epochs? `pare train --help` lists what there is.")]
    [InlineData("train --epoch 3 mnist", "There is no option --epoch.", "Did you mean --epochs? `pare train --help` lists what there is.")]
    [InlineData("train mnist --epoch=3", "There is no option --epoch.", "Did you mean --epochs? `pare train --help` lists what there is.")]
    [InlineData("down glyphs --vary training.seed=1,2", "There is no option --vary.",
        "Several seeds are --seeds N. `pare ablate` has it. `pare down --help` lists what there is.")]
    [InlineData("down glyphs --grid=training.seed=1,2", "There is no option --grid.",
        "Several seeds are --seeds N. `pare ablate` has it. `pare down --help` lists what there is.")]
    [InlineData("train glyphs --vary training.seed=1,2", "There is no option --vary.",
        "`pare ablate` has it. `pare train --help` lists what there is.")]
    [InlineData("down glyphs --vary training.epochs=1,2", "There is no option --vary.",
        "`pare ablate` has it. `pare down --help` lists what there is.")]
    [InlineData("train glyphs --seeds 3", "There is no option --seeds.",
        "`pare down` and `pare ablate` have it. `pare train --help` lists what there is.")]
    [InlineData("down glyphs --seed 3", "There is no option --seed.", "Did you mean --seeds? `pare down --help` lists what there is.")]
    [InlineData("report a --json", "There is no option --json.",
        "Other commands have it. `pare report --help` lists what there is.")]
    [InlineData("train mnist -x", "There is no option -x.", "`pare train --help` lists what there is.")]
    [InlineData("train", "RECIPE is missing.", "Usage: pare train [RECIPE] [options]. `pare train --help` lists what there is.")]
    [InlineData("train a b", "`b` is one argument too many.",
        "Usage: pare train [RECIPE] [options]. `pare train --help` lists what there is.")]
    [InlineData("train mnist --seed", "--seed needs a value: --seed N.",
        "Usage: pare train [RECIPE] [options]. `pare train --help` lists what there is.")]
    [InlineData("train mnist --seed 1 --seed 2", "--seed is given 2 times.",
        "Usage: pare train [RECIPE] [options]. `pare train --help` lists what there is.")]
    [InlineData("train mnist --epochs 0", "--epochs needs a whole number from 1 to 2147483647, not `0`.",
        "Usage: pare train [RECIPE] [options]. `pare train --help` lists what there is.")]
    [InlineData("train mnist --threads two", "--threads needs a whole number from 1 to 1024, not `two`.",
        "Usage: pare train [RECIPE] [options]. `pare train --help` lists what there is.")]
    [InlineData("down glyphs --epochs-scale 0", "--epochs-scale needs a number above 0 and up to 1000, such as 0.1, not `0`.",
        "Usage: pare down RECIPE [options]. `pare down --help` lists what there is.")]
    [InlineData("down glyphs --epochs-scale -1", "--epochs-scale needs a number above 0 and up to 1000, such as 0.1, not `-1`.",
        "Usage: pare down RECIPE [options]. `pare down --help` lists what there is.")]
    [InlineData("down glyphs --seeds 0", "--seeds needs a whole number from 1 to 1000, not `0`.",
        "Usage: pare down RECIPE [options]. `pare down --help` lists what there is.")]
    [InlineData("down glyphs --epochs-scale 0,5",
        "--epochs-scale needs a number above 0 and up to 1000, such as 0.1, not `0,5`; decimals take a point.",
        "Usage: pare down RECIPE [options]. `pare down --help` lists what there is.")]
    [InlineData("train mnist --epochs 1,000", "--epochs needs a whole number from 1 to 2147483647, not `1,000`; thousands take no comma.",
        "Usage: pare train [RECIPE] [options]. `pare train --help` lists what there is.")]
    [InlineData("train mnist --epochs 99999999999", "--epochs needs a whole number from 1 to 2147483647, not `99999999999`.",
        "Usage: pare train [RECIPE] [options]. `pare train --help` lists what there is.")]
    [InlineData("train mnist --out --json", "--out needs a value: --out FOLDER.",
        "`--json` begins like an option; a path of that name is ./--json. `pare train --help` lists what there is.")]
    [InlineData("train mnist --out a --out b", "--out is given 2 times.",
        "Usage: pare train [RECIPE] [options]. `pare train --help` lists what there is.")]
    [InlineData("data", "`pare data` needs a command after it.", "`pare data --help` lists what there is.")]
    [InlineData("data downlod mnist", "There is no command `pare data downlod`.",
        "Did you mean download? `pare data --help` lists what there is.")]
    public void A_line_that_makes_no_sense_gets_three_lines_and_exit_code_2(string line, string what, string remedy)
    {
        var cli = new TestCli();
        Assert.Equal(ExitCode.Usage, cli.Run(line.Split(' ')));
        Assert.Equal($"error: {what}\nwhere: pare {line}\n  fix: {remedy}\n", cli.Error);
        Assert.Empty(cli.Out);
    }

    [Theory]
    [InlineData("--out", "train", "mnist", "--out", "")]
    [InlineData("--out", "train", "mnist", "--out", "  ")]
    [InlineData("--data", "eval", "runs/a", "--data", "")]
    [InlineData("--set", "inspect", "mnist", "--set", "")]
    [InlineData("--set", "inspect", "mnist", "--set", "name=a", "--set", "\t")]
    [InlineData("RECIPE", "train", "")]
    [InlineData("RECIPE", "recipe", "show", " ")]
    [InlineData("MODEL", "eval", "")]
    [InlineData("RUN", "report", "runs/a", "")]
    [InlineData("PATH", "data", "check", "")]
    [InlineData("MODEL", "bench", "")]
    [InlineData("--torch", "bench", "--torch", "")]
    [InlineData("--vary", "ablate", "mnist", "--vary", "")]
    [InlineData("--from", "down", "mnist", "--from", "")]
    [InlineData("--seed", "train", "mnist", "--seed", "")]
    public void An_empty_value_is_a_usage_error_whichever_it_is(string name, params string[] line)
    {
        var cli = new TestCli();
        Assert.Equal(ExitCode.Usage, cli.Run(line));
        Assert.StartsWith($"error: {name} is given an empty value.\nwhere: pare {line[0]} ", cli.Error, StringComparison.Ordinal);
        Assert.Equal(3, cli.Error.TrimEnd().Split('\n').Length);
        Assert.Empty(cli.Out);
    }

    [Fact]
    public void Control_characters_of_others_stay_visible_and_in_three_lines()
    {
        var cli = new TestCli(terminal: true);
        ErrorReport.Write(cli.Console, new DataException("a\e[2Jb", "c\r\nd", "e\u202ef"), []);
        Assert.Equal("error: a\\u001B[2Jb\nwhere: c\\r\\nd\n  fix: e\\u202Ef\n", cli.Error);
        var missing = new TestCli();
        Assert.Equal(ExitCode.Usage, missing.Run("train", "a\e[2J\n.yaml"));
        Assert.DoesNotContain('\e', missing.Error);
        Assert.Equal(3, missing.Error.TrimEnd().Split('\n').Length);
    }

    [Fact]
    public void An_unexpected_error_gets_three_lines_without_a_stack_trace()
    {
        var cli = new TestCli();
        int code = ErrorReport.Write(cli.Console, Thrown(), ["train", "mnist"]);
        Assert.Equal(ExitCode.Failed, code);
        string[] lines = cli.Error.TrimEnd().Split('\n');
        Assert.Equal(3, lines.Length);
        Assert.Equal("error: Pare failed in a way it should not: InvalidOperationException: broken", lines[0]);
        Assert.StartsWith($"where: pare train mnist (Pare {About.Version}, ", lines[1], StringComparison.Ordinal);
        Assert.Contains("PARE_DEBUG=1", lines[2], StringComparison.Ordinal);
    }

    [Fact]
    public void With_debugging_on_the_stack_trace_follows_the_three_lines()
    {
        var cli = new TestCli(debug: true);
        ErrorReport.Write(cli.Console, Thrown(), []);
        Assert.Contains($"at {typeof(ProgramTests).FullName}.{nameof(Thrown)}", cli.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Each_kind_of_error_has_its_exit_code()
    {
        Assert.Equal(ExitCode.Data, Code(new DataException("a", "b", "c")));
        Assert.Equal(ExitCode.Usage, Code(new RecipeException("a", "b", "c")));
        Assert.Equal(ExitCode.Failed, Code(new RunException("a", "b", "c")));
        Assert.Equal(ExitCode.Interrupted, Code(new OperationCanceledException()));
        Assert.Equal(ExitCode.Failed, Code(new IOException("disk")));

        static int Code(Exception exception) => ErrorReport.Write(new TestCli().Console, exception, []);
    }

    [Theory]
    [InlineData(27)]
    [InlineData(28)]
    [InlineData(69)]
    [InlineData(122)]
    public void A_full_disk_is_told_by_the_numbers_that_the_library_knows_it_by(int number)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "It has other numbers.");
        var cli = new TestCli();
        ErrorReport.Write(cli.Console, new IOException("disk", number), []);
        Assert.StartsWith("error: There is no room left for what is to be written.\n", cli.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Errors_are_coloured_only_on_a_terminal_that_wants_it()
    {
        Assert.Contains("\e[31merror:\e[0m", Report(terminal: true, color: true), StringComparison.Ordinal);
        Assert.DoesNotContain("\e", Report(terminal: true, color: false), StringComparison.Ordinal);
        Assert.DoesNotContain("\e", Report(terminal: false, color: true), StringComparison.Ordinal);

        static string Report(bool terminal, bool color)
        {
            var cli = new TestCli(terminal, color);
            ErrorReport.Write(cli.Console, new RunException("a", "b", "c"), []);
            return cli.Error;
        }
    }

    private static InvalidOperationException Thrown()
    {
        try
        {
            throw new InvalidOperationException("broken");
        }
        catch (InvalidOperationException exception)
        {
            return exception;
        }
    }
}
