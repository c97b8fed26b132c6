using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Dfs.Gateway.Admin;
using Dfs.Node.Cli;

namespace Dfs.Tests.Processes;

/// <summary>One node of the real program: its directories stay, its processes come and go.</summary>
/// <param name="place">Null: on this machine's loopback.</param>
internal sealed class NodeProcess(string folder, string name, int[] ports, string keyring, NodePlace? place = null)
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan EndTimeout = TimeSpan.FromSeconds(30);

    private readonly ConcurrentQueue<string> _log = new();
    private readonly NodePlace _place = place ?? NodePlace.Loopback;
    private Process? _process;
    private Task _logging = Task.CompletedTask;

    public string Name => name;

    public int[] Ports { get; private set; } = ports;

    public string Seed => $"{_place.Host}:{Ports[0]}";

    public string Url => $"http://127.0.0.1:{Ports[2]}";

    public string DataDirectory => Path.Combine(folder, name);

    public string TokenFile => Path.Combine(DataDirectory, AdminToken.FileName);

    public string Log => string.Join('\n', _log);

    /// <summary>The most memory that its process has had resident, in bytes; Linux only.</summary>
    public long PeakResidentBytes => 1024 * long.Parse(
        File.ReadLines($"/proc/{_process!.Id}/status").First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal))
            .Split(':')[1].Replace("kB", "", StringComparison.Ordinal),
        CultureInfo.InvariantCulture);

    /// <summary>What its process has taken of the processors since it was started.</summary>
    public TimeSpan CpuTime
    {
        get
        {
            _process!.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>From its next start on it has no keyring.</summary>
    public bool StoresOnly { get; set; }

    public string[] Arguments(string config, IEnumerable<string> seeds, int expect) =>
    [
        "node", "--until-input-ends", "--config", config, "--name", name, "--host", _place.Host, "--port", $"{Ports[0]}", "--peer-port", $"{Ports[1]}",
        "--http", $"127.0.0.1:{Ports[2]}", "--data", DataDirectory, .. StoresOnly ? ["--role", "storage"] : new[] { "--keyring", keyring }, "--bootstrap-expect", $"{expect}",
        .. seeds.SelectMany(seed => new[] { "--seed", seed }),
    ];

    public void Start(string config, IEnumerable<string> seeds, int expect)
    {
        _log.Enqueue($"--- {name} starts");
        var process = DfsProgram.Start(folder, Arguments(config, seeds, expect), _place.Environment, _place.Launcher);
        _process = process;
        _logging = Task.WhenAll(_logging, CopyLinesAsync(process.StandardOutput), CopyLinesAsync(process.StandardError));
    }

    /// <summary>From its next start on.</summary>
    public void MoveTo(int[] others) => Ports = others;

    /// <summary>The caller's to dispose; the token is new at each start, so take a new one after it.</summary>
    public NodeClient Connect() => new(new Uri(Url), File.ReadAllText(TokenFile));

    public Task<CommandEnd> RunAsync(params string[] command) => RunAsync(null, command);

    /// <summary>A command of the program, asked of this node.</summary>
    public Task<CommandEnd> RunAsync(byte[]? input, params string[] command) =>
        DfsProgram.RunAsync(folder, [.. command, "--node", Url, "--token-file", TokenFile], input);

    /// <summary>Waits until its health check says that it can serve.</summary>
    public async Task ReadyAsync(TimeSpan within)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(2) };
        await Eventually.HoldsAsync(() => IsReadyAsync(http), within, $"{name} is ready");
    }

    /// <summary>kill -9: nothing of it runs any more, nothing was told.</summary>
    public void Kill()
    {
        _log.Enqueue($"--- {name} is killed");
        Signal(9);
        Assert.True(_process!.WaitForExit(EndTimeout), $"{name} did not end");
    }

    public void Pause() => Signal(19);

    public void Continue() => Signal(18);

    /// <summary>Asks for a clean stop.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> StopAsync()
    {
        _process!.StandardInput.Close();
        using var timeout = new CancellationTokenSource(EndTimeout);
        await _process.WaitForExitAsync(timeout.Token);
        return _process.ExitCode;
    }

    /// <summary>Waits until it has ended by itself.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> EndedAsync(TimeSpan within)
    {
        using var timeout = new CancellationTokenSource(within);
        await _process!.WaitForExitAsync(timeout.Token);
        await _logging;
        return _process.ExitCode;
    }

    /// <summary>Leaves no process behind, whatever state it is in.</summary>
    public async Task EndAsync()
    {
        if (_process is { } process)
        {
            process.Kill();
            await process.WaitForExitAsync();
            await _logging;
            process.Dispose();
        }
    }

    private async Task<bool> IsReadyAsync(HttpClient http)
    {
        Assert.False(_process!.HasExited, $"{name} has ended with code {(_process.HasExited ? _process.ExitCode : 0)}");
        try
        {
            using var answer = await http.GetAsync(new Uri($"{Url}/health/ready"));
            return answer.IsSuccessStatusCode;
        }
        catch (Exception error) when (error is HttpRequestException or SocketException or TaskCanceledException)
        {
            await Task.Delay(PollInterval);
            return false;
        }
    }

    // Numbers of Linux; the tests that send them run there.
    private void Signal(int number)
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Equal(9, number);
            _process!.Kill();
            return;
        }

        Assert.Equal(0, SendSignal(_process!.Id, number));
    }

    private async Task CopyLinesAsync(StreamReader source)
    {
        while (await source.ReadLineAsync() is { } line)
        {
            _log.Enqueue(line);
        }
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SendSignal(int process, int signal);
}
