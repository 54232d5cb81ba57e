using Pare.Tests.Support;
using Pare.Tests.Support.Parity;

namespace Pare.Tests;

/// <summary>The engine against the answers of PyTorch.</summary>
public class ParityTests
{
    [Fact]
    public void Every_fixture_gives_what_PyTorch_gives()
    {
        int cases = 0;
        var failures = new List<string>();
        foreach (FixtureCase fixture in FixtureFolder.Load())
        {
            try
            {
                FixtureRunner.Run(fixture);
                cases++;
            }
            catch (Exception error)
            {
                failures.Add($"{fixture.Name}: {error.Message}");
            }
        }

        Report($"fixtures: {cases} cases");
        if (failures.Count > 0) Assert.Fail(string.Join(Environment.NewLine, failures));
        Assert.NotEqual(0, cases);
    }

    // A diagnostic message is what "dotnet test" shows of a test that passes.
    private static void Report(string line) => TestContext.Current.SendDiagnosticMessage(line);
}
