using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Pare.Tests.Support;

/// <summary>
/// A page in a browser, over the DevTools protocol: what it computes, what it says in the console, and what it asks the network for.
/// </summary>
internal sealed class BrowserPage : IDisposable
{
    private readonly ClientWebSocket _socket = new();
    private readonly CancellationTokenSource _patience = new(TimeSpan.FromMinutes(2));
    private readonly List<JsonObject> _events = [];
    private readonly byte[] _buffer = new byte[1 << 16];
    private readonly string? _session, _target;
    private int _calls;

    /// <summary>Opens a page and waits until it has been read.</summary>
    /// <param name="browser">The browser's address.</param>
    /// <param name="page">The page's.</param>
    /// <param name="width">Columns of the window.</param>
    public BrowserPage(Uri browser, Uri page, int width)
    {
        _socket.ConnectAsync(browser, _patience.Token).GetAwaiter().GetResult();
        _target = (string)Call("Target.createTarget", new { url = "about:blank" })["targetId"]!;
        _session = (string)Call("Target.attachToTarget", new { targetId = _target, flatten = true })["sessionId"]!;
        foreach (string domain in new[] { "Page", "Runtime", "Log", "Network" }) Call($"{domain}.enable", new { });
        Call("Emulation.setDeviceMetricsOverride", new { width, height = 900, deviceScaleFactor = 1, mobile = false });
        Call("Page.navigate", new { url = page.AbsoluteUri });
        while (!Named("Page.loadEventFired").Any()) _events.Add(Receive());
    }

    /// <summary>Errors, warnings and messages of the page so far.</summary>
    public string[] Console =>
        [.. _events.Where(static item => (string)item["method"]! is "Runtime.consoleAPICalled" or "Runtime.exceptionThrown"
            or "Log.entryAdded").Select(static item => item.ToJsonString())];

    /// <summary>The addresses that the page has asked for.</summary>
    public string[] Requests => [.. Named("Network.requestWillBeSent").Select(static item => (string)item["params"]!["request"]!["url"]!)];

    /// <summary>Runs the body of an asynchronous function in the page; what it returns, as JSON.</summary>
    public string Run(string body)
    {
        JsonObject answer =
            Call("Runtime.evaluate",
            new { expression = $"(async () => {{\n{body}\n}})().then(JSON.stringify)", awaitPromise = true, returnByValue = true });
        Assert.False(answer.ContainsKey("exceptionDetails"), answer.ToJsonString());
        return (string)answer["result"]!["value"]!;
    }

    /// <summary>What a mouse does, as far as the browser can tell.</summary>
    /// <param name="type"><c>mousePressed</c>, <c>mouseMoved</c> or <c>mouseReleased</c>.</param>
    /// <param name="x">Columns from the left edge of the window.</param>
    /// <param name="y">Rows from its upper edge.</param>
    public void Mouse(string type, double x, double y) =>
        Call("Input.dispatchMouseEvent", new { type, x, y, button = "left", buttons = type == "mouseReleased" ? 0 : 1, clickCount = 1 });

    /// <summary>What a finger does.</summary>
    /// <param name="type"><c>touchStart</c>, <c>touchMove</c> or <c>touchEnd</c>.</param>
    /// <param name="points">Where fingers are.</param>
    public void Touch(string type, params (double X, double Y)[] points) =>
        Call("Input.dispatchTouchEvent", new { type, touchPoints = points.Select(static point => new { x = point.X, y = point.Y }) });

    /// <summary>Calls a method of the protocol.</summary>
    public JsonObject Call(string method, object parameters)
    {
        int id = ++_calls;
        var call = new JsonObject { ["id"] = id, ["method"] = method, ["params"] = JsonSerializer.SerializeToNode(parameters) };
        if (_session is not null) call["sessionId"] = _session;
        _socket.SendAsync(Encoding.UTF8.GetBytes(call.ToJsonString()), WebSocketMessageType.Text, true, _patience.Token).GetAwaiter()
            .GetResult();
        while (true)
        {
            JsonObject message = Receive();
            if (message["id"] is null) _events.Add(message);
            else if ((int)message["id"]! == id)
                return message["result"] as JsonObject ?? throw new InvalidOperationException(message.ToJsonString());
        }
    }

    public void Dispose()
    {
        if (_target is not null && _socket.State == WebSocketState.Open) Call("Target.closeTarget", new { targetId = _target });
        _socket.Dispose();
        _patience.Dispose();
    }

    private IEnumerable<JsonObject> Named(string method) => _events.Where(item => (string)item["method"]! == method);

    private JsonObject Receive()
    {
        using var message = new MemoryStream();
        while (true)
        {
            WebSocketReceiveResult part = _socket.ReceiveAsync(_buffer, _patience.Token).GetAwaiter().GetResult();
            message.Write(_buffer, 0, part.Count);
            if (part.EndOfMessage) return (JsonObject)JsonNode.Parse(message.ToArray())!;
        }
    }
}
