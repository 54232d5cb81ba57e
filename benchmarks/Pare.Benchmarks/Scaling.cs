using System.Globalization;
using Pare.Benchmarking;
using Pare.Execution;
using Pare.Graphs;
using Pare.Models;
using Pare.Reporting;

namespace Pare.Benchmarks;

/// <summary>
/// How the cost of a training step grows with the batch, the width of the network, the size of the images and the number of
/// threads: a table and a chart each. <c>dotnet run -c Release --project benchmarks/Pare.Benchmarks -- scaling FOLDER</c> measures;
/// with <c>draw</c> behind it the charts are drawn again from the tables that are there.
/// </summary>
internal static class Scaling
{
    private const int Batch = 128;
    private const int Steps = 15;
    private const int Classes = 10;

    private static readonly Dictionary<string, string> Titles = new()
    {
        ["batch"] = "Images per second by batch size",
        ["threads"] = "Images per second by threads",
        ["width"] = "Microseconds an image by width",
        ["image"] = "Microseconds an image by its size",
    };

    /// <summary>Measures, and writes tables and charts.</summary>
    public static void Run(string folder)
    {
        Directory.CreateDirectory(folder);
        int threads = Environment.ProcessorCount;
        int[] batches = [16, 32, 64, 128, 256, 512];
        string[] names = [.. BenchmarkNetworks.Names];
        Save(folder, "batch", "images a step", "images/s",
            [.. names.Select(name =>
            new LineSeries(name, [.. batches.Select(batch => (batch, Rate(BenchmarkNetworks.Create(name), threads, batch)))]))]);
        Save(folder, "threads", "threads", "images/s",
            [.. names.Select(name =>
            new LineSeries(name,
                [.. Enumerable.Range(1, threads).Select(count => ((double)count, Rate(BenchmarkNetworks.Create(name), count, Batch)))]))]);

        double[] widths = [0.25, 0.5, 1, 1.5, 2];
        string[] models = ["resnet8", "mobilenet"];
        Save(folder, "width", "width of the network", "us an image",
            [.. models.Select(model =>
            new LineSeries(model,
                [.. widths.Select(width =>
                (width, 1e6 / Rate(ModelCatalog.Create(model, new Shape(3, 32, 32), Classes, (float)width), threads, Batch)))]))]);
        int[] sides = [16, 24, 32, 48, 64];
        Save(folder, "image", "side of an image in pixels", "us an image",
            [.. models.Select(model =>
            new LineSeries(model,
                [.. sides.Select(side =>
                ((double)side, 1e6 / Rate(ModelCatalog.Create(model, new Shape(3, side, side), Classes, 1), threads, Batch)))]))]);
    }

    private static double Rate(Graph graph, int threads, int batch)
    {
        using var team = new ThreadTeam(threads);
        var images = new RandomImages(graph.Input.Shape.Count, graph.Output.Shape.Channels, batch);
        return batch / Benchmark.StepSeconds(new Network(graph, seed: 1), images, team, batch, Steps);
    }

    /// <summary>Draws the charts of all tables in a folder again.</summary>
    public static void Draw(string folder)
    {
        foreach (string name in Titles.Keys) Chart(folder, name);
    }

    private static void Save(string folder, string name, string across, string up, IReadOnlyList<LineSeries> series)
    {
        using (var table = new StreamWriter(Path.Combine(folder, name + ".csv")))
        {
            table.WriteLine($"network,{across},{up}");
            foreach (LineSeries line in series)
            {
                foreach ((double x, double y) in line.Points)
                    table.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{line.Name},{x},{y:F1}"));
            }
        }

        Chart(folder, name);
    }

    private static void Chart(string folder, string name)
    {
        string[][] rows = [.. File.ReadAllLines(Path.Combine(folder, name + ".csv")).Select(static row => row.Split(','))];
        static double Number(string cell) => double.Parse(cell, CultureInfo.InvariantCulture);
        var chart = new LineChart
        {
            Title = Titles[name],
            XLabel = rows[0][1],
            YLabel = rows[0][2],
            LogY = true,
            LogX = name != "threads",
            WholeX = name == "threads",
            Series =
            [.. rows.Skip(1).GroupBy(static row => row[0])
            .Select(static line =>
            new LineSeries(line.Key, [.. line.Select(static row => (Number(row[1]), Number(row[2])))]) { Dotted = true })],
        };
        File.WriteAllText(Path.Combine(folder, name + ".svg"), chart.ToFile());
        Console.WriteLine($"{name}: {Path.Combine(folder, name + ".svg")}");
    }
}
