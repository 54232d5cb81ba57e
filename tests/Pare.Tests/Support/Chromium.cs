using System.Diagnostics;

namespace Pare.Tests.Support;

/// <summary>A browser without a window, started for the first page and shared by the tests of a class.</summary>
public sealed class Chromium : IDisposable
{
    private static readonly string? Program = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .SelectMany(static folder => new[] { "chromium", "chromium-browser", "google-chrome" }.Select(name => Path.Combine(folder, name)))
        .FirstOrDefault(File.Exists);

    private readonly string _scratch = Directory.CreateTempSubdirectory("pare-browser-").FullName;
    private Process? _browser;
    private Uri? _address;

    /// <summary>Opens a file as it is; the test is skipped where there is no browser.</summary>
    /// <param name="file">The page.</param>
    /// <param name="width">Columns of the window.</param>
    internal BrowserPage Open(string file, int width = 1280)
    {
        Assert.SkipWhen(Program is null, "Chromium is not installed.");
        return new BrowserPage(_address ??= Start(), new Uri(Path.GetFullPath(file)), width);
    }

    public void Dispose()
    {
        if (_browser is not null)
        {
            _browser.Kill(entireProcessTree: true);
            _browser.WaitForExit();
            _browser.Dispose();
        }

        try
        {
            Directory.Delete(_scratch, recursive: true);
        }
        catch (IOException)
        {
            // One of its processes still writes; the folder is one of temporary files.
        }
    }

    private Uri Start()
    {
        _browser = Process.Start(new ProcessStartInfo(Program!)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            ArgumentList =
            {
                "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-extensions",
                "--remote-debugging-port=0", $"--user-data-dir={_scratch}", "about:blank",
            },
        })!;
        var found = new TaskCompletionSource<Uri>();
        _browser.OutputDataReceived += static (_, _) => { };
        _browser.ErrorDataReceived += (_, line) =>
        {
            const string Listening = "DevTools listening on ";
            if (line.Data?.StartsWith(Listening, StringComparison.Ordinal) == true)
                found.TrySetResult(new Uri(line.Data[Listening.Length..]));
        };
        _browser.BeginOutputReadLine();
        _browser.BeginErrorReadLine();
        return found.Task.Wait(TimeSpan.FromMinutes(2)) ? found.Task.Result
            : throw new InvalidOperationException("Chromium does not start.");
    }
}
