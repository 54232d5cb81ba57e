using System.Text.Json;
using Pare.Evaluation;

namespace Pare.Cli;

/// <summary>What the threshold in a model's file is worth on the images that are measured: on others than it was chosen by.</summary>
/// <param name="Threshold">The confidence, at temperature 1, below which an answer is <c>unsure</c>.</param>
/// <param name="All">The images.</param>
/// <param name="Sure">Those that get an answer.</param>
/// <param name="Right">Those of them that get the right one.</param>
internal sealed record Answered(double Threshold, int All, int Sure, int Right)
{
    /// <summary>Counts them.</summary>
    /// <param name="result">What the network says.</param>
    /// <param name="labels">The true class of each image.</param>
    /// <param name="threshold">The threshold.</param>
    public static Answered Of(EvaluationResult result, IReadOnlyList<int> labels, double threshold)
    {
        int[] sure = [.. Enumerable.Range(0, result.Count).Where(image => !(result.Confidences[image] < threshold))];
        return new Answered(threshold, result.Count, sure.Length, sure.Count(image => result.Predicted[image] == labels[image]));
    }

    /// <summary>Shows it to a person.</summary>
    /// <param name="messages">Where.</param>
    /// <param name="isKnown">Whether the network may have been trained on some of the images.</param>
    public void Show(Messages messages, bool isKnown)
    {
        string right = Sure == 0 ? "" : $"; {Amounts.Percent((double)Right / Sure)} of the answers are right";
        if (Sure > 0 && !isKnown)
        {
            (double low, double high) = Wilson.Interval(Right, Sure);
            right += $" ({Amounts.Percent(low)} to {Amounts.Percent(high)} with 95 % confidence)";
        }

        messages.Fact("answered",
            $"{Amounts.Count(Sure)} of {Amounts.Count(All, "image")} at the threshold of {Threshold:G4}, the others are `unsure`{right}");
    }

    /// <summary>Writes it for programs, as a property of the object that is open.</summary>
    public void Write(Utf8JsonWriter json, bool isKnown)
    {
        json.WriteStartObject("answered");
        json.WriteNumber("threshold", Threshold);
        json.WriteNumber("images", All);
        json.WriteNumber("sure", Sure);
        json.WriteNumber("right", Right);
        JsonOutput.WriteInterval(json, Sure == 0 || isKnown ? null : Wilson.Interval(Right, Sure));
        json.WriteEndObject();
    }
}
