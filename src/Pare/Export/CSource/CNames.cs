using System.Text;

namespace Pare.Export.CSource;

/// <summary>Names of anything as identifiers of C and C++, and as names of files.</summary>
internal static class CNames
{
    private const int Longest = 48;

    private static readonly HashSet<string> Reserved = new(StringComparer.OrdinalIgnoreCase)
    {
        // Keywords of C up to C23 and of C++ up to C++20.
        "alignas", "alignof", "and", "and_eq", "asm", "auto", "bitand", "bitor", "bool", "break", "case", "catch", "char", "char8_t",
        "char16_t", "char32_t", "class", "compl", "concept", "const", "consteval", "constexpr", "constinit", "const_cast", "continue",
        "co_await", "co_return", "co_yield", "decltype", "default", "delete", "do", "double", "dynamic_cast", "else", "enum", "explicit",
        "export", "extern", "false", "float", "for", "friend", "goto", "if", "inline", "int", "long", "mutable", "namespace", "new",
        "noexcept", "not", "not_eq", "nullptr", "operator", "or", "or_eq", "private", "protected", "public", "register",
        "reinterpret_cast", "requires", "restrict", "return", "short", "signed", "sizeof", "static", "static_assert", "static_cast",
        "struct", "switch", "template", "this", "thread_local", "throw", "true", "try", "typedef", "typeid", "typename", "typeof",
        "union", "unsigned", "using", "virtual", "void", "volatile", "wchar_t", "while", "xor", "xor_eq",

        // Headers that a file of the same name would hide, and files that lie beside it.
        "assert", "complex", "ctype", "errno", "fenv", "float", "inttypes", "iso646", "limits", "locale", "math", "setjmp", "signal",
        "stdalign", "stdarg", "stdatomic", "stdbool", "stddef", "stdint", "stdio", "stdlib", "stdnoreturn", "string", "tgmath",
        "threads", "time", "uchar", "wchar", "wctype", "arduino", "main", "card",

        // What <limits.h> and <stdint.h> have the width of: INT8_WIDTH.
        "schar", "shrt", "ushrt", "uint", "ulong", "llong", "ullong", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32",
        "uint64", "int_fast8", "int_fast16", "int_fast32", "int_fast64", "uint_fast8", "uint_fast16", "uint_fast32", "uint_fast64",
        "int_least8", "int_least16", "int_least32", "int_least64", "uint_least8", "uint_least16", "uint_least32", "uint_least64", "intptr",
        "uintptr", "intmax", "uintmax", "ptrdiff", "size", "sig_atomic", "wint",

        // Devices of Windows, macros of old compilers.
        "con", "prn", "aux", "nul", "com1", "com2", "com3", "com4", "lpt1", "lpt2", "lpt3", "unix", "linux", "i386", "arm",
    };

    /// <summary>
    /// The name of a model: a prefix of functions and the name of its files. Letters, digits and single underscores, a letter first; no
    /// keyword and no header of the standard library.
    /// </summary>
    public static string Model(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        string identifier = Identifier(name, "net");
        return Reserved.Contains(identifier) ? $"{identifier}_net" : identifier;
    }

    /// <summary>A name within the file that none of the others has.</summary>
    /// <param name="name">Anything.</param>
    /// <param name="taken">The names so far; the new one is added.</param>
    public static string Unique(string name, HashSet<string> taken)
    {
        string identifier = Identifier(name, "layer"), unique = Reserved.Contains(identifier) ? $"{identifier}_layer" : identifier;
        for (int i = 2; !taken.Add(unique); i++) unique = $"{identifier}_{CText.Int(i)}";
        return unique;
    }

    // Two underscores in a row, and one before a capital letter at the start, belong to the compiler.
    private static string Identifier(string name, string otherwise)
    {
        var identifier = new StringBuilder();
        foreach (char letter in name)
        {
            if (char.IsAsciiLetterOrDigit(letter)) identifier.Append(letter);
            else if (identifier.Length > 0 && identifier[^1] != '_') identifier.Append('_');
            if (identifier.Length == Longest) break;
        }

        string text = identifier.ToString().TrimEnd('_');
        return text.Length == 0 ? otherwise : char.IsAsciiDigit(text[0]) ? $"{otherwise}_{text}" : text;
    }
}
