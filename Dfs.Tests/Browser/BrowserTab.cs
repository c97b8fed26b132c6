using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dfs.Tests.Kit;

namespace Dfs.Tests.Browser;

/// <summary>One tab: what a person does there, with a real mouse and keyboard, and what they see.</summary>
internal sealed class BrowserTab(Chromium browser, string session)
{
    /// <summary>Ten times what anything takes on two busy cores.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static readonly string Finder = SourceTree.Read("Dfs.Tests/Browser/finder.js");

    private readonly ConcurrentQueue<string> _complaints = new();

    /// <summary>Errors and warnings that the page or the browser wrote to the console, and exceptions that nobody caught.</summary>
    public IReadOnlyCollection<string> Complaints => _complaints;

    /// <summary>Those so far, which then do not count any more.</summary>
    public IReadOnlyList<string> TakeComplaints()
    {
        var taken = new List<string>();
        while (_complaints.TryDequeue(out var complaint))
        {
            taken.Add(complaint);
        }

        return taken;
    }

    public async Task BeginAsync(string url)
    {
        foreach (var domain in new[] { "Page", "Runtime", "Log", "Network", "Accessibility" })
        {
            await AskAsync($"{domain}.enable", []);
        }

        await AskAsync("Page.addScriptToEvaluateOnNewDocument", new JsonObject { ["source"] = Finder });
        await AskAsync("Page.navigate", new JsonObject { ["url"] = url });
    }

    /// <param name="isDark">What the system's setting says.</param>
    public async Task ShowAsync(int width, int height, bool isDark = false)
    {
        await AskAsync("Emulation.setDeviceMetricsOverride", new JsonObject { ["width"] = width, ["height"] = height, ["deviceScaleFactor"] = 1, ["mobile"] = width < 600 });
        await AskAsync("Emulation.setEmulatedMedia", new JsonObject
        {
            // Colours that are on their way from one to the other are nobody's.
            ["features"] = new JsonArray(
                new JsonObject { ["name"] = "prefers-color-scheme", ["value"] = isDark ? "dark" : "light" },
                new JsonObject { ["name"] = "prefers-reduced-motion", ["value"] = "reduce" }),
        });
        await UntilAsync("new Promise((seen) => requestAnimationFrame(() => requestAnimationFrame(() => seen(true))))");
    }

    /// <summary>What an expression is in the page; promises are waited for.</summary>
    public async Task<JsonNode?> EvaluateAsync(string expression)
    {
        var result = await AskAsync("Runtime.evaluate", new JsonObject { ["expression"] = expression, ["awaitPromise"] = true, ["returnByValue"] = true });
        return result["exceptionDetails"] is { } failed ? throw new InvalidOperationException(failed.ToJsonString()) : result["result"]!["value"];
    }

    /// <summary>Waits until an expression is true in the page, and gives what it is.</summary>
    public async Task<JsonNode> UntilAsync(string expression, TimeSpan? within = null)
    {
        var clock = Stopwatch.StartNew();
        var limit = within ?? Patience;
        while (true)
        {
            try
            {
                // Looked at in the page, so that what is there for a moment only is seen.
                var left = (limit - clock.Elapsed).TotalMilliseconds;
                var seen = await EvaluateAsync(
                    $"new Promise((done) => {{ const until = performance.now() + {left:0}; const look = async () => {{ const value = await ({expression}); if (value || performance.now() > until) done(value); else setTimeout(look, 20); }}; look(); }})");
                if (seen is not null && seen.GetValueKind() is not (JsonValueKind.False or JsonValueKind.Null))
                {
                    return seen;
                }
            }
            catch (InvalidOperationException) when (clock.Elapsed < limit)
            {
                // Another page was opened while this one was looked at.
            }

            if (clock.Elapsed >= limit)
            {
                var text = (string?)await EvaluateAsync("document.body.innerText");
                Assert.Fail($"not within {limit.TotalSeconds:0} s: {expression}\n{string.Join('\n', _complaints)}\n{text}");
            }
        }
    }

    /// <summary>Clicks what has this name: a button, a link, a field, a row of the list.</summary>
    public async Task ClickAsync(string name)
    {
        var place = await UntilAsync($"find.place({Quoted(name)})");
        var (x, y) = ((double)place["x"]!, (double)place["y"]!);
        foreach (var type in new[] { "mouseMoved", "mousePressed", "mouseReleased" })
        {
            await AskAsync("Input.dispatchMouseEvent", new JsonObject
            {
                ["type"] = type,
                ["x"] = x,
                ["y"] = y,
                ["button"] = type == "mouseMoved" ? "none" : "left",
                ["clickCount"] = type == "mouseMoved" ? 0 : 1,
            });
        }
    }

    public Task TypeAsync(string text) => AskAsync("Input.insertText", new JsonObject { ["text"] = text });

    /// <param name="key">As KeyboardEvent.key has it, such as "End".</param>
    public async Task PressAsync(string key)
    {
        var code = key switch { "Enter" => 13, "Escape" => 27, " " => 32, "End" => 35, "Home" => 36, "ArrowUp" => 38, "ArrowDown" => 40, "Tab" => 9, _ => throw new ArgumentException(key) };
        var text = key switch { "Enter" => "\r", " " => " ", _ => "" };
        foreach (var type in new[] { "keyDown", "keyUp" })
        {
            await AskAsync("Input.dispatchKeyEvent", new JsonObject
            {
                ["type"] = type,
                ["key"] = key,
                ["code"] = key == " " ? "Space" : key,
                ["windowsVirtualKeyCode"] = code,
                ["text"] = type == "keyDown" ? text : "",
            });
        }
    }

    /// <summary>Drops files and folders of the disk in the middle of the page.</summary>
    public async Task DropAsync(params string[] paths)
    {
        var middle = await EvaluateAsync("({ x: innerWidth / 2, y: innerHeight / 2 })");
        foreach (var type in new[] { "dragEnter", "dragOver", "drop" })
        {
            await AskAsync("Input.dispatchDragEvent", new JsonObject
            {
                ["type"] = type,
                ["x"] = (double)middle!["x"]!,
                ["y"] = (double)middle["y"]!,
                ["data"] = new JsonObject { ["items"] = new JsonArray(), ["files"] = new JsonArray([.. paths.Select(path => JsonValue.Create(path))]), ["dragOperationsMask"] = 1 },
            });
        }
    }

    /// <summary>From now on requests for these addresses wait on their way to the node. Unlike a line that is said to be slow, this holds for each of them.</summary>
    /// <param name="patterns">Addresses, in which * stands for anything.</param>
    public Task HoldAsync(params string[] patterns) => AskAsync("Fetch.enable", new JsonObject
    {
        ["patterns"] = new JsonArray([.. patterns.Select(pattern => new JsonObject { ["urlPattern"] = pattern })]),
    });

    /// <summary>Those that wait go on, and later ones go at once.</summary>
    public Task LetGoAsync() => AskAsync("Fetch.disable", []);

    public async Task ReloadAsync()
    {
        await EvaluateAsync("window.isOld = true");
        await AskAsync("Page.reload", []);
        await UntilAsync("!window.isOld && document.readyState === 'complete'");
    }

    /// <summary>What people who need more of a page would stumble over: nothing should be in it.</summary>
    public async Task<IReadOnlyList<string>> HurdlesAsync()
    {
        var found = await UntilAsync("find.hurdles()");
        var tree = await AskAsync("Accessibility.getFullAXTree", []);
        var named = new HashSet<string> { "button", "link", "textbox", "searchbox", "checkbox", "combobox", "progressbar", "meter", "dialog", "grid", "row", "image", "navigation", "complementary", "region" };
        var nameless = tree["nodes"]!.AsArray()
            .Where(node => node!["ignored"] is not { } ignored || !(bool)ignored)
            .Where(node => named.Contains((string?)node!["role"]?["value"] ?? "") && ((string?)node!["name"]?["value"] ?? "").Trim().Length == 0)
            .Select(node => $"{(string)node!["role"]!["value"]!} without a name");
        return [.. found.AsArray().Select(each => (string)each!), .. nameless];
    }

    /// <summary>A picture of what is seen, to be looked at by a person.</summary>
    public async Task PictureAsync(string path)
    {
        var picture = await AskAsync("Page.captureScreenshot", new JsonObject { ["format"] = "png" });
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        await File.WriteAllBytesAsync(path, Convert.FromBase64String((string)picture["data"]!));
    }

    public void Take(string method, JsonNode said)
    {
        var complaint = method switch
        {
            "Runtime.exceptionThrown" => (string?)said["exceptionDetails"]!["exception"]?["description"] ?? (string)said["exceptionDetails"]!["text"]!,
            "Runtime.consoleAPICalled" when (string?)said["type"] is "error" or "warning" or "assert" => said["args"]!.ToJsonString(),
            "Log.entryAdded" when (string?)said["entry"]!["level"] is "error" or "warning" => $"{said["entry"]!["text"]} {said["entry"]!["url"]}",
            _ => null,
        };
        if (complaint is not null)
        {
            _complaints.Enqueue(complaint);
        }
    }

    private static string Quoted(string text) => JsonSerializer.Serialize(text);

    private Task<JsonNode> AskAsync(string method, JsonObject parameters) => browser.AskAsync(method, parameters, session);
}
