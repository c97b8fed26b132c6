using System.Net;
using System.Net.Sockets;
using Dfs.Core.Catalog;
using Dfs.Core.Primitives;
using Dfs.Node.Cli;
using Dfs.Node.Configuration;
using Dfs.Storage.CatalogStore;
using Dfs.Storage.ChunkStore;
using Dfs.Storage.Disk;

namespace Dfs.Node.Hosting;

/// <summary>Opens what a node stands on, and turns every outcome into a sentence and an exit code.</summary>
internal static class NodeOpening
{
    /// <param name="Value">The caller's to dispose.</param>
    public sealed record OpenDirectory(DataDirectory Value, bool IsUnserved);

    /// <summary>Asked before a keyring is made, so that a start that is refused leaves nothing behind.</summary>
    /// <exception cref="CliException">In use, not one of ours, damaged.</exception>
    public static void RequireUsable(string dataDirectory)
    {
        if (DataDirectory.RefusalOf(HostDisk.Instance, dataDirectory) is { } refusal)
        {
            throw new CliException(ExitCode.DataDirectory, refusal.Message);
        }
    }

    /// <exception cref="CliException">In use, not one of ours, damaged.</exception>
    public static OpenDirectory Directory(NodeSettings settings)
    {
        var outcome = DataDirectory.Open(HostDisk.Instance, settings.DataDirectory, settings.Name, NewReplicaId);
        return outcome is DataDirectoryOutcome.Opened opened
            ? new OpenDirectory(opened.Directory, opened.IsUnserved)
            : throw new CliException(ExitCode.DataDirectory, outcome.Message);
    }

    /// <exception cref="CliException">It has lost its promises, or cannot be opened now.</exception>
    public static CatalogStore Catalog(OpenDirectory directory, ValueRules rules)
    {
        var identity = directory.Value.Identity;
        var outcome = CatalogStore.Open(
            directory.Value.CatalogPath, identity.Replica, identity.StartCounter, directory.IsUnserved, rules);
        return outcome is CatalogOpenOutcome.Opened opened
            ? opened.Store
            : throw new CliException(ExitCode.DataDirectory, outcome.Message);
    }

    /// <summary>Before anything is promised: from now on a missing catalog is a loss.</summary>
    /// <exception cref="CliException">The disk could not keep that.</exception>
    public static void BeginServing(DataDirectory directory)
    {
        try
        {
            directory.BeginServing();
        }
        catch (DiskException failure)
        {
            throw new CliException(ExitCode.DataDirectory, new DataDirectoryOutcome.Failed(directory.Path, failure.Message).Message);
        }
    }

    /// <exception cref="CliException">It has another layout than the settings say, or cannot be opened now.</exception>
    public static IChunkStore Chunks(OpenDirectory directory, StoreLayout? layout, NodeMemory memory, Action<ChunkDamage> onDamage)
    {
        var outcome = ChunkStores.Open(HostDisk.Instance, directory.Value.ChunksPath, memory.Reads, layout, onDamage);
        return outcome is ChunkStoresOutcome.Opened opened
            ? opened.Store
            : throw new CliException(ExitCode.DataDirectory, outcome.Message);
    }

    /// <exception cref="CliException">Something else listens there.</exception>
    public static async Task ListenAsync(Func<Task> listen, string address, string option)
    {
        try
        {
            await listen();
        }
        catch (IOException error)
        {
            throw InUse(address, option, error.GetBaseException().Message);
        }
    }

    /// <summary>Asked before the actor system is built, because its own error names no option.</summary>
    /// <exception cref="CliException">Something else listens there.</exception>
    public static void RequireFree(IPAddress host, int port, string option)
    {
        using var listener = new TcpListener(host, port);
        try
        {
            listener.Start();
        }
        catch (SocketException error)
        {
            throw InUse($"{host}:{port}", option, error.Message);
        }
    }

    private static CliException InUse(string address, string option, string cause) =>
        new(ExitCode.PortInUse, $"Cannot listen on {address}: {cause.TrimEnd('.')}. Stop what uses it, or give another {option}.");

    private static ReplicaId NewReplicaId() =>
        new(System.Security.Cryptography.RandomNumberGenerator.GetBytes(Bytes16.SizeBytes));
}
