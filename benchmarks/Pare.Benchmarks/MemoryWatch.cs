using System.Diagnostics;
using System.Globalization;
using Pare.Reporting;

namespace Pare.Benchmarks;

/// <summary>
/// How much memory a command takes while it runs: a table and a chart.
/// <c>dotnet run -c Release --project benchmarks/Pare.Benchmarks -- memory FOLDER MINUTES pare train mnist --set training.epochs=20000</c>
/// looks every ten seconds, and ends the command after so many minutes; with <c>draw</c> in their place the chart is drawn again.
/// </summary>
internal static class MemoryWatch
{
    private const string TableFile = "memory.csv";
    private static readonly TimeSpan s_every = TimeSpan.FromSeconds(10);

    /// <summary>Runs the command, and writes table and chart.</summary>
    public static void Run(string folder, double minutes, string program, string[] arguments)
    {
        Directory.CreateDirectory(folder);
        using var process = Process.Start(program, arguments);
        var watch = Stopwatch.StartNew();
        using (var table = new StreamWriter(Path.Combine(folder, TableFile)))
        {
            table.WriteLine("seconds,resident MB");
            while (!process.WaitForExit(s_every) && watch.Elapsed.TotalMinutes < minutes)
            {
                process.Refresh();
                double seconds = watch.Elapsed.TotalSeconds, megabytes = process.WorkingSet64 / 1e6;
                table.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{seconds:F0},{megabytes:F1}"));
            }
        }

        if (!process.HasExited) process.Kill();
        Draw(folder);
    }

    /// <summary>Draws the chart of a folder's table.</summary>
    public static void Draw(string folder)
    {
        static double Number(string cell) => double.Parse(cell, CultureInfo.InvariantCulture);
        (double, double)[] points =
        [
            .. File.ReadLines(Path.Combine(folder, TableFile)).Skip(1).Select(static row => row.Split(','))
                .Select(static row => (Number(row[0]) / 60, Number(row[1]))),
        ];
        var chart = new LineChart
        {
            Title = "Memory of a training",
            XLabel = "minutes",
            YLabel = "resident memory, MB",
            RangeY = (0, 1.25 * points.Max(static point => point.Item2)),
            Height = 260,
            Series = [new LineSeries("pare train", points)],
        };
        File.WriteAllText(Path.Combine(folder, "memory.svg"), chart.ToFile());
        Console.WriteLine(Path.Combine(folder, "memory.svg"));
    }
}
