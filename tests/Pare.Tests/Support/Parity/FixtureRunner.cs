namespace Pare.Tests.Support.Parity;

/// <summary>Runs a case of any kind.</summary>
internal static class FixtureRunner
{
    // Techniques that no code computes yet.
    private static readonly HashSet<string> LaterKinds =
        ["blur_pool", "max_blur_pool", "conv_relu_blur", "mixup", "cutout"];

    /// <summary>Compares one case with the engine; false when its technique is left for later.</summary>
    public static bool Run(FixtureCase fixture)
    {
        string[] ops = [.. NetworkParity.Ops(fixture)];
        if (ops.FirstOrDefault(static op => !LaterKinds.Contains(op) && !FixtureOps.OfGraphs.Contains(op)) is { } unknown)
            throw new InvalidDataException($"{fixture.Name}: unknown op '{unknown}'");
        if (LaterKinds.Contains(fixture.Kind) || ops.Any(LaterKinds.Contains)) return false;
        Action<FixtureCase> run = fixture.Kind switch
        {
            "conv2d" or "linear" or "batch_norm_train" or "batch_norm_eval" or "activation" or "max_pool" or "avg_pool"
                or "global_avg_pool" or "squeeze_excite" or "add" or "dropout_eval" => LayerParity.Run,
            "dropout_mask" => DropoutMaskParity.Run,
            "cross_entropy" => CrossEntropyParity.Run,
            "optimizer" => OptimizerParity.Run,
            "lr_schedule" => ScheduleParity.Run,
            "network" => NetworkParity.Run,
            "sam" => SharpnessParity.Run,
            "weight_average" => WeightAverageParity.Run,
            "bn_recalibrate" => RecalibrationParity.Run,
            _ => throw new InvalidDataException($"{fixture.Name}: unknown kind '{fixture.Kind}'"),
        };
        run(fixture);
        return true;
    }
}
