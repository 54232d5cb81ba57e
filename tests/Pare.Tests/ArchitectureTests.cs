using System.Text.Json;
using Pare.Kernels;
using Pare.Tests.Support;

namespace Pare.Tests;

public class ArchitectureTests
{
    private const string Root = "Pare";

    // The table of docs/architecture.md. What stands in the root namespace, errors, random numbers and timing, everyone may use.
    private static readonly Dictionary<string, string[]> MayUse = new()
    {
        [Root] = [],
        ["Data"] = [],
        ["Kernels"] = [],
        ["Augmentation"] = ["Data", "Kernels"],
        ["Graphs"] = ["Kernels"],
        ["Quantization"] = ["Graphs"],
        ["Models"] = ["Graphs", "Kernels"],
        ["Execution"] = ["Graphs", "Kernels"],
        ["Evaluation"] = ["Augmentation", "Data", "Execution", "Graphs", "Kernels"],
        ["Training"] = ["Augmentation", "Data", "Evaluation", "Execution", "Graphs", "Kernels"],
        ["Robustness"] = ["Augmentation", "Data", "Evaluation", "Execution", "Graphs", "Kernels", "Quantization", "Training"],
        ["Benchmarking"] = ["Augmentation", "Data", "Evaluation", "Execution", "Graphs", "Inference", "Kernels", "Models", "Training"],
        ["Export"] = ["Data", "Graphs", "Kernels", "Quantization"],
        ["Recipes"] =
            ["Augmentation", "Data", "Evaluation", "Execution", "Export", "Graphs", "Kernels", "Models", "Quantization", "Training"],
        ["Runs"] = ["Data", "Evaluation", "Execution", "Export", "Graphs", "Kernels", "Recipes", "Robustness", "Training"],
        ["Inference"] =
            ["Data", "Evaluation", "Execution", "Export", "Graphs", "Kernels", "Quantization", "Recipes", "Robustness", "Runs", "Training"],
        ["Ablation"] = ["Data", "Evaluation", "Graphs", "Recipes", "Robustness", "Runs", "Training"],
        ["Phases"] = ["Data", "Evaluation", "Execution", "Graphs", "Recipes", "Runs", "Training"],
        ["Reporting"] = ["Ablation", "Data", "Evaluation", "Export", "Graphs", "Recipes", "Robustness", "Runs", "Training"],
    };

    // The second table there: what a folder uses of those within the same folder of the first level. The others use nothing of their
    // neighbours.
    private static readonly Dictionary<string, string[]> MayUseWithin = new()
    {
        ["Kernels"] = ["Kernels.Activations"],
        ["Kernels.Activations"] = ["Kernels"],
        ["Kernels.Channels"] = ["Kernels", "Kernels.Activations"],
        ["Kernels.Reference"] = ["Kernels"],
        ["Graphs"] = ["Graphs.Layers"],
        ["Graphs.Layers"] = ["Graphs"],
        ["Graphs.Lowering"] = ["Graphs", "Graphs.Layers"],
        ["Graphs.Surgery"] = ["Graphs", "Graphs.Layers"],
        ["Execution"] = ["Execution.Operations"],
        ["Execution.Operations"] = ["Execution"],
        ["Execution.Lowered"] = ["Execution"],
        ["Export.CSource"] = ["Export"],
        ["Export.Onnx"] = ["Export"],
        ["Robustness"] = ["Robustness.Corruptions"],
        ["Runs"] = ["Runs.TensorBoard"],
        ["Training"] =
            ["Training.Averaging", "Training.Gradients", "Training.Losses", "Training.Optimizers", "Training.Schedules"],
        ["Training.Preview"] = ["Training"],
        ["Training.Averaging"] = ["Training.Optimizers", "Training.Schedules"],
    };

    [Fact]
    public void Parent_and_child_folders_use_of_each_other_what_the_table_says()
    {
        string[] uses = [.. typeof(Simd).Assembly.GetTypes().Where(static type => IsOurs(type) && Folder(type) != Root)
            .SelectMany(static type =>
                TypeReferences.Of(type).Where(used => IsOurs(used) && Folder(used) == Folder(type) && used.Namespace != type.Namespace)
                .Select(used => (From: Within(type), To: Within(used), Text: $"{type.FullName} uses {used.FullName}")))
            .Where(static use => !MayUseWithin.GetValueOrDefault(use.From, []).Contains(use.To)).Select(static use => use.Text)
                .Order(StringComparer.Ordinal)];

        Assert.Empty(uses);
    }

    // A loop over threads wraps what fails in it: Parallels lets it out as itself, and TreeReader has no count to loop to.
    [Fact]
    public void Loops_over_threads_go_through_one_place() =>
        Assert.Equal(["Parallels", "TreeReader"], typeof(Simd).Assembly.GetTypes()
            .Where(static type => IsOurs(type) && TypeReferences.Of(type).Contains(typeof(Parallel)))
            .Select(static type => type.Name).Order(StringComparer.Ordinal));

    [Fact]
    public void Every_folder_of_the_library_uses_only_what_lies_below_it()
    {
        var violations = new SortedSet<string>(StringComparer.Ordinal);
        int uses = 0;
        foreach (Type type in typeof(Simd).Assembly.GetTypes().Where(static type => IsOurs(type)))
        {
            Assert.True(MayUse.ContainsKey(Folder(type)), $"{type}: say in this test what the folder {Folder(type)} may use");
            foreach (Type used in TypeReferences.Of(type).Where(static used => IsOurs(used)))
            {
                string from = Folder(type), to = Folder(used);
                if (from == to || to == Root) continue;
                uses++;
                if (!MayUse[from].Contains(to)) violations.Add($"{type.FullName} uses {used.FullName}");
            }
        }

        Assert.Empty(violations);
        Assert.InRange(uses, 100, int.MaxValue);
    }

    [Theory]
    [InlineData("Pare")]
    [InlineData("Pare.Cli")]
    public void No_native_library_comes_with_the_program(string project)
    {
        string folder = AppContext.BaseDirectory;
        using JsonDocument dependencies = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "Pare.Tests.deps.json")));
        JsonProperty[] libraries = [.. dependencies.RootElement.GetProperty("targets").EnumerateObject().Single().Value.EnumerateObject()];
        var reached = new HashSet<string>();
        Visit(project);
        Assert.InRange(reached.Count, 2, 50);
        // ONNX Runtime judges what the tests export; no project reaches it.
        Assert.DoesNotContain(reached, static name => name.StartsWith("Microsoft.ML.OnnxRuntime", StringComparison.Ordinal));
        Assert.DoesNotContain(
            Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories),
            static file => Path.GetExtension(file) is ".so" or ".dylib" or ".a"
            && !Path.GetFileName(file).StartsWith("libonnxruntime", StringComparison.Ordinal));

        void Visit(string name)
        {
            JsonProperty library = libraries.Single(library => library.Name.StartsWith(name + "/", StringComparison.Ordinal));
            if (!reached.Add(library.Name)) return;
            Assert.False(library.Value.TryGetProperty("runtimeTargets", out _)
                || library.Value.TryGetProperty("native", out _), $"{library.Name} has a native library");
            if (!library.Value.TryGetProperty("dependencies", out JsonElement needed)) return;
            foreach (JsonProperty dependency in needed.EnumerateObject()) Visit(dependency.Name);
        }
    }

    private static bool IsOurs(Type type) =>
        type.Namespace == Root || type.Namespace?.StartsWith(Root + ".", StringComparison.Ordinal) == true;

    private static string Within(Type type) => type.Namespace![(Root.Length + 1)..];

    private static string Folder(Type type) => type.Namespace!.Split('.') is [_, var folder, ..] ? folder : Root;
}
