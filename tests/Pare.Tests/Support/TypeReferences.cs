using System.Reflection;
using System.Reflection.Emit;

namespace Pare.Tests.Support;

/// <summary>
/// What the compiled code of a type refers to: its base types, its members' types, and every token in its methods' instructions.
/// </summary>
internal static class TypeReferences
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    // The kind of a token that stands for a text.
    private const int TextToken = 0x70;

    private static readonly Dictionary<short, OpCode> OpCodesByValue = typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(static field => (OpCode)field.GetValue(null)!).ToDictionary(static code => code.Value);

    public static HashSet<Type> Of(Type type)
    {
        var found = new HashSet<Type>();
        Add(type.BaseType);
        foreach (Type implemented in type.GetInterfaces()) Add(implemented);
        foreach (FieldInfo field in type.GetFields(Declared)) Add(field.FieldType);
        foreach (MethodBase method in Methods(type))
        {
            if (method is MethodInfo { ReturnType: { } returned }) Add(returned);
            foreach (ParameterInfo parameter in method.GetParameters()) Add(parameter.ParameterType);
            foreach (LocalVariableInfo local in method.GetMethodBody()?.LocalVariables ?? []) Add(local.LocalType);
            foreach (MemberInfo member in Named(method).OfType<MemberInfo>())
            {
                Add(member as Type ?? member.DeclaringType);
                if (member is MethodInfo { IsGenericMethod: true } generic) Array.ForEach(generic.GetGenericArguments(), Add);
            }
        }

        return found;

        void Add(Type? used)
        {
            while (used is { HasElementType: true }) used = used.GetElementType();
            if (used is null || used.IsGenericParameter || !found.Add(used)) return;
            if (used.IsGenericType) Array.ForEach(used.GetGenericArguments(), Add);
        }
    }

    /// <summary>The methods and constructors that a type declares itself.</summary>
    public static IEnumerable<MethodBase> Methods(Type type) =>
        type.GetMethods(Declared).Cast<MethodBase>().Concat(type.GetConstructors(Declared));

    /// <summary>What a method's instructions name, members and texts, in their order.</summary>
    public static IEnumerable<object?> Named(MethodBase method) =>
        Tokens(method.GetMethodBody()?.GetILAsByteArray() ?? []).Select(token =>
            token >> 24 == TextToken ? (object)method.Module.ResolveString(token) : Resolve(method, token));

    private static MemberInfo? Resolve(MethodBase method, int token)
    {
        Type[]? typeArguments = method.DeclaringType is { IsGenericType: true } type ? type.GetGenericArguments() : null;
        return method.Module.ResolveMember(token, typeArguments, method.IsGenericMethod ? method.GetGenericArguments() : null);
    }

    private static IEnumerable<int> Tokens(byte[] code)
    {
        for (int at = 0; at < code.Length;)
        {
            short value = code[at] == 0xFE ? unchecked((short)(0xFE00 | code[at + 1])) : code[at];
            OpCode opcode = OpCodesByValue[value];
            at += opcode.Size;
            if (opcode.OperandType is OperandType.InlineMethod or OperandType.InlineField or OperandType.InlineType
                or OperandType.InlineTok or OperandType.InlineString)
                yield return BitConverter.ToInt32(code, at);
            at += opcode.OperandType switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(code, at)),
                _ => 4,
            };
        }
    }
}
