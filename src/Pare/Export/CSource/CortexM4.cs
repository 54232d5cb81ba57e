using System.Globalization;

namespace Pare.Export.CSource;

/// <summary>
/// A program on an emulated Cortex-M4 with nothing around it: start-up code, a linker script, semihosting for what it says. Instructions
/// are counted by the emulator, so that they are the same each time.
/// </summary>
internal static class CortexM4
{
    /// <summary>The compiler; null where it is not installed.</summary>
    public static Tool? Compiler => Tool.Find("arm-none-eabi-gcc");

    /// <summary>The emulator; null where it is not installed.</summary>
    public static Tool? Emulator => Tool.Find("qemu-system-arm");

    /// <summary>Bytes of code and constants, and of memory that is written to, at <c>-Os</c>.</summary>
    /// <param name="program">The program.</param>
    /// <param name="folder">A folder for files of the compilation.</param>
    /// <param name="machine">The processor's flags; null for the Cortex-M4.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <returns>Flash of a program that only classifies, and of one that tests itself, too; memory of the first.</returns>
    /// <exception cref="RunException">The compiler refuses it.</exception>
    public static (int Flash, int TestedFlash, int Ram) Size(CProgram program, string folder, string[]? machine = null,
        CancellationToken cancellation = default)
    {
        Tool compiler = Compiler!;
        program.WriteTo(folder);
        machine ??= EmulatedBoard.M4.Flags;
        compiler.Compile([.. machine, "-Os", "-ffunction-sections", "-fdata-sections", "-c", "-o", "size.o", $"{program.Name}.c"], folder,
            cancellation);

        // What the linker drops, such as the self test of a program that never calls it, takes no flash.
        File.WriteAllText(Path.Combine(folder, "size.ld"), "ENTRY(main) SECTIONS { .text : { *(.text* .rodata*) } .data : { *(.data*) } " +
            ".bss : { *(.bss* COMMON) } /DISCARD/ : { *(.ARM.ex* .comment .ARM.attributes) } }");
        string predict = $"{program.Name}_predict(pixels, scores)";
        (int flash, int ram) = Linked(predict);
        return (flash, Linked($"{program.Name}_self_test() != 0 ? -1 : {predict}").Flash, ram);

        (int Flash, int Ram) Linked(string work)
        {
            File.WriteAllText(Path.Combine(folder, "size_main.c"), $"#include \"{program.Name}.h\"\nstatic uint8_t pixels[1]; " +
                $"static float scores[{program.Name.ToUpperInvariant()}_CLASSES];\nint main(void) {{ return {work}; }}\n");
            compiler.Compile([.. machine, "-Os", "-nostartfiles", "--specs=nosys.specs", "-Wl,--gc-sections", "-T", "size.ld", "-o",
                "size.elf", "size_main.c", "size.o"], folder, cancellation);
            ToolResult sizes = Tool.Find("arm-none-eabi-size")!.Run(["size.elf"], folder, cancellation: cancellation);
            string[] fields = sizes.Text.Split('\n')[1].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            int text = int.Parse(fields[0], CultureInfo.InvariantCulture), data = int.Parse(fields[1], CultureInfo.InvariantCulture);
            return (text + data, data + int.Parse(fields[2], CultureInfo.InvariantCulture));
        }
    }

    /// <summary>Bytes of stack that classifying a picture takes at <c>-O2</c>, along the chain of calls that takes most.</summary>
    /// <param name="program">The program.</param>
    /// <param name="folder">A folder for files of the compilation.</param>
    /// <param name="board">The machine; null for the Cortex-M4.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <returns>The bytes; null where the compiler cannot say who calls whom (GCC 10 and later do).</returns>
    public static int? Stack(CProgram program, string folder, EmulatedBoard? board = null, CancellationToken cancellation = default)
    {
        program.WriteTo(folder);
        ToolResult result = Compiler!.Run([.. (board ?? EmulatedBoard.M4).Flags, "-O2", "-fcallgraph-info=su", "-c", "-o", "stack.o",
            $"{program.Name}.c"], folder, cancellation: cancellation);
        string calls = Path.Combine(folder, "stack.ci");
        return result.ExitCode == 0 && File.Exists(calls) ? StackUse.Of(File.ReadAllText(calls), $"{program.Name}_predict") : null;
    }

    /// <summary>Compiles a program for an emulated board at <c>-O2</c>, runs its self test and classifies one picture.</summary>
    /// <param name="program">The program.</param>
    /// <param name="folder">A folder for files of the compilation.</param>
    /// <param name="board">The machine; null for the Cortex-M4.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="RunException">It does not compile or run.</exception>
    public static BoardRun Run(CProgram program, string folder, EmulatedBoard? board = null, CancellationToken cancellation = default)
    {
        board ??= EmulatedBoard.M4;
        program.WriteTo(folder);
        File.WriteAllText(Path.Combine(folder, "board.ld"), Linker(board));
        File.WriteAllText(Path.Combine(folder, "board.c"), Board(program, board));
        Compiler!.Compile([.. board.Flags, "-O2", "-nostartfiles", "--specs=nosys.specs", "-T", "board.ld", "-o", "board.elf", "board.c",
            $"{program.Name}.c", "-lm"], folder, cancellation);
        string[] processor = board.Cpu is { } cpu ? ["-cpu", cpu] : [];
        ToolResult result = Emulator!.Run(["-M", board.Machine, .. processor, "-semihosting-config", "enable=on,target=native",
            "-icount", "shift=0", "-nographic", "-monitor", "none", "-serial", "none", "-kernel", "board.elf"], folder,
            cancellation: cancellation);
        string[] said = (result.Text + result.Error).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (said is not ["pare", var test, var stack, var wraps, var ticks])
            throw new RunException("The emulated board does not answer.", Emulator!.Path,
                "This is a fault of Pare: report it with the model.");

        // An instruction takes a nanosecond; the timer counts 24 bits at a time.
        long count = (long.Parse(wraps, CultureInfo.InvariantCulture) << 24) + long.Parse(ticks, CultureInfo.InvariantCulture);
        return new BoardRun(int.Parse(test, CultureInfo.InvariantCulture), int.Parse(stack, CultureInfo.InvariantCulture),
            count * 1000 / board.Megahertz);
    }

    private static string Linker(EmulatedBoard board) =>
        $$"""
        MEMORY
        {
          FLASH (rx) : ORIGIN = 0, LENGTH = {{board.FlashKilobytes}}K
          RAM (rwx) : ORIGIN = 0x20000000, LENGTH = {{board.RamKilobytes}}K
        }
        ENTRY(reset)
        SECTIONS
        {
          .text : { KEEP(*(.vectors)) *(.text* .rodata*) } > FLASH
          .ARM.exidx : { *(.ARM.exidx*) } > FLASH
          .data : { *(.data*) } > RAM
          .bss : { *(.bss* COMMON) } > RAM
          end = .;
        }
        """;

    // The emulator loads data where it lies and clears the rest, so that there is nothing to copy.
    private static string Board(CProgram program, EmulatedBoard board) =>
        $$"""
        #include "{{program.Name}}.h"
        #define OF(name) {{program.Name.ToUpperInvariant()}}_##name

        void reset(void);
        static void stop(void) { for (;;) { } }
        static void tick(void);
        static volatile uint32_t wraps;
        static volatile uint32_t *const timer = (uint32_t *)0xE000E010;
        static uint8_t pixels[OF(WIDTH) * OF(HEIGHT) * OF(CHANNELS)];
        static float scores[OF(CLASSES)];

        __attribute__((section(".vectors"), used)) static void *const vectors[16] = {
            (void *)0x{{board.RamEnd:X8}}, (void *)reset, (void *)stop, (void *)stop, (void *)stop, (void *)stop, (void *)stop, 0, 0, 0, 0,
            (void *)stop, (void *)stop, 0, (void *)stop, (void *)tick,
        };

        static void tick(void) { wraps++; }

        static int semihost(int operation, const void *argument)
        {
            register int r0 __asm__("r0") = operation;
            register const void *r1 __asm__("r1") = argument;
            __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
            return r0;
        }

        static void say(long value)
        {
            char text[16], *at = text + 15;
            unsigned long rest = value < 0 ? 0ul - (unsigned long)value : (unsigned long)value;
            *at = 0;
            do { *--at = (char)('0' + rest % 10); rest /= 10; } while (rest > 0);
            if (value < 0) *--at = '-';
            semihost(4, at);
            semihost(4, "\n");
        }

        void reset(void)
        {
            extern uint32_t end;
            uint32_t start, stop_at, before, *top, *at;
            unsigned k;
        #ifdef __ARM_FP
            *(volatile uint32_t *)0xE000ED88 |= 0xFu << 20; /* the floating-point unit */
            __asm__ volatile("dsb\n isb");
        #endif
            semihost(4, "pare\n");
            say({{program.Name}}_self_test());
            for (k = 0; k < sizeof pixels; k++) pixels[k] = (uint8_t)(k * 37);

            /* What of the stack was written to is no longer as it was painted. */
            __asm__ volatile("mov %0, sp" : "=r"(top));
            for (at = top; at > &end && at > top - 0x8000;) *--at = 0xA5A5A5A5u;
            {{program.Name}}_predict(pixels, scores);
            while (at < top && *at == 0xA5A5A5A5u) at++;
            say((long)((char *)top - (char *)at));

            timer[1] = 0xFFFFFF;
            timer[2] = 0;
            timer[0] = 7;
            for (k = 0; timer[2] == 0 && k < 1000; k++) { }
            before = wraps;
            start = timer[2];
            {{program.Name}}_predict(pixels, scores);
            stop_at = timer[2];
            before = wraps - before;
            say((long)(stop_at > start ? before - 1 : before));
            say((long)((start - stop_at) & 0xFFFFFF));
            semihost(0x18, (const void *)0x20026);
            for (;;) { }
        }
        """;
}
