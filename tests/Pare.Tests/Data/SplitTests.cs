using CsCheck;
using Pare.Data;

namespace Pare.Tests.Data;

public sealed class SplitTests
{
    // A tree: the images of each class, by numbers, and the fraction and seed that divide it.
    private static readonly Gen<(int[][] Classes, double Fraction, int Seed)> Trees =
        Gen.Select(Gen.Int[0, 400].HashSet[1, 60].Select(static set => set.ToArray()).Array[1, 5], Gen.Double[0.05, 0.6], Gen.Int[0, 1000]);

    [Fact]
    public void Added_and_removed_images_move_no_other_but_the_one_at_the_border_of_a_class()
    {
        int borders = 0, calm = 0;
        Gen.Select(Trees, Gen.Int[0, 4], Gen.Int[0, 400]).Sample(
            (tree, at, number) =>
            {
                (int[][] classes, double fraction, int seed) = tree;
                int label = at % classes.Length;
                int[][] changed = [.. classes];
                changed[label] = classes[label].Contains(number) ? [.. classes[label].Where(other => other != number)]
                    : [.. classes[label], number];
                var (before, after) = (Divide(classes, fraction, seed), Divide(changed, fraction, seed));

                string[] moved = [.. before.Keys.Intersect(after.Keys).Where(name => before[name] != after[name])];

                bool isBorder = IsBorder(before, label) || IsBorder(after, label);
                Assert.True(moved.Length <= (isBorder ? 1 : 0), string.Join(' ', moved));
                Assert.All(moved, name => Assert.StartsWith($"{label}/", name, StringComparison.Ordinal));
                Interlocked.Increment(ref isBorder ? ref borders : ref calm);
            },
            iter: 2000);
        Assert.True(borders > 20 && calm > 500, $"{borders} and {calm}");

        // One image or none stands on a side: it may be there only because no other is.
        static bool IsBorder(Dictionary<string, bool> sides, int label)
        {
            bool[] own =
                [.. sides.Where(pair => pair.Key.StartsWith($"{label}/", StringComparison.Ordinal)).Select(static pair => pair.Value)];
            return own.Count(static held => held) <= 1 || own.Count(static held => !held) <= 1;
        }
    }

    [Fact]
    public void Fractions_hold_to_within_chance_and_every_class_of_two_stands_on_both_sides()
    {
        Trees.Sample(
            tree =>
            {
                (int[][] classes, double fraction, int seed) = tree;
                Dictionary<string, bool> sides = Divide(classes, fraction, seed);
                for (int label = 0; label < classes.Length; label++)
                {
                    int count = classes[label].Length, held = classes[label].Count(number => sides[$"{label}/{number}.png"]);
                    double chance = Math.Sqrt(count * fraction * (1 - fraction));

                    // Six standard deviations, and the one image that the border may add or take.
                    Assert.InRange(held, (count * fraction) - (6 * chance) - 1, (count * fraction) + (6 * chance) + 1);
                    Assert.InRange(held, count > 1 ? 1 : 0, count - 1);
                }
            },
            iter: 1000);

        // Over many trees the shares are the fraction, of large classes without any leaning.
        int[] hundred = [.. Enumerable.Range(0, 100)];
        Assert.Equal(0.2, Enumerable.Range(0, 200)
            .Average(seed => Divide([hundred], 0.2, seed).Values.Average(static held => held ? 1.0 : 0)), 0.005);
        Assert.Equal(1.1, Enumerable.Range(0, 500).Average(seed => Divide([[1, 2, 3]], 0.2, seed).Values.Count(static held => held)), 0.1);
    }

    [Fact]
    public void Groups_never_stand_on_both_sides_and_every_class_is_trained_on()
    {
        Gen.Select(Trees, Gen.Int[1, 30]).Sample(
            (tree, people) =>
            {
                (int[][] classes, double fraction, int seed) = tree;
                string[] names =
                    [.. classes.SelectMany((numbers, label) => numbers.Select(number => $"{label}/person{number % people}_{number}.png"))];
                int[] labels = [.. classes.SelectMany(static (numbers, label) => numbers.Select(_ => label))];
                var options = new SplitOptions { Test = (float)fraction, Seed = seed, Group = "(person[0-9]+)_" };
                IReadOnlyList<string> keys = options.KeysOf(names, "here");
                bool[] held = Split.Test(keys, labels, classes.Length, options);

                Assert.All(keys.Zip(held).GroupBy(static pair => pair.First), static group =>
                    Assert.Single(group.Select(static pair => pair.Second).Distinct()));
                for (int label = 0; label < classes.Length; label++)
                    Assert.Contains(Enumerable.Range(0, held.Length), i => labels[i] == label && !held[i]);
            },
            iter: 1000);
    }

    [Fact]
    public void A_group_takes_a_side_for_all_classes_that_it_stands_in()
    {
        int[] labels = [0, 0, 1, 1, 0, 1];
        var options = new SplitOptions { Test = 0.01f };

        Assert.Equal(3, Split.Test(["anna", "ben", "anna", "ben", "anna", "ben"], labels, 2, options).Count(static held => held));
        Assert.Equal([false, false], Split.Test(["anna", "anna"], [0, 1], 2, options with { Test = 0.9f }));
    }

    [Fact]
    public void The_split_is_the_same_on_every_platform_and_in_every_version()
    {
        Dictionary<string, bool> sides = Divide([[.. Enumerable.Range(0, 40)]], 0.1, 1);

        Assert.Equal("0/3.png 0/36.png 0/37.png", string.Join(' ', sides.Where(static pair => pair.Value).Select(static pair => pair.Key)));
    }

    [Fact]
    public void Seeds_draws_and_a_larger_fraction()
    {
        int[][] classes = [[.. Enumerable.Range(0, 2000)]];
        bool[] first = [.. Divide(classes, 0.3, 1).Values], second = [.. Divide(classes, 0.3, 2).Values],
            more = [.. Divide(classes, 0.5, 1).Values];

        // Independent: a share of 0.09 of all is held out by both.
        Assert.InRange(first.Zip(second).Count(static pair => pair.First && pair.Second), 130, 230);
        Assert.All(first.Zip(more), static pair => Assert.True(pair.Second || !pair.First));

        // Validation is drawn for itself: what is left of the lowest places by the test split would hold none.
        Dataset data = Data(2000, 1);
        int[] validation = Split.Validation(data, 0.3).Validation;
        Assert.InRange(
            validation.Count(index => Split.Test(data.Train.Names, data.Train.Labels, 1, new SplitOptions { Test = 0.3f })[index]), 130,
            230);
    }

    [Fact]
    public void Validation_is_drawn_by_the_seed_of_the_split_and_images_at_the_end_move_no_other()
    {
        Dataset data = Data(500, 5);

        IndexSplit split = Split.Validation(data, 0.1);

        Assert.Equal(Enumerable.Range(0, 500), split.Train.Concat(split.Validation).Order());
        Assert.InRange(split.Validation.Length, 25, 80);
        Assert.Equal(split.Validation, Split.Validation(Data(700, 5), 0.1).Validation.Where(static index => index < 500));
        Assert.NotEqual(split.Validation, Split.Validation(data with { Split = new SplitOptions { Seed = 2 } }, 0.1).Validation);
        Assert.Equal(split.Validation, Split.Validation(data with { Split = new SplitOptions { Test = 0.5f } }, 0.1).Validation);
        Assert.Empty(Split.Validation(data, 0).Validation);
        Assert.Equal([3, 7], Split.Validation(data with { Validation = [3, 7] }, 0.1).Validation);
        Assert.Equal([3, 7], Split.Validation(data with { Validation = [3, 7] }, 0).Validation);
    }

    [Theory]
    [InlineData(-0.1)]
    [InlineData(1)]
    [InlineData(double.NaN)]
    public void Another_fraction_is_refused(double fraction)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Split.Validation(Data(10, 2), fraction));
        Assert.Throws<ArgumentException>(() => new SplitOptions { Test = (float)fraction }.Validate());
        Assert.Throws<ArgumentException>(() => new SplitOptions { Test = 0 }.Validate());
    }

    [Theory]
    [InlineData("person[0-9]+", "in parentheses")]
    [InlineData("(", "no regular expression")]
    [InlineData(@"(a)\1", "no regular expression")]
    [InlineData("(?=a)(b)", "no regular expression")]
    public void An_expression_that_names_no_group_is_refused(string group, string reason) =>
        Assert.Contains(reason, Assert.Throws<ArgumentException>(() => new SplitOptions { Group = group }.Validate()).Message);

    [Fact]
    public void An_image_without_a_group_is_named()
    {
        var error =
            Assert.Throws<DataException>(() =>
            new SplitOptions { Group = "(p[0-9])_" }.KeysOf(["a/p1_1.png", "a/x.png", "b/y.png"], "here"));

        Assert.Equal("2 of 3 images belong to no group of dataset.split.group, (p[0-9])_; the first: a/x.png.", error.Message);
        Assert.Throws<DataException>(() => new SplitOptions { Group = "a/(z*)" }.KeysOf(["a/p1_1.png"], "here"));
    }

    [Theory]
    [InlineData(6)]
    [InlineData(-1)]
    public void A_validation_image_that_is_none_of_the_training_images_is_named(int index)
    {
        Dataset data = Data(6, 2) with { Validation = [0, index] };

        Assert.StartsWith($"Image {index} is named for validation, and there are 6 training images",
            Assert.Throws<DataException>(() => Split.Validation(data, 0)).Message, StringComparison.Ordinal);
    }

    private static Dataset Data(int count, int classes)
    {
        var images =
            new ImageSet(1, 1, 1, new byte[count], [.. Enumerable.Range(0, count).Select(i => i % classes)],
            [.. Enumerable.Range(0, classes).Select(static i => $"{i}")]);
        return new Dataset("x", "here", images, images);
    }

    // Name to whether it is held out.
    private static Dictionary<string, bool> Divide(int[][] classes, double fraction, int seed)
    {
        string[] names = [.. classes.SelectMany(static (numbers, label) => numbers.Select(number => $"{label}/{number}.png"))];
        int[] labels = [.. classes.SelectMany(static (numbers, label) => numbers.Select(_ => label))];
        bool[] held = Split.Test(names, labels, classes.Length, new SplitOptions { Test = (float)fraction, Seed = seed });
        return names.Zip(held).ToDictionary(static pair => pair.First, static pair => pair.Second);
    }
}
