using System.Text.Json;
using System.Text.Json.Serialization;

namespace Pare.Export;

/// <summary>What stands in the metadata of a model's file beside its tensors, as JSON.</summary>
internal sealed record ModelRecord
{
    /// <summary>The key in the metadata.</summary>
    public const string Key = "pare";

    /// <summary>The form of this record; a later one that older versions misread has a higher number.</summary>
    public const int CurrentFormat = 1;

    public int Format { get; init; }

    /// <summary>The version of the library that wrote it.</summary>
    public string Version { get; init; } = "";

    public string? Recipe { get; init; }

    public int? Seed { get; init; }

    public string? Data { get; init; }

    public string? DataFingerprint { get; init; }

    public float? TestAccuracy { get; init; }

    /// <summary>What logits are divided by; null for 1. An older version passes over it, and takes pictures for the same classes.</summary>
    public double? Temperature { get; init; }

    /// <summary>Below this probability, at temperature 1, it is not sure.</summary>
    public double? SureThreshold { get; init; }

    /// <summary>The accuracy that the threshold was chosen for.</summary>
    public double? SureAccuracy { get; init; }

    /// <summary>Trained parameters, or those of the lowered network.</summary>
    public long Parameters { get; init; }

    public PreprocessingRecord Preprocessing { get; init; } = new();

    /// <summary>The network as it was trained; its tensors are its parameters.</summary>
    public LayerRecord[]? Layers { get; init; }

    /// <summary>The lowered network, where there is no other.</summary>
    public OperationRecord[]? Operations { get; init; }

    /// <summary>How a picture becomes values; the words say what other programs must do.</summary>
    internal sealed record PreprocessingRecord
    {
        public const string Luma = "bt601", Rgb = "rgb", Exif = "exif", Cover = "cover_and_crop";

        public string Colour { get; init; } = Rgb;

        public string Orientation { get; init; } = Exif;

        public string Resize { get; init; } = Cover;

        public float[] Mean { get; init; } = [];

        public float[] StandardDeviation { get; init; } = [];
    }

    /// <summary>A node of the trained network: the settings that its kind has.</summary>
    internal sealed record LayerRecord
    {
        public string Name { get; init; } = "";

        public string Kind { get; init; } = "";

        public string[]? Inputs { get; init; }

        public string? WeightsOf { get; init; }

        public int[]? Shape { get; init; }

        public int? Channels { get; init; }

        public int? Units { get; init; }

        public int? Kernel { get; init; }

        public int? Stride { get; init; }

        public int? Padding { get; init; }

        public int? Groups { get; init; }

        public int? Filter { get; init; }

        public bool? Bias { get; init; }

        public bool? Scale { get; init; }

        public bool? Shift { get; init; }

        public bool? CountPadding { get; init; }

        public bool? RoundsWeights { get; init; }

        public float? Momentum { get; init; }

        public float? Epsilon { get; init; }

        public float? Probability { get; init; }
    }

    /// <summary>A node of the lowered network: the settings that its kind has.</summary>
    internal sealed record OperationRecord
    {
        public string Name { get; init; } = "";

        public string Kind { get; init; } = "";

        public string[]? Inputs { get; init; }

        public int[]? Shape { get; init; }

        /// <summary>Rows and columns of the window.</summary>
        public int[]? Window { get; init; }

        public int[]? Strides { get; init; }

        public int[]? Dilations { get; init; }

        /// <summary>Top, left, bottom, right.</summary>
        public int[]? Borders { get; init; }

        public int? Groups { get; init; }

        /// <summary>The tensor that holds the weights.</summary>
        public string? Weights { get; init; }

        /// <summary>The tensor that holds the scale of each channel.</summary>
        public string? Scale { get; init; }

        /// <summary>The tensor that holds the shift of each channel.</summary>
        public string? Shift { get; init; }

        public string? Function { get; init; }

        public float? A { get; init; }

        public float? B { get; init; }

        public string? Mode { get; init; }

        public int? Filter { get; init; }

        public int? Stride { get; init; }

        /// <summary>The least and the largest value of its map, as the training found them.</summary>
        public float[]? Range { get; init; }

        /// <summary>The same of what its activation is applied to.</summary>
        public float[]? SumRange { get; init; }
    }
}

/// <summary>How the record is written, without reflection; <see cref="ModelRecordReader"/> reads it.</summary>
[JsonSerializable(typeof(ModelRecord))]
[JsonSerializable(typeof(string[]))]
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals, AllowDuplicateProperties = false, MaxDepth = 8)]
internal sealed partial class ModelJson : JsonSerializerContext;
