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
    public static Answered Of(LabelledLogits logits, double threshold)
    {
        double[] confidences = logits.Confidences();
        bool[] correct = logits.Correct();
        bool IsSure(int image) => !(confidences[image] < threshold);
        return new Answered(threshold, logits.Count, Enumerable.Range(0, logits.Count).Count(IsSure),
            Enumerable.Range(0, logits.Count).Count(image => IsSure(image) && correct[image]));
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
