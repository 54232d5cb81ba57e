namespace Pare.Data;

/// <summary>The forms in which a data set is recognised.</summary>
public enum DataKind
{
    /// <summary>The built-in drawn digits.</summary>
    Glyphs,

    /// <summary>A folder with MNIST's four IDX files.</summary>
    Mnist,

    /// <summary>CIFAR-10's binary batches, in a folder or a <c>.tar.gz</c>.</summary>
    Cifar10,

    /// <summary>Images in a folder per class, in a folder, a <c>.zip</c>, <c>.tar</c> or <c>.tar.gz</c>.</summary>
    ImageFolder,
}
