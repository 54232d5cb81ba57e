namespace Pare.Cli;

/// <summary>How many times as fast a network runs as it did before.</summary>
/// <param name="Train">Training steps.</param>
/// <param name="Infer">Inference in batches.</param>
/// <param name="Latency">One image alone.</param>
/// <param name="Storage">How the feature maps of its training were kept before; null where the file does not say.</param>
internal sealed record BenchRatios(double Train, double Infer, double Latency, string? Storage);
