namespace Pare.Export.CSource;

/// <summary>What a C program takes of a small machine, as far as the tools to find out are installed.</summary>
public sealed record CMeasurement
{
    /// <summary>Bytes of code and constants on a Cortex-M4 at <c>-Os</c>, without what a program that only classifies leaves out.</summary>
    public int? FlashBytes { get; init; }

    /// <summary>The same of a program that calls the self test, too: its pictures and sums are constants.</summary>
    public int? TestedFlashBytes { get; init; }

    /// <summary>Bytes of memory that is written to, the arena included, without the stack.</summary>
    public int? StaticBytes { get; init; }

    /// <summary>Bytes of stack on a Cortex-M4 at <c>-O2</c>, along the chain of calls that takes most; no function calls itself.</summary>
    public int? StackBytes { get; init; }

    /// <summary>Instructions of one picture on a Cortex-M4 at <c>-O2</c>, as an emulator counts them.</summary>
    public long? Instructions { get; init; }

    /// <summary>What the self test gives there; 0 if all is well.</summary>
    public int? SelfTest { get; init; }

    /// <summary>What was not measured, and for want of what.</summary>
    public IReadOnlyList<string> Unchecked { get; init; } = [];

    /// <summary>Measures a program.</summary>
    /// <param name="program">The program.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="RunException">A tool is there and does not do its work.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static CMeasurement Of(CProgram program, CancellationToken cancellation = default)
    {
        if (CortexM4.Compiler is null)
        {
            return new CMeasurement
            {
                Unchecked = ["flash, stack and instructions on a Cortex-M4: there is no arm-none-eabi-gcc (Debian: gcc-arm-none-eabi)"],
            };
        }

        string folder = Directory.CreateTempSubdirectory("pare-m4-").FullName;
        try
        {
            (int flash, int tested, int ram) = CortexM4.Size(program, folder, cancellation: cancellation);
            var measured = new CMeasurement
            {
                FlashBytes = flash,
                TestedFlashBytes = tested,
                StaticBytes = ram,
                StackBytes = CortexM4.Stack(program, folder, cancellation: cancellation),
            };
            if (measured.StackBytes is null)
                measured = measured with { Unchecked = ["stack: this arm-none-eabi-gcc does not say who calls whom (GCC 10 does)"] };
            if (CortexM4.Emulator is null)
            {
                return measured with
                {
                    Unchecked = [.. measured.Unchecked, "instructions on a Cortex-M4: there is no qemu-system-arm"],
                };
            }

            BoardRun run = CortexM4.Run(program, folder, cancellation: cancellation);
            return measured with { SelfTest = run.SelfTest, Instructions = run.Instructions };
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
