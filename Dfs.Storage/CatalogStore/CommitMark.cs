using System.Buffers.Binary;
using Dfs.Core.Primitives;
using Dfs.Storage.Disk;

namespace Dfs.Storage.CatalogStore;

/// <summary>How many commits a catalog has answered for, in a file that is no part of the database.</summary>
/// <remarks>
/// The database counts its commits itself; this number follows each one once it is durable, so it may lag behind and is never ahead. A database
/// with fewer has lost some: SQLite takes a log that was cut short, or is gone, for one that ended there. The number is not synced. That would
/// cost each commit as much again, and a disk that loses what was synced does not keep what was not. Bytes: docs/formats/data-directory.md.
/// </remarks>
internal sealed class CommitMark : IDisposable
{
    /// <summary>magic 4, commits 8, CRC-32C of all before it 4; big-endian.</summary>
    public const int SizeBytes = 16;

    private const int CommitsAt = 4, CrcAt = 12;

    private readonly IDiskFile _file;
    private readonly byte[] _bytes = new byte[SizeBytes];

    private CommitMark(IDiskFile file)
    {
        _file = file;
        Commits = file.Read(0, _bytes) == SizeBytes && _bytes.AsSpan().StartsWith(Magic)
            && BinaryPrimitives.ReadUInt32BigEndian(_bytes.AsSpan(CrcAt)) == Crc32C.Of(_bytes.AsSpan(0, CrcAt))
                ? BinaryPrimitives.ReadUInt64BigEndian(_bytes.AsSpan(CommitsAt))
                : 0;
    }

    /// <summary>What it said when it was opened; 0 when it was not there, or not whole, and says nothing.</summary>
    public ulong Commits { get; }

    private static ReadOnlySpan<byte> Magic => "DFSM"u8;

    /// <param name="path">The file is made when it is not there.</param>
    /// <exception cref="DiskException">The disk refused.</exception>
    public static CommitMark Open(IDisk disk, string path)
    {
        if (disk.Open(path, writable: true) is { } file)
        {
            return new CommitMark(file);
        }

        disk.Create(path).Dispose();
        return new CommitMark(disk.Open(path, writable: true)!);
    }

    /// <summary>Follows a commit that is durable. A disk that refuses leaves the number behind, where it is no less true.</summary>
    public void Follow(ulong commits)
    {
        Magic.CopyTo(_bytes);
        BinaryPrimitives.WriteUInt64BigEndian(_bytes.AsSpan(CommitsAt), commits);
        BinaryPrimitives.WriteUInt32BigEndian(_bytes.AsSpan(CrcAt), Crc32C.Of(_bytes.AsSpan(0, CrcAt)));
        try
        {
            _file.Write(0, _bytes);
        }
        catch (DiskException)
        {
            // The commit itself is durable, and the database has a disk of its own to complain of.
        }
    }

    public void Dispose() => _file.Dispose();
}
