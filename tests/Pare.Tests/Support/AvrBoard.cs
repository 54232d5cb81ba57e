using System.Globalization;
using Pare.Export.CSource;

namespace Pare.Tests.Support;

/// <summary>A C program on an emulated AVR: 8 bits, code and data in memories of their own, no floating point.</summary>
internal static class AvrBoard
{
    /// <summary>Runs the self test of a program.</summary>
    /// <param name="program">The program.</param>
    /// <param name="folder">A folder for files of the compilation.</param>
    /// <param name="device">What compiler and emulator call the processor, such as <c>atmega328p</c>.</param>
    /// <returns>What the self test gives, and the bytes of memory that were written to, the stack included.</returns>
    public static (int SelfTest, int Memory) Run(CProgram program, string folder, string device)
    {
        Tool? compiler = Tool.Find("avr-gcc"), emulator = Tool.Find("simavr");
        Assert.SkipWhen(compiler is null, "There is no avr-gcc.");
        Assert.SkipWhen(emulator is null, "There is no simavr.");
        foreach (string name in new[] { $"{program.Name}.c", $"{program.Name}.h" })
            File.WriteAllText(Path.Combine(folder, name), program.Files[name]);
        File.WriteAllText(Path.Combine(folder, "avr.c"), Main.Replace("NAME", program.Name, StringComparison.Ordinal));
        ToolResult compiled = compiler!.Run([$"-mmcu={device}", "-O2", "-std=gnu99", "-Wall", "-Wextra", "-Wconversion", "-Werror",
            "-ffunction-sections", "-fdata-sections", "-Wl,--gc-sections", "-o", "avr.elf", "avr.c", $"{program.Name}.c"], folder);
        Assert.True(compiled.ExitCode == 0, compiled.Error);
        ToolResult run = emulator!.Run(["-m", device, "-f", "16000000", "avr.elf"], folder, seconds: 300);
        string said = run.Text + run.Error;
        string[] words = said[(said.IndexOf('<', StringComparison.Ordinal) + 1)..].Split(' ');
        Assert.True(words.Length > 2, said);
        return (int.Parse(words[0], CultureInfo.InvariantCulture), int.Parse(words[1], CultureInfo.InvariantCulture));
    }

    // What lies between static memory and stack is painted before; what is still so afterwards was not needed.
    private const string Main =
        """
        #include <avr/interrupt.h>
        #include <avr/io.h>
        #include <avr/sleep.h>
        #include "NAME.h"

        extern uint8_t __bss_end;

        static void put(char c)
        {
            while (!(UCSR0A & (1 << UDRE0))) { }
            UDR0 = (uint8_t)c;
        }

        static void say(long value)
        {
            char text[12];
            int n = 0;
            if (value < 0) { put('-'); value = -value; }
            do { text[n++] = (char)('0' + value % 10); value /= 10; } while (value > 0);
            while (n > 0) put(text[--n]);
            put(' ');
        }

        int main(void)
        {
            uint8_t *const top = (uint8_t *)SP;
            uint8_t *at;
            int found;
            UCSR0B = 1 << TXEN0;
            for (at = &__bss_end; at < top - 8; at++) *at = 0xA5;
            found = NAME_self_test();
            for (at = &__bss_end; at < top && *at == 0xA5; at++) { }
            put('<');
            say(found);
            say((long)(&__bss_end - (uint8_t *)RAMSTART) + (RAMEND + 1 - (long)(uint16_t)at));
            put('\n');
            cli();
            sleep_mode();
            for (;;) { }
        }
        """;
}
