using System.Diagnostics;
using System.Net.Sockets;

namespace Dfs.Node.Cli;

/// <summary>One node process that this one started.</summary>
/// <remarks>
/// Its standard input stays open for as long as it is to run: closing it asks for a clean stop, and a parent that is
/// killed closes it too, so no node is left behind.
/// </remarks>
public sealed class LocalNode
{
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(20);

    /// <summary>
    /// 32 MiB, in hexadecimal: how much a node allocates between two collections of what is young. The default is a processor's cache,
    /// and collecting as often as that cost a put of 1 KiB a seventh more. The runtime takes it from the environment only.
    /// </summary>
    private const string YoungVariable = "DOTNET_GCgen0size", YoungBytes = "2000000";

    private readonly Process _process;
    private readonly Task _logging;
    private volatile string _lastLine = "";

    private LocalNode(string name, string dataDirectory, string logFile, NodePorts ports, Process process)
    {
        (Name, DataDirectory, LogFile) = (name, dataDirectory, logFile);
        (Url, S3Url) = ($"http://127.0.0.1:{ports.Http}", $"http://127.0.0.1:{ports.S3}");
        _process = process;
        var log = TextWriter.Synchronized(new StreamWriter(logFile, append: true) { AutoFlush = true });
        _logging = Task.WhenAll(CopyLinesAsync(process.StandardOutput, log), CopyLinesAsync(process.StandardError, log));
    }

    public string Name { get; }

    public string DataDirectory { get; }

    public string LogFile { get; }

    public string Url { get; }

    /// <summary>Of its S3 endpoint.</summary>
    public string S3Url { get; }

    public int ProcessId => _process.Id;

    /// <summary>Null while it runs.</summary>
    public int? ExitCode => _process.HasExited ? _process.ExitCode : null;

    /// <summary>The last thing that it said.</summary>
    public string LastLine => _lastLine;

    public static LocalNode Start(
        string name, string data, string keyring, NodePorts ports, IReadOnlyList<string> seeds)
    {
        var (file, before) = ProgramCommand.Parts;
        var dataDirectory = Path.Combine(data, name);
        var start = new ProcessStartInfo(file)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        string[] arguments =
        [
            .. before, "node", "--until-input-ends", "--name", name, "--port", $"{ports.Remoting}", "--peer-port", $"{ports.Peer}",
            "--http", $"127.0.0.1:{ports.Http}", "--s3", $"127.0.0.1:{ports.S3}", "--data", dataDirectory, "--keyring", keyring,
            "--bootstrap-expect", $"{seeds.Count}", .. seeds.SelectMany(seed => new[] { "--seed", seed }),
        ];
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment.TryAdd(YoungVariable, YoungBytes);
        return new LocalNode(name, dataDirectory, Path.Combine(data, $"{name}.log"), ports, Process.Start(start)!);
    }

    public async Task<bool> IsReadyAsync(HttpClient http, CancellationToken cancellationToken)
    {
        try
        {
            using var answer = await http.GetAsync(new Uri($"{Url}/health/ready"), cancellationToken);
            return answer.IsSuccessStatusCode;
        }
        catch (Exception error) when (error is HttpRequestException or SocketException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    public Task WaitForExitAsync() => _process.WaitForExitAsync();

    /// <summary>Asks for a clean stop, and ends the process when that takes too long.</summary>
    public async Task StopAsync()
    {
        _process.StandardInput.Close();
        using var timeout = new CancellationTokenSource(StopTimeout);
        try
        {
            await _process.WaitForExitAsync(timeout.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill();
        }

        await _logging;
        _process.Dispose();
    }

    private async Task CopyLinesAsync(StreamReader source, TextWriter log)
    {
        while (await source.ReadLineAsync() is { } line)
        {
            await log.WriteLineAsync(line);
            _lastLine = line.Length > 0 ? line : _lastLine;
        }
    }
}
