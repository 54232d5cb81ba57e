using BenchmarkDotNet.Running;
using Pare.Benchmarks;

if (args is ["scaling", string folder]) Scaling.Run(folder);
else BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
