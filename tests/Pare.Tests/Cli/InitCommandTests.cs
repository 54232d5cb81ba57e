using System.Text.Json;
using Pare.Cli;
using Pare.Data;
using Pare.Recipes;
using Pare.Tests.Support;
using Pare.Training;
using Pare.Training.Losses;

namespace Pare.Tests.Cli;

public sealed class InitCommandTests : IDisposable
{
    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Digits_as_picture_files_are_learned_with_the_recipe_that_is_written_for_them()
    {
        string photos = WriteGlyphs(1_500), recipe = Path.Combine(_folder.Root, "digits.yaml");
        var init = new TestCli();
        Assert.Equal(ExitCode.Done, init.Run("init", photos, "--out", recipe));
        Assert.Contains("1,500, 10 classes of 150, grey, 28x28 pixels", init.Out, StringComparison.Ordinal);
        Assert.Contains($"next      pare train {recipe}", init.Out, StringComparison.Ordinal);

        var train = new TestCli();
        Assert.Equal(ExitCode.Done,
            train.Run("train", recipe, "--set", "training.epochs=6", "--json", "--out", Path.Combine(_folder.Root, "run")));
        using JsonDocument result = JsonDocument.Parse(train.Out);
        Assert.InRange(result.RootElement.GetProperty("test_accuracy").GetDouble(), 0.97, 1);
    }

    [Theory]
    [InlineData(60)]
    [InlineData(310)]
    [InlineData(1_200)]
    public void The_images_that_a_recipe_is_made_for_are_those_that_it_trains_on(int count)
    {
        string photos = WriteGlyphs(count), recipe = Path.Combine(_folder.Root, "counted.yaml");
        var glance = DatasetGlance.Of(new DataSource(DataKind.ImageFolder, photos));
        Assert.Equal(ExitCode.Done, new TestCli().Run("init", photos, "--minutes", "0.02", "--out", recipe));
        Recipe read = RecipeStore.Open(recipe);
        IndexSplit split = read.Training.Split(ImageFolder.Load(photos, new ImageFolderOptions { Channels = 1, Height = 28, Width = 28 }));
        Assert.Equal(split.Train.Length, glance.LearntFrom(read.Training.ValidationFraction));
        Assert.Contains($"for {split.Train.Length:N0} training images", RunJson(photos), StringComparison.Ordinal);
    }

    [Fact]
    public void Of_few_pictures_a_recipe_holds_out_what_it_says_or_there_is_none()
    {
        string[] one = ["init", WriteGlyphs(10), "--minutes", "0.02", "--out", _folder["one.yaml"]];
        foreach (string[] line in new[] { one, [.. one, "--phases"] })
            TestCli.AssertFails(ExitCode.Data, "No image can be held out for testing: no class has two images or more.", line);
        Assert.False(File.Exists(_folder["one.yaml"]));

        foreach ((int count, bool holds) in new[] { (20, false), (30, true) })
        {
            string photos = WriteGlyphs(count), recipe = _folder[$"few{count}.yaml"];
            var cli = new TestCli();
            Assert.Equal(ExitCode.Done, cli.Run("init", photos, "--phases", "--minutes", "0.02", "--out", recipe));
            Assert.Equal(holds, cli.Out.Contains("--auto", StringComparison.Ordinal));
            Assert.Contains(holds ? "held out  20 % of the training images" : "held out  none", cli.Out, StringComparison.Ordinal);
            Recipe read = RecipeStore.Open(recipe);
            ImageFolderOptions size = new() { Channels = 1, Height = 28, Width = 28 };
            Assert.Equal(holds, read.Training.Split(ImageFolder.Load(photos, size)).Validation.Length > 0);
            Assert.Equal(holds, read.Training.ValidationFraction > 0);
        }
    }

    [Fact]
    public void A_class_of_one_picture_is_said_to_have_one()
    {
        string photos = WriteGlyphs(20);
        File.Delete(Path.Combine(photos, Glyphs.Create().Train.Classes[0], "0000.png"));
        var cli = new TestCli(width: 1000);
        Assert.Equal(ExitCode.Done, cli.Run("init", photos, "--minutes", "0.02", "--out", _folder["single.yaml"]));
        Assert.Contains("a class has only 1 picture: ", cli.Out, StringComparison.Ordinal);
        Assert.Contains("a class with a single picture is not tested", cli.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_many_pictures_no_more_than_a_few_are_looked_at() =>
        Assert.InRange(DatasetGlance.Of(new DataSource(DataKind.ImageFolder, WriteGlyphs(210))).Sizes.Count, 100, 200);

    private string RunJson(string photos)
    {
        var cli = new TestCli();
        string recipe = Path.Combine(_folder.Root, "json.yaml");
        Assert.Equal(ExitCode.Done, cli.Run("init", photos, "--json", "--minutes", "0.02", "--out", recipe));
        return cli.Out;
    }

    [Fact]
    public void A_build_of_phases_is_a_recipe_that_can_be_built()
    {
        string recipe = Path.Combine(_folder.Root, "build.yaml");
        Assert.Equal(ExitCode.Done, new TestCli().Run("init", WriteGlyphs(400), "--phases", "--minutes", "1", "--out", recipe));
        PhasedRecipe phased = RecipeStore.FindPhases(recipe)!;
        Assert.Equal(["baseline", "one_cycle", "gap", "separable", "blur_pool", "narrow"],
            phased.Phases.Select(static phase => phase.Name));
        long[] parameters =
            [.. phased.Phases.Select(phase =>
            phased.Resolve(phase).Graph.Nodes.SelectMany(static node => node.Parameters).Sum(static parameter => parameter.Length))];
        Assert.True(parameters[^1] * 4 < parameters[0], string.Join(' ', parameters));
        Assert.All(phased.Phases, phase => Assert.True(phased.Resolve(phase).Training.ValidationFraction > 0));
    }

    [Theory]
    [InlineData(2, 20, 3_000, 4_000, true)]
    [InlineData(100, 6, 64, 48, true)]
    [InlineData(3, 12, 28, 28, false)]
    [InlineData(2, 4, 5, 9, false)]
    public void Every_kind_of_pictures_gets_a_recipe_that_reads(int classes, int each, int height, int width, bool colour)
    {
        var glance = new DatasetGlance
        {
            Source = new DataSource(DataKind.ImageFolder, "photos"),
            Classes = [.. Enumerable.Range(0, classes).Select(c => new ClassCount($"class {c}", each, 0))],
            Sizes = [(width, height)],
            HasColour = colour,
            Unreadable = [],
            Notes = [],
        };
        foreach (bool phases in new[] { false, true })
        {
            var proposed =
                ProposedRecipe.For(glance,
                new ProposalOptions { Name = "a \"name\": #1\n", DatasetPath = "photos", Phases = phases, Clock = Clock() });
            var recipe = Recipe.Parse(proposed.Yaml, "photos.yaml");
            Assert.Equal("a \"name\": #1\n", recipe.Name);
            Assert.Equal(classes, recipe.Graph.Output.Shape.Channels);
            Assert.Equal(colour ? 3 : 1, recipe.Graph.Input.Shape.Channels);
            Assert.True(Math.Max(recipe.Graph.Input.Shape.Height, recipe.Graph.Input.Shape.Width) <= 128);
            Assert.InRange(recipe.Training.BatchSize, 1, 32);
            Assert.True(proposed.Choices.Count >= 7);
        }
    }

    [Theory]
    [InlineData(32, 4_000, 100_000, "3x32x32", "the largest of those tried that half of the pictures reach")]
    [InlineData(20, 4_000, 100_000, "3x20x20", "half of the pictures are no larger")]
    [InlineData(4_000, 4_000, 100_000, "3x128x128", "the largest that trains for 67 epochs or more in 100000 minutes")]
    [InlineData(4_000, 4_000, 0.000001, "3x64x64", "the smallest to begin with: the time is short")]
    public void The_size_of_the_input_has_its_own_reason(int most, int few, double minutes, string taken, string reason)
    {
        var glance = new DatasetGlance
        {
            Source = new DataSource(DataKind.ImageFolder, "photos"),
            Classes = [new ClassCount("a", 2_000, 0), new ClassCount("b", 2_000, 0)],
            Sizes = [(most, most), (most, most), (few, few)],
            HasColour = true,
            Unreadable = [],
            Notes = [],
        };
        var proposed =
            ProposedRecipe.For(glance,
            new ProposalOptions { Name = "photos", DatasetPath = "photos", Minutes = minutes, Clock = Clock() });
        Choice input = proposed.Choices.Single(static choice => choice.What == "input");
        Assert.Equal((taken, reason), (input.Taken, input.Why));
    }

    [Theory]
    [InlineData(true, 50, "horizontal_flip, trivial_augment", "colours as they may come")]
    [InlineData(true, 15_000, "horizontal_flip", "varied enough")]
    [InlineData(false, 50, "affine", "small turns and shifts")]
    [InlineData(false, 15_000, "none", "varied enough")]
    public void Pictures_are_said_to_be_altered_where_they_are(bool colour, int each, string taken, string reason)
    {
        var glance = new DatasetGlance
        {
            Source = new DataSource(DataKind.ImageFolder, "photos"),
            Classes = [new ClassCount("a", each, 0), new ClassCount("b", each, 0)],
            Sizes = [(8, 8)],
            HasColour = colour,
            Unreadable = [],
            Notes = [],
        };
        var proposed = ProposedRecipe.For(glance,
            new ProposalOptions { Name = "photos", DatasetPath = "photos", Minutes = 0.000001, Clock = Clock() });
        Choice choice = proposed.Choices.Single(static choice => choice.What == "augment");
        Assert.Equal(taken, choice.Taken);
        Assert.EndsWith(reason, choice.Why, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(100, 100, 100, null, null)]
    [InlineData(300, 260, 260, null, null)]
    [InlineData(300, 400, 400, "100 % of the pictures", "model.input 3x144x112 shows nearly all of them")]
    [InlineData(640, 360, 360, "100 % of the pictures", "model.input 3x96x168 shows nearly all of them")]
    [InlineData(300, 400, 300, "50 % of the pictures", "draws what is left")]
    [InlineData(20, 40, 40, null, null)]
    [InlineData(5000, 1, 1, "100 % of the pictures", "draws what is left")]
    public void Pictures_that_lose_their_ends_are_told_of(int width, int height, int otherHeight, string? taken, string? reason)
    {
        var glance = new DatasetGlance
        {
            Source = new DataSource(DataKind.ImageFolder, "photos"),
            Classes = [new ClassCount("a", 20, 0), new ClassCount("b", 20, 0)],
            Sizes = [(width, height), (width, otherHeight)],
            HasColour = true,
            Unreadable = [],
            Notes = [],
        };
        var proposed =
            ProposedRecipe.For(glance, new ProposalOptions { Name = "photos", DatasetPath = "photos", Clock = Clock() });
        Choice cropped = proposed.Choices.SingleOrDefault(static choice => choice.What == "cropped");
        Assert.Equal(taken, cropped.Taken);
        if (reason is not null) Assert.EndsWith(reason, cropped.Why, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(15, 59, false)]
    [InlineData(15, 60, true)]
    [InlineData(0, 40, true)]
    public void Uneven_classes_are_weighted(int few, int many, bool uneven)
    {
        var glance = new DatasetGlance
        {
            Source = new DataSource(DataKind.ImageFolder, "photos"),
            Classes = [new ClassCount("a", few, 5), new ClassCount("b", many, 5), new ClassCount("c", 40, 5)],
            Sizes = [(8, 8)],
            HasColour = false,
            Unreadable = [],
            Notes = [],
        };
        Assert.Equal(uneven, glance.IsUneven);
        foreach (bool phases in new[] { false, true })
        {
            var proposed = ProposedRecipe.For(glance,
                new ProposalOptions { Name = "photos", DatasetPath = "photos", Phases = phases, Clock = Clock() });
            Assert.Equal(uneven, proposed.Choices.Any(static choice => choice.What == "classes"));
            ClassWeights[] weights = [.. Recipe.Parse(proposed.Yaml, "photos.yaml").Training.Techniques.OfType<ClassWeights>()];
            Assert.Equal(uneven ? [new ClassWeights { Power = 0.5f }] : [], weights);
        }
    }

    [Theory]
    [InlineData("été 写真")]
    [InlineData("🐈 \"a\" \\ 'b'\t#")]
    public void A_name_stands_in_the_recipe_as_every_reader_of_YAML_takes_it(string name)
    {
        var glance = new DatasetGlance
        {
            Source = new DataSource(DataKind.ImageFolder, "photos"),
            Classes = [new ClassCount("a", 40, 5), new ClassCount("b", 40, 5)],
            Sizes = [(8, 8)],
            HasColour = false,
            Unreadable = [],
            Notes = [],
        };
        var options = new ProposalOptions { Name = name, DatasetPath = "photos", Clock = Clock() };
        string yaml = ProposedRecipe.For(glance, options).Yaml;
        Assert.Equal(name, Recipe.Parse(yaml, "photos.yaml").Name);
        Assert.DoesNotContain("\\uD83D", yaml, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void What_cannot_be_begun_is_said_and_no_file_is_touched()
    {
        string photos = WriteGlyphs(40), taken = _folder.Write("taken.yaml", "mine"u8.ToArray());
        TestCli.AssertFails(ExitCode.Usage, "never overwritten", "init", photos, "--out", taken);
        Assert.Equal("mine", File.ReadAllText(taken));
        TestCli.AssertFails(ExitCode.Usage, "does not exist", "init", photos, "--out", Path.Combine(_folder.Root, "none", "my.yaml"));
        foreach (string[] command in (string[][])[["init"], ["data", "check"]])
            TestCli.AssertFails(ExitCode.Data,
                $"error: There is nothing at this path.\nwhere: {_folder["none"]}\n  fix: Check the path that was given.\n",
                [.. command, _folder["none"]]);
        TestCli.AssertFails(ExitCode.Usage, "Type `pare train glyphs`.", "init", "glyphs");
        TestCli.AssertFails(ExitCode.Usage, "--minutes", "init", photos, "--minutes", "0");
        Directory.CreateDirectory(Path.Combine(_folder.Root, "one", "class"));
        File.WriteAllBytes(Path.Combine(_folder.Root, "one", "class", "a.png"), ImageFiles.FlatPng(8, 8, 1));
        TestCli.AssertFails(ExitCode.Data, "only one class", "init", Path.Combine(_folder.Root, "one"));
    }

    // By which a network is timed in some forty steps.
    private static TickingClock Clock() => new(TimeSpan.FromSeconds(0.1));

    private string WriteGlyphs(int count)
    {
        ImageSet images = Glyphs.Create().Train;
        string root = Path.Combine(_folder.Root, $"digits{count}");
        var written = new int[images.Classes.Count];
        for (int i = 0; written.Sum() < count; i++)
        {
            int label = images.Labels[i];
            if (written[label] == count / written.Length) continue;
            string folder = Path.Combine(root, images.Classes[label]);
            Directory.CreateDirectory(folder);
            File.WriteAllBytes(Path.Combine(folder, $"{written[label]++:D4}.png"),
                ImageFiles.Png(images.Height, images.Width, 1, images.Image(i).ToArray()));
        }

        return root;
    }
}
