using System.Diagnostics;

namespace Dfs.Tests.Processes;

/// <summary>The real program, as it lies beside the tests, in a process of its own.</summary>
internal static class DfsProgram
{
    /// <summary>Far more than any command takes; a command that hangs fails its test instead of stopping the run.</summary>
    private static readonly TimeSpan CommandTimeout = TimeSpan.FromSeconds(60);

    /// <param name="environment">Added to this process's own.</param>
    /// <param name="launcher">A command that becomes the one behind it, such as <c>ip netns exec NAME</c>.</param>
    /// <param name="program">Another one that lies beside the tests.</param>
    public static Process Start(
        string folder, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null,
        IEnumerable<string>? launcher = null, string program = "dfs.dll")
    {
        var host = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        string[] command = [.. launcher ?? [], host, Path.Combine(AppContext.BaseDirectory, program), .. arguments];
        var start = new ProcessStartInfo(command[0])
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in command[1..])
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }

    /// <summary>Runs a command to its end.</summary>
    /// <param name="folder">Relative paths are below it.</param>
    public static async Task<CommandEnd> RunAsync(
        string folder, IEnumerable<string> arguments, byte[]? input = null,
        IReadOnlyDictionary<string, string>? environment = null, string program = "dfs.dll")
    {
        using var process = Start(folder, arguments, environment, program: program);
        using var timeout = new CancellationTokenSource(CommandTimeout);
        try
        {
            using var output = new MemoryStream();
            var reading = process.StandardOutput.BaseStream.CopyToAsync(output, timeout.Token);
            var errors = process.StandardError.ReadToEndAsync(timeout.Token);
            await process.StandardInput.BaseStream.WriteAsync(input ?? [], timeout.Token);
            process.StandardInput.Close();
            await process.WaitForExitAsync(timeout.Token);
            await reading;
            return new CommandEnd(process.ExitCode, output.ToArray(), await errors);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }
    }
}
