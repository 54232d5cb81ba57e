using Pare.Data;
using Pare.Kernels;

namespace Pare.Robustness;

/// <summary>
/// Pictures that are changed by an amount that nobody sees so that the network errs: FGSM and PGD with 10 and 50 steps, in the greatest
/// norm, through the true gradient with the preprocessing inside.
/// </summary>
/// <remarks>
/// PGD counts as fooled what it, the weaker attacks at the same reach or itself at a smaller one have fooled: their pictures lie in its
/// cube. So it need not be run on these, and no accuracy rises with steps. FGSM is one step, and stands for itself.
/// </remarks>
internal sealed class AttackSection : RobustnessSection
{
    private const int ImagesAtOnce = 512, PassesOfAStep = 3;
    private static readonly int[] s_grey = [8, 16, 32, 77], s_colour = [1, 2, 4, 8], s_steps = [10, 50];

    public override string Name => "attacks";

    public override long Passes(RobustnessInputs inputs)
    {
        int rounds = IsTransferred(inputs) ? 1 : inputs.Options.Restarts;
        return Count(inputs) * (1L + (Reaches(inputs).Count * (PassesOf(1) + (rounds * s_steps.Sum(PassesOf)))));
    }

    public override string? Obstacle(RobustnessInputs inputs) => inputs.Classifier.Network is null
        ? "the network's gradient is not known, because the file has the lowered network only." : null;

    public override RobustnessRecord Measure(RobustnessInputs inputs, RobustnessRecord record)
    {
        ImageSet set = inputs.Data.Test;
        int count = Count(inputs);
        int[] indices = [.. Evenly.Spread(count, inputs.Labels).Select(place => inputs.Indices[place])];
        using var run = new AttackRun(inputs.Classifier.Network!, inputs.Classifier.Normalization!, set, inputs.Options.Seed,
            Parallels.Threads(inputs.Options.Threads));
        return record with { Attacks = IsTransferred(inputs) ? Transfer(inputs, run, indices) : Measure(inputs, run, indices) };
    }

    private static AttacksRecord Measure(RobustnessInputs inputs, AttackRun run, int[] indices)
    {
        bool[] wrong = Fooled(inputs, run, new Attack(0, 0, 0), indices);
        var bySteps = s_steps.Select(_ => (bool[])wrong.Clone()).ToArray();
        var results = new List<AttackResult>();
        foreach (int epsilon in Reaches(inputs))
        {
            inputs.Doing = Words("FGSM", epsilon);
            bool[] weaker = Fooled(inputs, run, Attack.Fast(epsilon), indices);
            results.Add(new AttackResult("FGSM", epsilon, Accuracy(weaker)));
            foreach ((int place, int steps) in s_steps.Index())
            {
                string name = NameOf(steps);
                inputs.Doing = Words(name, epsilon);
                bool[] fooled = bySteps[place];
                Join(fooled, weaker);
                for (int restart = 0; restart < inputs.Options.Restarts; restart++)
                {
                    int[] left = [.. Enumerable.Range(0, indices.Length).Where(i => !fooled[i])];
                    bool[] now = Fooled(inputs, run, Attack.Projected(epsilon, steps, restart == 0 ? null : restart),
                        [.. left.Select(i => indices[i])]);
                    inputs.Done((long)(indices.Length - left.Length) * PassesOf(steps));
                    for (int i = 0; i < left.Length; i++) fooled[left[i]] = now[i];
                }

                results.Add(new AttackResult(name, epsilon, Accuracy(fooled)));
                weaker = fooled;
            }
        }

        return new AttacksRecord(indices.Length, Accuracy(wrong), inputs.Options.Restarts, Transferred: false, results);
    }

    // A single start, and all steps of it: what fools the other network by a hair fools this one by chance.
    private static AttacksRecord Transfer(RobustnessInputs inputs, AttackRun run, int[] indices)
    {
        var results = new List<AttackResult>();
        double clean = Shown(new Attack(0, 0, 0));
        foreach (int epsilon in Reaches(inputs))
        {
            results.Add(Of("FGSM", Attack.Fast(epsilon)));
            foreach (int steps in s_steps) results.Add(Of(NameOf(steps), Attack.Projected(epsilon, steps, draw: null)));

            AttackResult Of(string name, Attack attack)
            {
                inputs.Doing = Words(name, epsilon);
                return new AttackResult(name, epsilon, Shown(attack));
            }
        }

        return new AttacksRecord(indices.Length, clean, 1, Transferred: true, results);

        double Shown(Attack attack)
        {
            int classes = inputs.Classifier.Classes, right = 0;
            Attacked(inputs, run, attack, indices, keeps: true, (chunk, _, pictures) =>
            {
                var logits = new float[chunk.Length * classes];
                inputs.Classifier.Logits(pictures, logits, inputs.Cancellation);
                for (int i = 0; i < chunk.Length; i++)
                    right += inputs.Data.Test.Labels[chunk[i]] == Largest.Of(logits.AsSpan(i * classes, classes)) ? 1 : 0;
            });
            return (double)right / indices.Length;
        }
    }

    private static bool[] Fooled(RobustnessInputs inputs, AttackRun run, Attack attack, int[] indices)
    {
        var all = new List<bool>(indices.Length);
        Attacked(inputs, run, attack, indices, keeps: false, (_, fooled, _) => all.AddRange(fooled));
        return [.. all];
    }

    // Some pictures at a time: so many lie in memory, and between them it is told how far it is.
    private static void Attacked(RobustnessInputs inputs, AttackRun run, Attack attack, int[] indices, bool keeps,
        Action<int[], bool[], byte[]> take)
    {
        foreach (int[] chunk in indices.Chunk(ImagesAtOnce))
        {
            var fooled = new bool[chunk.Length];
            byte[] pictures = keeps ? new byte[chunk.Length * inputs.Classifier.Input.Count] : [];
            run.Run(attack, chunk, fooled, pictures, inputs.Cancellation);
            inputs.Cancellation.ThrowIfCancellationRequested();
            take(chunk, fooled, pictures);
            inputs.Done(chunk.Length * PassesOf(attack.Steps));
        }
    }

    private static bool IsTransferred(RobustnessInputs inputs) => inputs.Classifier.Form != ImageClassifier.Float;

    private static int Count(RobustnessInputs inputs) => Math.Min(inputs.Count, inputs.Options.AttackedImages);

    private static IReadOnlyList<int> Reaches(RobustnessInputs inputs) =>
        [.. (inputs.Options.Epsilons ?? (inputs.Classifier.Input.Channels == 1 ? s_grey : s_colour)).Distinct().Order()];

    // A pass back costs about two forward.
    private static long PassesOf(int steps) => 1 + ((long)steps * PassesOfAStep);

    private static string NameOf(int steps) => $"PGD-{steps}";

    private static string Words(string name, int epsilon) => $"{name} at {epsilon}/255";

    private static void Join(bool[] fooled, bool[] others)
    {
        for (int i = 0; i < fooled.Length; i++) fooled[i] |= others[i];
    }

    private static double Accuracy(bool[] fooled) => (double)fooled.Count(static image => !image) / fooled.Length;
}
