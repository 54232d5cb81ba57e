namespace Pare.Export.CSource;

/// <summary>What a program says on an emulated board.</summary>
/// <param name="SelfTest">What its self test gives; 0 if all is well.</param>
/// <param name="Stack">Bytes of stack that classifying a picture wrote to.</param>
/// <param name="Instructions">Instructions of classifying a picture.</param>
internal sealed record BoardRun(int SelfTest, int Stack, long Instructions);
