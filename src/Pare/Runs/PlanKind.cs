using System.Text.Json.Serialization;

namespace Pare.Runs;

/// <summary>What the runs of a plan are of.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<PlanKind>))]
public enum PlanKind
{
    /// <summary>The phases of a build, see <c>pare down</c>.</summary>
    [JsonStringEnumMemberName("build")]
    Build = 1,

    /// <summary>The rows of an ablation, see <c>pare ablate</c>.</summary>
    [JsonStringEnumMemberName("ablation")]
    Ablation = 2,
}
