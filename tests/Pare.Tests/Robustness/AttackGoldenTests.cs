using Pare.Data;
using Pare.Graphs;
using Pare.Quantization;
using Pare.Robustness;
using Pare.Tests.Execution;

namespace Pare.Tests.Robustness;

/// <summary>Against PyTorch in double precision: <c>tools/golden/flatness.py</c> printed the numbers.</summary>
[Collection(AloneCollection.Name)]
public class AttackGoldenTests
{
    [Theory]
    [InlineData("silu", 2, 33, 32)]
    [InlineData("silu", 6, 22, 22)]
    [InlineData("silu", 12, 9, 9)]
    [InlineData("relu", 2, 28, 28)]
    [InlineData("relu", 6, 24, 24)]
    [InlineData("relu", 12, 14, 14)]
    public void As_many_pictures_stay_right(string activation, int epsilon, int fast, int projected)
    {
        Network network = GoldenNetwork.Make(activation);
        using var run = new AttackRun(network, GoldenNetwork.Normalization, GoldenNetwork.Own(network), seed: 1, threads: 2);
        Assert.Equal(GoldenNetwork.Images, Right(run, Attack.Fast(0)));
        Assert.Equal(fast, Right(run, Attack.Fast(epsilon)));
        Assert.Equal(projected, Right(run, Attack.Projected(epsilon, 10, draw: null)));
    }

    [Fact]
    public void More_steps_and_reach_help_no_defender_and_without_reach_the_accuracy_is_the_clean_one()
    {
        AttacksRecord attacks = Measure([0, 2, 6, 12, 255], threads: 2);
        Assert.Equal(attacks.Clean, Assert.Single(Measure([0], 1).Results.DistinctBy(static result => result.Accuracy)).Accuracy);
        foreach (IGrouping<int, AttackResult> reach in attacks.Results.GroupBy(static result => result.Epsilon))
        {
            Assert.Equal(["FGSM", "PGD-10", "PGD-50"], reach.Select(static result => result.Attack));
            Assert.Equal(reach.OrderByDescending(static result => result.Accuracy), reach);
        }

        foreach (IGrouping<string, AttackResult> attack in attacks.Results.Where(static result => result.Attack != "FGSM")
            .GroupBy(static result => result.Attack))
            Assert.Equal(attack.OrderByDescending(static result => result.Accuracy), attack);
        Assert.Equal(0, attacks.Results[^1].Accuracy);
        Assert.Equal(1, attacks.Clean);
    }

    // The record joins what weaker attacks fooled; this is of each attack alone.
    [Fact]
    public void Many_steps_alone_are_no_weaker_than_one()
    {
        Network network = GoldenNetwork.Make("silu");
        using var run = new AttackRun(network, GoldenNetwork.Normalization, GoldenNetwork.Own(network), seed: 1, threads: 2);
        foreach (int epsilon in new[] { 1, 2, 4, 6, 12 })
        {
            int fast = Right(run, Attack.Fast(epsilon)), ten = Right(run, Attack.Projected(epsilon, 10, null)),
                fifty = Right(run, Attack.Projected(epsilon, 50, null)), elsewhere = Right(run, Attack.Projected(epsilon, 50, draw: 1));
            Assert.True(ten <= fast && fifty <= ten && elsewhere <= fast, $"{epsilon}: {fast}, {ten}, {fifty}, {elsewhere}");
        }
    }

    [Fact]
    public void Pictures_stay_within_reach_and_among_bytes()
    {
        Network network = GoldenNetwork.Make("relu");
        ImageSet own = GoldenNetwork.Own(network);
        using var run = new AttackRun(network, GoldenNetwork.Normalization, own, seed: 1, threads: 2);
        int[] indices = [.. Enumerable.Range(0, GoldenNetwork.Images).Reverse()];
        byte[] pictures = new byte[GoldenNetwork.Images * GoldenNetwork.Height * GoldenNetwork.Width];
        foreach (Attack attack in new[] { Attack.Fast(9), Attack.Projected(9, 10, null), Attack.Projected(9, 10, draw: 2) })
        {
            run.Run(attack, indices, new bool[GoldenNetwork.Images], pictures);
            int farthest = 0;
            for (int i = 0; i < indices.Length; i++)
            {
                ReadOnlySpan<byte> before = own.Image(indices[i]);
                for (int k = 0; k < before.Length; k++)
                    farthest = Math.Max(farthest, Math.Abs(pictures[(i * before.Length) + k] - before[k]));
            }

            Assert.Equal(9, farthest);
        }
    }

    [Fact]
    public void Neither_threads_nor_neighbours_change_an_attack()
    {
        AttacksRecord one = Measure([2, 6], threads: 1), three = Measure([2, 6], threads: 3);
        Assert.Equal(one with { Results = [] }, three with { Results = [] });
        Assert.Equal(one.Results, three.Results);

        Network network = GoldenNetwork.Make("silu");
        using var run = new AttackRun(network, GoldenNetwork.Normalization, GoldenNetwork.Own(network), seed: 1, threads: 2);
        bool[] all = new bool[GoldenNetwork.Images], alone = new bool[1];
        var attack = Attack.Projected(3, 10, draw: 1);
        run.Run(attack, Enumerable.Range(0, GoldenNetwork.Images).ToArray(), all);
        for (int i = 0; i < all.Length; i++)
        {
            run.Run(attack, new[] { i }, alone);
            Assert.Equal(all[i], alone[0]);
        }
    }

    // A lane begins with the next picture as soon as its own is done, in the midst of the others' steps.
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void What_an_attack_makes_of_a_picture_does_not_hang_on_when_it_began(int threads)
    {
        Network network = GoldenNetwork.Make("relu");
        ImageSet own = GoldenNetwork.Own(network);
        using var run = new AttackRun(network, GoldenNetwork.Normalization, own, seed: 1, threads);
        int[] some = [.. Enumerable.Range(0, 90).Select(static i => i * i % GoldenNetwork.Images)];
        int size = GoldenNetwork.Height * GoldenNetwork.Width;
        bool[] all = new bool[some.Length], kept = new bool[some.Length], alone = new bool[1];
        byte[] pictures = new byte[some.Length * size], picture = new byte[size];
        foreach (Attack attack in new[] { Attack.Fast(6), Attack.Projected(6, 10, draw: null), Attack.Projected(6, 10, draw: 1) })
        {
            run.Run(attack, some, all);
            run.Run(attack, some, kept, pictures);
            Assert.Equal(all, kept);
            Assert.Contains(true, all);
            Assert.Contains(false, all);
            for (int i = 0; i < some.Length; i++)
            {
                run.Run(attack, some.AsMemory(i, 1), alone, picture);
                Assert.Equal(alone[0], all[i]);
                Assert.Equal(picture, pictures.AsSpan(i * size, size));
            }
        }
    }

    [Fact]
    public void A_cancelled_run_takes_no_step()
    {
        Network network = GoldenNetwork.Make("relu");
        using var run = new AttackRun(network, GoldenNetwork.Normalization, GoldenNetwork.Own(network), seed: 1, threads: 2);
        int[] indices = [.. Enumerable.Range(0, GoldenNetwork.Images)];
        bool[] fooled = new bool[GoldenNetwork.Images];
        run.Run(Attack.Fast(255), indices, fooled);
        Assert.Contains(true, fooled);
        run.Run(Attack.Fast(255), indices, fooled, cancellation: new CancellationToken(canceled: true));
        Assert.DoesNotContain(true, fooled);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_run_allocates_nothing(int threads)
    {
        Network network = GoldenNetwork.Make("relu");
        using var run = new AttackRun(network, GoldenNetwork.Normalization, GoldenNetwork.Pictures(), seed: 1, threads);
        int[] indices = [.. Enumerable.Range(0, GoldenNetwork.Images)];
        bool[] fooled = new bool[GoldenNetwork.Images];
        byte[] pictures = new byte[GoldenNetwork.Images * GoldenNetwork.Height * GoldenNetwork.Width];
        var attack = Attack.Projected(4, 3, draw: 1);
        Assert.Equal((0, 0), AllocationTests.Allocated(() => run.Run(attack, indices, fooled, pictures)));
    }

    [Fact]
    public void A_network_that_is_very_sure_is_attacked_all_the_same()
    {
        // In single precision softmax - y is 0 for such logits, and its sign says nothing.
        Network network = GoldenNetwork.Make("silu");
        foreach (string name in new[] { "linear1.weight", "linear1.bias" })
            foreach (ref float value in network.Values(network[name])) value *= 1e4f;
        using var run = new AttackRun(network, GoldenNetwork.Normalization, GoldenNetwork.Own(network), seed: 1, threads: 1);
        Assert.InRange(Right(run, Attack.Projected(6, 10, null)), 0, 24);
    }

    [Fact]
    public void The_network_in_integers_is_shown_what_fools_the_one_in_single_precision()
    {
        Network network = GoldenNetwork.Make("relu");
        ImageSet own = GoldenNetwork.Own(network);
        var model = Pare.Inference.Model.Of(network, GoldenNetwork.Normalization, ["a", "b", "c"]);
        var images = new Pare.Inference.CalibrationImages(own, [.. Enumerable.Range(0, 30)], [30, 31, 32], []);
        using ImageClassifier classifier = Pare.Inference.QuantizedModel.Of(model, images, threads: 1).Classifier(threads: 1);
        RobustnessRecord record = RobustnessEvaluation.Measure(classifier, new RobustnessData { Name = "golden", Test = own },
            new RobustnessOptions { Sections = ["attacks", "flatness"], Epsilons = [0, 12], Threads = 1 });
        Assert.True(record.Attacks!.Transferred);
        Assert.Equal(record.Accuracy, record.Attacks.Clean, 1e-12);
        Assert.All(record.Attacks.Results, result =>
            Assert.InRange(result.Accuracy, result.Epsilon == 0 ? record.Accuracy : 0, result.Epsilon == 0 ? record.Accuracy : 0.6));
        Assert.Null(record.Flatness);
        Assert.Equal("flatness", Assert.Single(record.NotMeasured).Section);
    }

    private static AttacksRecord Measure(int[] epsilons, int threads)
    {
        Network network = GoldenNetwork.Make("silu");
        using var classifier = ImageClassifier.Of(network, GoldenNetwork.Normalization, threads);
        return RobustnessEvaluation.Measure(classifier, new RobustnessData { Name = "golden", Test = GoldenNetwork.Own(network) },
            new RobustnessOptions { Sections = ["attacks"], Epsilons = epsilons, Threads = threads }).Attacks!;
    }

    private static int Right(AttackRun run, Attack attack)
    {
        bool[] fooled = new bool[GoldenNetwork.Images];
        run.Run(attack, Enumerable.Range(0, GoldenNetwork.Images).ToArray(), fooled);
        return fooled.Count(static image => !image);
    }
}
