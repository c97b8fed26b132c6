using System.Diagnostics;

namespace Dfs.Tests.Faults;

/// <summary>A wall clock for each node that can be moved while the node runs, by a library that is loaded in front of it.</summary>
/// <remarks>Linux with a C compiler (<c>cc</c>); the source is clock-shift.c.</remarks>
internal sealed class NodeClocks
{
    private readonly string _folder, _library;

    private NodeClocks(string folder, string library) => (_folder, _library) = (folder, library);

    /// <returns>Null where it cannot be compiled.</returns>
    public static NodeClocks? TryCreate(string folder)
    {
        var library = Path.Combine(folder, "clock-shift.so");
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        try
        {
            var start = new ProcessStartInfo("cc", ["-shared", "-fPIC", "-O2", "-o", library, Path.Combine(AppContext.BaseDirectory, "clock-shift.c")]);
            using var compiler = Process.Start(start)!;
            compiler.WaitForExit();
            return compiler.ExitCode == 0 ? new NodeClocks(folder, library) : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }

    /// <summary>What a node's process needs in its environment, so that its clock can be moved.</summary>
    public IReadOnlyDictionary<string, string> EnvironmentOf(int node)
    {
        Move(node, TimeSpan.Zero);
        return new Dictionary<string, string> { ["LD_PRELOAD"] = _library, ["DFS_CLOCK_FILE"] = FileOf(node) };
    }

    /// <summary>The node's clock shows this much more than the machine's, from now on.</summary>
    public void Move(int node, TimeSpan by)
    {
        // In place: the node has the file mapped.
        using var file = File.OpenHandle(FileOf(node), FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite);
        RandomAccess.Write(file, BitConverter.GetBytes(by.Ticks * TimeSpan.NanosecondsPerTick), 0);
    }

    private string FileOf(int node) => Path.Combine(_folder, $"clock-{node + 1}");
}
