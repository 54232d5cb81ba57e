using System.Runtime.CompilerServices;
using Pare.Recipes;
using Pare.Tests.Support;

namespace Pare.Tests.Recipes;

/// <summary>Whatever a recipe can name is described or compared with PyTorch.</summary>
public class CatalogTests
{
    [Fact]
    public void Every_technique_has_a_card_beside_it_and_a_key_of_its_own()
    {
        Technique[] all = [.. TechniqueCatalog.All];
        Assert.NotEmpty(all);
        Assert.Equal(all.Length, all.Select(static technique => technique.Key).Distinct().Count());
        Assert.All(all, static technique => AssertCard(technique.GetType(), technique.Key));
    }

    [Fact]
    public void Every_technique_of_the_library_can_be_named_in_a_recipe() => Assert.Equal(
        typeof(Technique).Assembly.GetTypes().Where(static type => type.IsSubclassOf(typeof(Technique)) && !type.IsAbstract)
        .Select(static type => type.Name).Order(),
        TechniqueCatalog.All.Select(static technique => technique.GetType().Name).Order());

    [Fact]
    public void Every_schedule_has_a_card_beside_it() =>
        Assert.All(TrainingSection.AllSchedules, static pair => AssertCard(pair.Value.GetType(), pair.Key));

    [Fact]
    public void Every_optimizer_is_compared_with_PyTorch()
    {
        string[] compared = [.. FixtureFolder.Load("optimizer").Select(static fixture => fixture.Text("optimizer")).Distinct()];
        Assert.All(TrainingSection.OptimizerNames, name => Assert.Contains(name, compared));
    }

    private static void AssertCard(Type type, string key)
    {
        string[] folders = type.Namespace!.Split('.');
        string card =
            Path.Combine([Path.GetDirectoryName(ThisFile())!, "..", "..", "..", "src", "Pare", .. folders[1..], type.Name + ".md"]);
        Assert.True(File.Exists(card), $"{type.Name}.md is missing beside {type.Name}.cs");
        Assert.Contains(key + ":", File.ReadAllText(card), StringComparison.Ordinal);
    }

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
