using BenchmarkDotNet.Running;
using Pare.Benchmarks;

if (args is ["scaling", string folder]) Scaling.Run(folder);
else if (args is ["scaling", string tables, "draw"]) Scaling.Draw(tables);
else if (args is ["onnx", .. string[] models]) OnnxComparison.Run(models);
else BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
