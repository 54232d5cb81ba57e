using System.Runtime.InteropServices;

namespace Pare.Export.CSource;

/// <summary>C programs compiled for this machine, several in one, each of which can be fed with pictures.</summary>
internal sealed class HostProgram
{
    private const string Driver = "pare_driver";

    private readonly IReadOnlyList<CProgram> _programs;
    private readonly Tool _executable;
    private readonly string _folder;
    private readonly CancellationToken _cancellation;

    private HostProgram(IReadOnlyList<CProgram> programs, Tool executable, string folder, CancellationToken cancellation) =>
        (_programs, _executable, _folder, _cancellation) = (programs, executable, folder, cancellation);

    /// <summary>A C compiler of this machine; null where there is none.</summary>
    public static Tool? Compiler => Tool.Find("gcc", "clang", "cc");

    /// <summary>Compiles programs.</summary>
    /// <param name="compiler">The compiler.</param>
    /// <param name="programs">The programs, of different names.</param>
    /// <param name="folder">A folder for files of the compilation.</param>
    /// <param name="flags">Flags for the compiler.</param>
    /// <param name="cancellation">Stops the compiler, and whatever is run afterwards.</param>
    /// <exception cref="RunException">The compiler refuses them.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static HostProgram Compile(Tool compiler, IReadOnlyList<CProgram> programs, string folder, IReadOnlyList<string> flags,
        CancellationToken cancellation = default)
    {
        foreach (CProgram program in programs) program.WriteTo(folder);
        File.WriteAllText(Path.Combine(folder, $"{Driver}.c"), DriverText(programs));
        string executable = Path.Combine(folder, OperatingSystem.IsWindows() ? $"{Driver}.exe" : Driver);
        compiler.Compile([.. flags, "-o", executable, $"{Driver}.c", .. programs.Select(static program => $"{program.Name}.c")], folder,
            cancellation);
        return new HostProgram(programs, new Tool(executable), folder, cancellation);
    }

    /// <summary>Classifies pictures.</summary>
    /// <param name="program">The place of the program.</param>
    /// <param name="pixels">Pictures one after the other, <c>[row][column][channel]</c>.</param>
    /// <returns>The scores of each.</returns>
    /// <exception cref="RunException">It does not run.</exception>
    public float[] Scores(int program, byte[] pixels) =>
        MemoryMarshal.Cast<byte, float>(Run("scores", program, pixels).Output).ToArray();

    /// <summary>What the self test of a program gives.</summary>
    /// <param name="program">The place of the program.</param>
    public int SelfTest(int program) => int.Parse(Run("test", program).Text, System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Milliseconds of one picture.</summary>
    /// <param name="program">The place of the program.</param>
    public double Milliseconds(int program) =>
        double.Parse(Run("time", program).Text, System.Globalization.CultureInfo.InvariantCulture);

    private ToolResult Run(string what, int program, byte[]? input = null)
    {
        ToolResult result = _executable.Run([what, CText.Int(program)], _folder, input, cancellation: _cancellation);
        if (result.ExitCode == 0) return result;
        throw new RunException($"The compiled program of {_programs[program].Name} ends with {result.ExitCode}: {result.FirstError}",
            _executable.Path, "This is a fault of Pare: report it with the model.");
    }

    private static string DriverText(IReadOnlyList<CProgram> programs) => $$"""
        {{string.Join('\n', programs.Select(static program => $"#include \"{program.Name}.h\""))}}
        #include <stdio.h>
        #include <stdlib.h>
        #include <string.h>
        #include <time.h>
        static const struct {
            int (*predict)(const uint8_t *, float *);
            int (*test)(void);
            int pixels, classes;
        } programs[] = {
        {{string.Join('\n', programs.Select(Entry))}}
        };
        static int work(const char *what, int k, uint8_t *pixels, float *scores)
        {
            int run, i, runs = 1;
            double best = 1e30;
            if (strcmp(what, "test") == 0) return printf("%d\n", programs[k].test()) < 0;
            if (strcmp(what, "scores") == 0) {
                while (fread(pixels, 1, (size_t)programs[k].pixels, stdin) == (size_t)programs[k].pixels) {
                    programs[k].predict(pixels, scores);
                    if (fwrite(scores, sizeof(float), (size_t)programs[k].classes, stdout) != (size_t)programs[k].classes) return 3;
                }
                return 0;
            }
            /* The best of several runs that take 10 milliseconds or more each. */
            for (run = 0; run < 20; run++) {
                const clock_t start = clock();
                double each;
                for (i = 0; i < runs; i++) programs[k].predict(pixels, scores);
                each = (double)(clock() - start) / CLOCKS_PER_SEC / runs;
                if (each * runs < 0.01) runs *= 4;
                else if (each < best) best = each;
            }
            printf("%.9f\n", best * 1e3);
            return 0;
        }
        int main(int argc, char **argv)
        {
            const int k = argc == 3 ? atoi(argv[2]) : 0;
            uint8_t *const pixels = (uint8_t *)calloc((size_t)programs[k].pixels, 1);
            float *const scores = (float *)calloc((size_t)programs[k].classes, sizeof(float));
            const int result = argc == 3 && pixels && scores ? work(argv[1], k, pixels, scores) : 2;
            free(pixels);
            free(scores);
            return result;
        }

        """;

    private static string Entry(CProgram program)
    {
        string upper = program.Name.ToUpperInvariant();
        return $"    {{{program.Name}_predict, {program.Name}_self_test, " +
            $"{upper}_WIDTH * {upper}_HEIGHT * {upper}_CHANNELS, {upper}_CLASSES}},";
    }
}
