using System.Text.Json.Serialization;
using Pare.Training;

namespace Pare.Runs;

/// <summary>How what is no array of a checkpoint stands in its file; a number comes back to the bit, one that is not finite, too.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(TrainingState))]
[JsonSerializable(typeof(CheckpointOrigin))]
internal sealed partial class CheckpointJson : JsonSerializerContext;
