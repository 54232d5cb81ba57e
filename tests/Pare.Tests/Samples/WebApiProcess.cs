using System.Diagnostics;
using Pare.Data;
using Pare.Export;
using Pare.Graphs;
using Pare.Inference;
using Pare.Tests.Support;

namespace Pare.Tests.Samples;

/// <summary>
/// The web API on a port of this machine, as a process of its own with the settings that it is published with: no reflection in JSON.
/// </summary>
public sealed class WebApiProcess : IDisposable
{
    private readonly DataFolder _files = new();
    private readonly Process _process;

    public WebApiProcess()
    {
        const string Listening = "Now listening on: ";
        Model.Save(_files["model.safetensors"]);
        _process = SampleProcess.Start("WebApi", _files.Root, _files["model.safetensors"], "--urls", "http://127.0.0.1:0");
        var address = new TaskCompletionSource<Uri>();
        _process.OutputDataReceived += (_, line) =>
        {
            if (line.Data?.Split(Listening) is [_, var url]) address.TrySetResult(new Uri(url));
        };
        _process.ErrorDataReceived += static (_, _) => { };
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        if (address.Task.Wait(TimeSpan.FromMinutes(1)))
        {
            Client.BaseAddress = address.Task.Result;
            return;
        }

        Dispose();
        throw new InvalidOperationException("The web API does not start.");
    }

    /// <summary>The model that it serves.</summary>
    internal Model Model { get; } = Model.Of(
        TrainedNetworks.WithStatistics(GraphBuilder.Input(3, 9, 8).Conv(5).BatchNorm().Relu().GlobalAveragePool().Linear(3).Build(),
        seed: 3),
        new Normalization([0.4f, 0.5f, 0.6f], [0.2f, 0.2f, 0.3f]), ["Möwe", "</script>", "other"])
        .With(new ConfidenceRule { Threshold = 0.5 });

    /// <summary>Asks it.</summary>
    public HttpClient Client { get; } = new();

    public void Dispose()
    {
        Client.Dispose();
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        _files.Dispose();
    }
}
