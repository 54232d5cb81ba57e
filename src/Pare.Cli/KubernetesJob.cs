using Pare.Recipes;

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
        string[] arguments =
        [
            "run", Folder, "--wave", Invariant($"{Wave}"), "--per-task", Invariant($"{PerTask}"),
            .. Data is null ? Array.Empty<string>() : ["--data", Data],
        ];
        return Invariant(
            $$"""
            apiVersion: batch/v1
            kind: Job
            metadata:
              name: {{YamlText.Quoted(Name)}}{{(Namespace is null ? "" : $"\n  namespace: {YamlText.Quoted(Namespace)}")}}
              labels:
                app.kubernetes.io/name: pare
            spec:
              completionMode: Indexed
              completions: {{Completions}}
              parallelism: {{Math.Min(MostTasks ?? Completions, Completions)}}
              suspend: {{(Suspended ? "true" : "false")}}
              # An index that fails for good leaves the others alone.
              backoffLimitPerIndex: {{Retries}}
              maxFailedIndexes: {{Completions}}
              podReplacementPolicy: Failed
              podFailurePolicy:
                rules:
                  # 2: the recipe or the call is wrong; 3: the images are. Neither gets better by trying again.
                  - action: FailIndex
                    onExitCodes:
                      containerName: pare
                      operator: In
                      values: [2, 3]
                  # A pod that the cluster takes away has failed nothing: the next one resumes from its checkpoint.
                  - action: Ignore
                    onPodConditions:
                      - type: DisruptionTarget
                        status: "True"
              template:
                metadata:
                  labels:
                    app.kubernetes.io/name: pare
                spec:
                  restartPolicy: Never
                  terminationGracePeriodSeconds: {{GraceSeconds}}
                  containers:
                    - name: pare
                      image: {{YamlText.Quoted(Image)}}
                      args:
                        {{string.Join("\n            ", arguments.Select(static argument => $"- {YamlText.Quoted(argument)}"))}}
                      env:
                        # Who follows a pod that was lost with its node knows by this that the run's lock is its own predecessor's.
                        - name: PARE_JOB
                          valueFrom:
                            fieldRef:
                              fieldPath: metadata.labels['batch.kubernetes.io/controller-uid']
                        - name: PARE_INDEX
                          valueFrom:
                            fieldRef:
                              fieldPath: metadata.annotations['batch.kubernetes.io/job-completion-index']
                        - name: PARE_TASK
                          value: "kubernetes $(PARE_JOB) $(PARE_INDEX)"
                      resources:
                        requests:
                          cpu: {{YamlText.Quoted(Invariant($"{Processors}"))}}
                          memory: {{YamlText.Quoted(Memory)}}
                        limits:
                          cpu: {{YamlText.Quoted(Invariant($"{Processors}"))}}
                          memory: {{YamlText.Quoted(Memory)}}
                      volumeMounts:
                        - name: plan
                          mountPath: {{YamlText.Quoted(Mount)}}
                  volumes:
                    - name: plan
                      persistentVolumeClaim:
                        claimName: {{YamlText.Quoted(Claim)}}

            """).ReplaceLineEndings("\n");
    }
}
