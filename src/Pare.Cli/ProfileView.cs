using System.Globalization;
using System.Text.Json;
using Pare.Benchmarking;

namespace Pare.Cli;

/// <summary>A profile as a table or as JSON.</summary>
internal static class ProfileView
{
    public static void Write(Messages messages, NetworkProfile profile)
    {
        var table =
            new TextTable("operation", "output", ">Y ms", ">GFLOP/s", ">dW ms", ">GFLOP/s", ">dX ms", ">GFLOP/s", ">of the peak", ">MB",
            ">floor ms");
        foreach (OperationProfile operation in profile.Operations)
            AddRow(table, profile, operation.Name, operation.Output.ToString(), operation.Forward, operation.WeightGradient,
                operation.InputGradient, operation.Total);
        table.Rule();
        AddRow(table, profile, "all", "", Sum(static operation => operation.Forward), Sum(static operation => operation.WeightGradient),
            Sum(static operation => operation.InputGradient), profile.Total);
        messages.Line();
        messages.Heading(profile.Model);
        table.Write(messages);
        messages.Paragraph("Y forward, dW weight gradient with the reading of both maps, dX what the input gradient adds to it.");
        messages.Paragraph(
            string.Create(CultureInfo.InvariantCulture,
            $"floor: the FLOPs at the peak of {profile.PeakGflops:F1} GFLOP/s, or the MB at a copy's {profile.CopyGigabytes:F1} GB/s, " +
            $"whichever takes longer."));

        PassProfile Sum(Func<OperationProfile, PassProfile?> pass) => PassProfile.Sum(profile.Operations.Select(pass));
    }

    public static void Write(Utf8JsonWriter json, NetworkProfile profile)
    {
        json.WriteString("model", profile.Model);
        json.WriteNumber("batch", profile.Batch);
        json.WriteNumber("threads", 1);
        json.WriteString("storage", Amounts.Storage(profile.Storage));
        json.WriteNumber("peak_gflops", Math.Round(profile.PeakGflops, 1));
        json.WriteNumber("copy_gb_per_second", Math.Round(profile.CopyGigabytes, 2));
        json.WriteStartArray("operations");
        foreach (OperationProfile operation in profile.Operations)
        {
            json.WriteStartObject();
            json.WriteString("name", operation.Name);
            json.WriteString("layer", operation.Layer);
            json.WriteString("output", operation.Output.ToString());
            WritePass(json, "forward", operation.Forward, profile);
            WritePass(json, "weight_gradient", operation.WeightGradient, profile);
            WritePass(json, "input_gradient", operation.InputGradient, profile);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        WritePass(json, "total", profile.Total, profile);
    }

    private static void WritePass(Utf8JsonWriter json, string name, PassProfile? pass, NetworkProfile profile)
    {
        if (pass is null)
        {
            json.WriteNull(name);
            return;
        }

        json.WriteStartObject(name);
        json.WriteNumber("ms", Math.Round(pass.Seconds * 1e3, 5));
        if (pass.Gflops is double gflops) json.WriteNumber("gflops", Math.Round(gflops, 2));
        if (profile.PeakFraction(pass) is double fraction) json.WriteNumber("peak_fraction", Math.Round(fraction, 4));
        json.WriteNumber("mb", Math.Round(pass.Bytes / 1e6, 3));
        json.WriteNumber("floor_ms", Math.Round(pass.FloorSeconds * 1e3, 5));
        json.WriteEndObject();
    }

    private static void AddRow(TextTable table, NetworkProfile profile, string name, string output, PassProfile forward,
        PassProfile? weights, PassProfile? inputs, PassProfile total) => table.Add(
        name, output, Milliseconds(forward), Gflops(forward), Milliseconds(weights), Gflops(weights), Milliseconds(inputs), Gflops(inputs),
        profile.PeakFraction(total) is double fraction ? Invariant($"{100 * fraction:F1} %") : "",
        Invariant($"{total.Bytes / 1e6:F1}"), Invariant($"{total.FloorSeconds * 1e3:F2}"));

    private static string Milliseconds(PassProfile? pass) =>
        pass is null or { Seconds: 0 } ? "" : Invariant($"{pass.Seconds * 1e3:F2}");

    private static string Gflops(PassProfile? pass) =>
        pass?.Gflops is double gflops ? Invariant($"{gflops:F1}") : "";
}
