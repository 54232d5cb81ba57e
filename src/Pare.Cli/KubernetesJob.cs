using System.Globalization;
using System.Text;

namespace Pare.Cli;

/// <summary>The Indexed Job of one wave of a plan: a pod an index, which trains a run, or several one after another.</summary>
internal sealed record KubernetesJob
{
    /// <summary>The longest name of a Job, whose pods' names are its own and a number more.</summary>
    public const int LongestName = 52;

    /// <summary>The job's name.</summary>
    public required string Name { get; init; }

    /// <summary>The namespace; null for that of who applies it.</summary>
    public string? Namespace { get; init; }

    /// <summary>The image, whose entry point is Pare.</summary>
    public required string Image { get; init; }

    /// <summary>The claim of the volume that all pods share.</summary>
    public required string Claim { get; init; }

    /// <summary>Where it is mounted.</summary>
    public required string Mount { get; init; }

    /// <summary>The plan's folder in the pods.</summary>
    public required string Folder { get; init; }

    /// <summary>Where the images are in the pods; null for where they were when the plan was made, or PARE_DATA.</summary>
    public string? Data { get; init; }

    /// <summary>The wave.</summary>
    public required int Wave { get; init; }

    /// <summary>Runs in the wave.</summary>
    public required int Runs { get; init; }

    /// <summary>Runs a pod.</summary>
    public int PerTask { get; init; } = 1;

    /// <summary>Pods at once.</summary>
    public int? MostTasks { get; init; }

    /// <summary>Processors a pod.</summary>
    public int Processors { get; init; } = 1;

    /// <summary>Memory of a pod as Kubernetes writes it.</summary>
    public string Memory { get; init; } = "2Gi";

    /// <summary>How often an index is tried again.</summary>
    public int Retries { get; init; } = 3;

    /// <summary>Seconds from the request to end until a pod is killed: time for a checkpoint.</summary>
    public int GraceSeconds { get; init; } = 120;

    /// <summary>Whether the job waits until it is told to begin, since it needs what earlier waves train.</summary>
    public bool Suspended => Wave > 0;

    /// <summary>Indices.</summary>
    public int Completions => 1 + ((Runs - 1) / PerTask);

    /// <summary>The manifest.</summary>
    public string ToYaml()
    {
        var text = new StringBuilder();
        void Line(int indent, string line) => text.Append(' ', indent).Append(line).Append('\n');
        static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
        string[] arguments =
        [
            "run", Folder, "--wave", Number(Wave), "--per-task", Number(PerTask),
            .. Data is null ? Array.Empty<string>() : ["--data", Data],
        ];
        Line(0, "apiVersion: batch/v1");
        Line(0, "kind: Job");
        Line(0, "metadata:");
        Line(2, $"name: {Quoted(Name)}");
        if (Namespace is not null) Line(2, $"namespace: {Quoted(Namespace)}");
        Line(2, "labels:");
        Line(4, "app.kubernetes.io/name: pare");
        Line(0, "spec:");
        Line(2, "completionMode: Indexed");
        Line(2, $"completions: {Number(Completions)}");
        Line(2, $"parallelism: {Number(Math.Min(MostTasks ?? Completions, Completions))}");
        Line(2, $"suspend: {(Suspended ? "true" : "false")}");
        Line(2, "# An index that fails for good leaves the others alone.");
        Line(2, $"backoffLimitPerIndex: {Number(Retries)}");
        Line(2, $"maxFailedIndexes: {Number(Completions)}");
        Line(2, "podReplacementPolicy: Failed");
        Line(2, "podFailurePolicy:");
        Line(4, "rules:");
        Line(6, "# 2: the recipe or the call is wrong; 3: the images are. Neither gets better by trying again.");
        Line(6, "- action: FailIndex");
        Line(8, "onExitCodes:");
        Line(10, "containerName: pare");
        Line(10, "operator: In");
        Line(10, "values: [2, 3]");
        Line(6, "# A pod that the cluster takes away has failed nothing: the next one resumes from its checkpoint.");
        Line(6, "- action: Ignore");
        Line(8, "onPodConditions:");
        Line(10, "- type: DisruptionTarget");
        Line(12, "status: \"True\"");
        Line(2, "template:");
        Line(4, "metadata:");
        Line(6, "labels:");
        Line(8, "app.kubernetes.io/name: pare");
        Line(4, "spec:");
        Line(6, "restartPolicy: Never");
        Line(6, $"terminationGracePeriodSeconds: {Number(GraceSeconds)}");
        Line(6, "containers:");
        Line(8, "- name: pare");
        Line(10, $"image: {Quoted(Image)}");
        Line(10, "args:");
        foreach (string argument in arguments) Line(12, $"- {Quoted(argument)}");
        Line(10, "env:");
        Line(12, "# Who follows a pod that was lost with its node knows by this that the run's lock is its own predecessor's.");
        Field(12, "PARE_JOB", "metadata.labels['batch.kubernetes.io/controller-uid']");
        Field(12, "PARE_INDEX", "metadata.annotations['batch.kubernetes.io/job-completion-index']");
        Line(12, "- name: PARE_TASK");
        Line(14, "value: \"kubernetes $(PARE_JOB) $(PARE_INDEX)\"");
        Line(10, "resources:");
        foreach (string kind in new[] { "requests", "limits" })
        {
            Line(12, $"{kind}:");
            Line(14, $"cpu: {Quoted(Number(Processors))}");
            Line(14, $"memory: {Quoted(Memory)}");
        }

        Line(10, "volumeMounts:");
        Line(12, "- name: plan");
        Line(14, $"mountPath: {Quoted(Mount)}");
        Line(6, "volumes:");
        Line(8, "- name: plan");
        Line(10, "persistentVolumeClaim:");
        Line(12, $"claimName: {Quoted(Claim)}");
        return text.ToString();

        void Field(int indent, string name, string path)
        {
            Line(indent, $"- name: {name}");
            Line(indent + 2, "valueFrom:");
            Line(indent + 4, "fieldRef:");
            Line(indent + 6, $"fieldPath: {path}");
        }
    }

    // As JSON, of which YAML is more.
    private static string Quoted(string value) => $"\"{System.Text.Json.JsonEncodedText.Encode(value,
        System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}\"";
}
