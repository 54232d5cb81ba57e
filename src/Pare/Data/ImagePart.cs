namespace Pare.Data;

/// <summary>What an image of a data set is for.</summary>
internal enum ImagePart
{
    /// <summary>To learn from.</summary>
    Train,

    /// <summary>To choose by: what epochs and settings are judged on.</summary>
    Validation,

    /// <summary>To measure the finished network on, once.</summary>
    Test,
}
