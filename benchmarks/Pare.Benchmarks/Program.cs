using System.Globalization;
using BenchmarkDotNet.Running;
using Pare.Benchmarks;

if (args is ["scaling", string folder]) Scaling.Run(folder);
else if (args is ["scaling", string tables, "draw"]) Scaling.Draw(tables);
else if (args is ["robustness", "draw", string figures]) RobustnessTable.Draw(figures);
else if (args is ["robustness", string measured, string gathered]) RobustnessTable.Gather(measured, gathered);
else if (args is ["schedule"]) ScheduleOnPaper.Run();
else if (args is ["memory", string watched, "draw"]) MemoryWatch.Draw(watched);
else if (args is ["memory", string place, string minutes, string program, .. string[] arguments])
    MemoryWatch.Run(place, double.Parse(minutes, CultureInfo.InvariantCulture), program, arguments);
else if (args is ["checkpoints", string network, string checkpoints]) CheckpointCost.Run(network, checkpoints);
else if (args is ["c", string onnx2c]) CComparison.Run(onnx2c);
else if (args is ["onnx", .. string[] models]) OnnxComparison.Run(models);
else BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
