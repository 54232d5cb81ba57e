namespace Pare.Tests.Support.Parity;

/// <summary>Runs a case of any kind.</summary>
internal static class FixtureRunner
{
    /// <summary>Compares one case with the engine.</summary>
    public static void Run(FixtureCase fixture)
    {
        if (NetworkParity.Ops(fixture).FirstOrDefault(static op => !FixtureOps.OfGraphs.Contains(op)) is { } unknown)
            throw new InvalidDataException($"{fixture.Name}: unknown op '{unknown}'");
        Action<FixtureCase> run = fixture.Kind switch
        {
            "conv2d" or "linear" or "batch_norm_train" or "batch_norm_eval" or "activation" or "max_pool" or "avg_pool"
                or "blur_pool" or "max_blur_pool" or "conv_relu_blur" or "global_avg_pool" or "squeeze_excite" or "add"
                    or "dropout_eval" => LayerParity.Run,
            "mixup" => MixupParity.Run,
            "cutout" => CutoutParity.Run,
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
    }
}
