namespace Pare.Benchmarking;

/// <summary>What a whole epoch takes beyond its bare steps, each as a part of their time.</summary>
/// <param name="Model">The network.</param>
/// <param name="BareImagesPerSecond">Of training steps on one resident batch.</param>
/// <param name="FromBytes">More time of steps on shuffled images from bytes, without augmentation.</param>
/// <param name="Augmented">The same with affine changes, crop, flip and Mixup, done by the step's own threads.</param>
/// <param name="AugmentedByWorker">The same, done ahead by one worker.</param>
/// <param name="Sam">More time of SAM's steps on the resident batch; they take two passes instead of one.</param>
/// <param name="Evaluation">Evaluation of a tenth as many images.</param>
public sealed record EpochCost(string Model, double BareImagesPerSecond, double FromBytes, double Augmented, double AugmentedByWorker,
    double Sam, double Evaluation);
