using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.WebSockets;
using System.Text.Json.Nodes;
using Dfs.Tests.Kit;
using Dfs.Tests.Processes;

namespace Dfs.Tests.Browser;

/// <summary>A real Chromium without a window, driven by the DevTools protocol (chromedevtools.github.io/devtools-protocol).</summary>
/// <remarks>It ends with this object, and leaves nothing behind.</remarks>
internal sealed class Chromium : IAsyncDisposable
{
    /// <summary>Another program than the one on the PATH.</summary>
    private const string ProgramVariable = "CHROMIUM";

    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(30);

    private static readonly string[] Names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

    private readonly ClientWebSocket _socket = new();
    private readonly ConcurrentDictionary<int, TaskCompletionSource<JsonNode>> _asked = new();
    private readonly ConcurrentDictionary<string, Action<string, JsonNode>> _tabs = new();
    private readonly SemaphoreSlim _sending = new(1);
    private readonly TempFolder _profile;
    private readonly Process _process;
    private Task _reading = Task.CompletedTask;
    private int _lastId;

    private Chromium(TempFolder profile, Process process) => (_profile, _process) = (profile, process);

    public static async Task<Chromium> StartAsync()
    {
        var profile = new TempFolder();
        var start = new ProcessStartInfo(Find()) { RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (var argument in new[]
        {
            "--headless=new", "--remote-debugging-port=0", $"--user-data-dir={profile.Path}", "--no-first-run", "--disable-gpu", "--disable-dev-shm-usage",
            "--disable-background-networking", "--disable-component-update", "--disable-extensions", "--mute-audio", "about:blank",
        })
        {
            start.ArgumentList.Add(argument);
        }

        if (Environment.UserName == "root")
        {
            // Chromium refuses to run as root with its sandbox.
            start.ArgumentList.Add("--no-sandbox");
        }

        var process = Process.Start(start)!;
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        var browser = new Chromium(profile, process);
        try
        {
            await browser.ConnectAsync();
            return browser;
        }
        catch
        {
            await browser.DisposeAsync();
            throw;
        }
    }

    /// <summary>A tab that shares nothing with the others: as a private window, or another browser.</summary>
    public async Task<BrowserTab> OpenAsync(string url)
    {
        var context = (string)(await AskAsync("Target.createBrowserContext", []))["browserContextId"]!;
        var target = (string)(await AskAsync("Target.createTarget", new JsonObject { ["url"] = "about:blank", ["browserContextId"] = context }))["targetId"]!;
        var session = (string)(await AskAsync("Target.attachToTarget", new JsonObject { ["targetId"] = target, ["flatten"] = true }))["sessionId"]!;
        var tab = new BrowserTab(this, session);
        _tabs[session] = tab.Take;
        await tab.BeginAsync(url);
        return tab;
    }

    /// <exception cref="InvalidOperationException">The browser refuses; its words.</exception>
    public async Task<JsonNode> AskAsync(string method, JsonObject parameters, string? session = null)
    {
        var id = Interlocked.Increment(ref _lastId);
        var answer = new TaskCompletionSource<JsonNode>(TaskCreationOptions.RunContinuationsAsynchronously);
        _asked[id] = answer;
        var request = new JsonObject { ["id"] = id, ["method"] = method, ["params"] = parameters };
        if (session is not null)
        {
            request["sessionId"] = session;
        }

        await _sending.WaitAsync();
        try
        {
            await _socket.SendAsync(System.Text.Encoding.UTF8.GetBytes(request.ToJsonString()), WebSocketMessageType.Text, true, CancellationToken.None);
        }
        finally
        {
            _sending.Release();
        }

        return await answer.Task;
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        await _reading;
        _process.Dispose();
        _socket.Dispose();
        _sending.Dispose();
        _profile.Dispose();
    }

    private static string Find()
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        return Environment.GetEnvironmentVariable(ProgramVariable) is { Length: > 0 } given ? given
            : Names.SelectMany(name => folders.Select(folder => Path.Combine(folder, name))).FirstOrDefault(File.Exists)
            ?? throw new InvalidOperationException(
                $"These tests drive a real Chromium and there is none. Install it (Debian: apt-get install chromium), or name one in {ProgramVariable}, "
                + "or leave them out: ./test.sh --filter FullyQualifiedName!~Dfs.Tests.Browser");
    }

    private async Task ConnectAsync()
    {
        // Written when the browser listens: the port, and where on it.
        var file = Path.Combine(_profile.Path, "DevToolsActivePort");
        await Eventually.HoldsAsync(
            async () => File.Exists(file) && (await File.ReadAllLinesAsync(file)).Length > 1, StartTimeout, "Chromium listens");
        var lines = await File.ReadAllLinesAsync(file);
        await _socket.ConnectAsync(new Uri($"ws://127.0.0.1:{lines[0]}{lines[1]}"), CancellationToken.None);
        _reading = ReadAsync();
    }

    private async Task ReadAsync()
    {
        var buffer = new byte[64 * 1024];
        using var message = new MemoryStream();
        try
        {
            while (true)
            {
                var part = await _socket.ReceiveAsync(buffer.AsMemory(), CancellationToken.None);
                await message.WriteAsync(buffer.AsMemory(0, part.Count));
                if (part.MessageType == WebSocketMessageType.Close)
                {
                    break;
                }

                if (part.EndOfMessage)
                {
                    Take(JsonNode.Parse(message.ToArray())!);
                    message.SetLength(0);
                }
            }
        }
        catch (WebSocketException)
        {
            // The browser has ended.
        }

        foreach (var asked in _asked.Values)
        {
            asked.TrySetException(new InvalidOperationException("Chromium has ended"));
        }
    }

    private void Take(JsonNode message)
    {
        if (message["id"] is { } id)
        {
            _asked.TryRemove((int)id, out var asked);
            if (message["error"] is { } error)
            {
                asked!.TrySetException(new InvalidOperationException(error.ToJsonString()));
            }
            else
            {
                asked!.TrySetResult(message["result"]!);
            }
        }
        else if (message["sessionId"] is { } session && _tabs.TryGetValue((string)session!, out var take))
        {
            take((string)message["method"]!, message["params"]!);
        }
    }
}
