using System.Text.Json;
using Pare.Data;
using Pare.Evaluation;
using Pare.Inference;
using Pare.Runs;

namespace Pare.Cli;

/// <summary>Another model on the same images, compared with the one that is measured, image by image.</summary>
/// <param name="name">What the user calls it.</param>
/// <param name="result">What it says about the images.</param>
/// <param name="pairs">What the measured model gains on it.</param>
/// <param name="areNew">Whether the images are new to both, so that they speak for others.</param>
/// <param name="notes">What is not known of the comparison.</param>
internal sealed class RivalModel(string name, EvaluationResult result, McNemar pairs, bool areNew, IReadOnlyList<string> notes)
{
    private const int MostNamed = 4;

    /// <summary>Measures the other model.</summary>
    /// <param name="name">Its file or folder.</param>
    /// <param name="model">The model that it is compared with.</param>
    /// <param name="data">The data set.</param>
    /// <param name="measured">The images of it, chosen for that model.</param>
    /// <param name="result">What that model says about them.</param>
    /// <param name="all">Whether the user asked for images whoever was trained on them.</param>
    /// <param name="threads">Threads; null for one per processor.</param>
    /// <param name="messages">Told what is not known.</param>
    /// <param name="cancellation">Stops between two images.</param>
    /// <exception cref="RecipeException">The models are for other classes, or the runs were tested on other images.</exception>
    public static RivalModel Measure(string name, Model model, Dataset data, MeasuredImages measured, EvaluationResult result, bool all,
        int? threads, Messages messages, CancellationToken cancellation)
    {
        var other = Model.Load(name);

        // Those of the model, and, where it names none, those of the images.
        IReadOnlyList<string> classes = measured.Images.Classes;
        if (other.Graph.NamesClasses ? !other.Classes.SequenceEqual(classes) : other.Classes.Count != classes.Count)
            throw Refused($"The two models tell other classes apart: {Named(classes)}, and {Named(other.Classes)}.", name,
                "Compare models of the same classes in the same order.");
        RunSplit? own = RecipeInputs.SplitOf(model), others = RecipeInputs.SplitOf(other);
        if (!all && own is not null && others is not null && !own.HasSameTest(others))
            throw Refused("The two runs were not tested on the same images: the other one may have been trained on some of these.", name,
                "Measure both on images that neither was trained on: --data PATH --all.");
        string[] notes =
        [
            .. ModelCardView.Notes(other).Select(note => $"{name}: {note}"),
            .. own is null || others is null
                ? ["whether both models are new to these images is not known: one of them comes without the list of its run"]
                : Array.Empty<string>(),
            .. other.Graph.NamesClasses == model.Graph.NamesClasses ? Array.Empty<string>()
                : ["one of the two does not name its classes: they are taken to be those of the other, in the same order"],
        ];
        foreach (string note in notes) messages.Fact("note", note);
        ImageSet images = measured.Images;
        bool areNew = !measured.MayBeTrainedOn && !measured.MayHoldTrained(data, others, all);
        messages.Live(_ => $"measuring {name} on {Amounts.Count(images.Count, "image")}");
        EvaluationResult second = other.Evaluate(images, threads, cancellation);
        messages.EndLive();
        var pairs = McNemar.Of(images.Labels, [.. second.Predicted], [.. result.Predicted]);
        return new RivalModel(name, second, pairs, areNew, notes);
    }

    /// <summary>Shows it to a person.</summary>
    public void Show(Messages messages)
    {
        messages.Fact("against", $"{name}: accuracy {Amounts.Percent(result.Accuracy)}"
            + (result.IsUneven ? $", balanced {Amounts.Percent(result.BalancedAccuracy)}," : "") + " on the same images");
        if (!areNew)
        {
            messages.Fact("paired",
                $"{Amounts.Points(pairs.Difference)} points: no interval and no p value, because one of the two may have been trained on " +
                "some of these images");
            messages.Fact("images",
                $"{Amounts.Count(pairs.Better)} only the first gets right, {Amounts.Count(pairs.Worse)} only the other");
            return;
        }

        messages.Fact("paired",
            $"{Amounts.Points(pairs.Difference)} points, {Amounts.Points(pairs.Interval)} with 95 % confidence: it covers other images " +
            "of this kind, not other trainings of the two");
        messages.Fact("images",
            $"{Amounts.Count(pairs.Better)} only the first gets right, {Amounts.Count(pairs.Worse)} only the other; p " +
            $"{Rounding.PValue(pairs.PValue)} (McNemar, exact)");
    }

    /// <summary>Writes it for programs, as a property of the object that is open.</summary>
    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject("against");
        json.WriteString("run", name);
        json.WriteNumber("accuracy", result.Accuracy);
        json.WriteNumber("balanced_accuracy", result.BalancedAccuracy);
        json.WriteNumber("difference", pairs.Difference);
        JsonOutput.WriteInterval(json, areNew ? pairs.Interval : null);
        json.WriteNumber("only_first_right", pairs.Better);
        json.WriteNumber("only_other_right", pairs.Worse);
        JsonOutput.WriteNumber(json, "p", areNew ? pairs.PValue : null);
        JsonOutput.WriteTexts(json, "notes", notes);
        json.WriteEndObject();
    }

    private static RecipeException Refused(string what, string where, string remedy) => new(what, $"--against {where}", remedy);

    private static string Named(IReadOnlyList<string> classes) => string.Join(", ", classes.Take(MostNamed))
        + (classes.Count > MostNamed ? Invariant($", ... ({classes.Count})") : "");
}
