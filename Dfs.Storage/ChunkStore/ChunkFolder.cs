using Dfs.Core.Primitives;
using Dfs.Storage.Disk;

namespace Dfs.Storage.ChunkStore;

/// <summary>The files of a <see cref="FolderChunkStore"/>: every call blocks, and none knows of the index.</summary>
/// <remarks>
/// A chunk is written to <c>temp</c>, synced, and renamed to its place below <c>by-id</c>; what turns out damaged is moved to
/// <c>quarantine</c>. A lock per stripe of ids keeps overwriting a pin, renaming and moving aside apart.
/// </remarks>
internal sealed class ChunkFolder
{
    /// <summary>Damaged files kept to look at; further ones are deleted.</summary>
    public const int QuarantinedMax = 1024;

    private readonly IDisk _disk;
    private readonly string _places;
    private readonly string _temp;
    private readonly string _quarantine;
    private readonly Lock[] _stripes = [.. Enumerable.Range(0, 64).Select(_ => new Lock())];
    private long _tempNames;
    private long _quarantined;

    /// <exception cref="DiskException">The folders cannot be made or read.</exception>
    public ChunkFolder(IDisk disk, string root)
    {
        (_disk, _places) = (disk, $"{root}/by-id");
        (_temp, _quarantine) = ($"{root}/temp", $"{root}/quarantine");
        foreach (var folder in new[] { root, _places, _temp, _quarantine })
        {
            disk.CreateFolder(folder);
        }

        disk.SyncFolders([Path.GetDirectoryName(root)!, root]);
        foreach (var leftOver in disk.List(_temp))
        {
            disk.Delete($"{_temp}/{leftOver.Name}");
        }

        _quarantined = disk.List(_quarantine).Count();
    }

    public long Quarantined => Interlocked.Read(ref _quarantined);

    /// <summary>Every file that is named like a chunk, with the size of the chunk.</summary>
    public IEnumerable<(ChunkId Id, int SizeBytes)> Scan()
    {
        var folders = new Stack<(string Path, int Depth)>([(_places, 0)]);
        while (folders.TryPop(out var folder))
        {
            foreach (var entry in _disk.List(folder.Path))
            {
                if (entry.IsFolder && folder.Depth < ChunkPath.FolderCount)
                {
                    folders.Push(($"{folder.Path}/{entry.Name}", folder.Depth + 1));
                }
                else if (!entry.IsFolder && ChunkId.TryParse(entry.Name, out var id))
                {
                    var sizeBytes = entry.SizeBytes - ChunkFile.HeaderSizeBytes;
                    yield return (id, (int)Math.Clamp(sizeBytes, 0, ChunkFile.ChunkSizeBytesMax));
                }
            }
        }
    }

    /// <summary>Writes the file, content durable, name not yet.</summary>
    /// <returns>The folders to sync.</returns>
    public string[] Write(ChunkId id, ReadOnlyMemory<byte> ciphertext, Epoch pin)
    {
        var temp = $"{_temp}/{Interlocked.Increment(ref _tempNames)}";
        try
        {
            using (var file = _disk.Create(temp))
            {
                file.Write(0, ChunkFile.EncodeHeader(id, ciphertext.Span, pin), ciphertext);
                file.Sync();
            }

            var folders = ChunkPath.FoldersOf(_places, id);
            foreach (var folder in folders.Skip(1))
            {
                _disk.CreateFolder(folder);
            }

            lock (StripeOf(id))
            {
                _disk.Rename(temp, ChunkPath.FileOf(_places, id));
            }

            return folders;
        }
        catch (DiskException)
        {
            TryDelete(temp);
            throw;
        }
    }

    public string[] FoldersOf(ChunkId id) => ChunkPath.FoldersOf(_places, id);

    /// <summary>Fills <paramref name="target"/>, which has the size of the chunk.</summary>
    /// <returns>Null when it is good.</returns>
    public DamageKind? Read(ChunkId id, Span<byte> target, out Epoch pin)
    {
        pin = default;
        using var file = _disk.Open(ChunkPath.FileOf(_places, id), writable: false);
        if (file is null)
        {
            return DamageKind.Missing;
        }

        Span<byte> header = stackalloc byte[ChunkFile.HeaderSizeBytes];
        var isWhole = file.SizeBytes == ChunkFile.HeaderSizeBytes + target.Length
            && file.Read(0, header) == header.Length
            && ChunkFile.DecodeHeader(header, id, target.Length) is not null
            && file.Read(ChunkFile.HeaderSizeBytes, target) == target.Length
            && ChunkFile.IsWhole(header, target);
        pin = isWhole ? ChunkFile.DecodeHeader(header, id, target.Length)!.Value : default;
        return isWhole ? null : DamageKind.Corrupt;
    }

    /// <summary>Reads once more with nobody writing; what is damaged then is moved aside.</summary>
    /// <param name="forget">Called for what is damaged, before anyone can put the chunk again.</param>
    /// <returns>Null when it is good after all: the first read had met a pin being written.</returns>
    public DamageKind? ReadOrSetAside(ChunkId id, Span<byte> target, Action forget, out Epoch pin)
    {
        lock (StripeOf(id))
        {
            var damage = Read(id, target, out pin);
            if (damage == DamageKind.Corrupt)
            {
                SetAside(id);
            }

            if (damage is not null)
            {
                forget();
            }

            return damage;
        }
    }

    /// <summary>Raises the pin to at least <paramref name="pin"/>, durably.</summary>
    /// <returns>The pin that is there now, or null when there is no good header.</returns>
    public Epoch? RaisePin(ChunkId id, int chunkSizeBytes, Epoch pin)
    {
        lock (StripeOf(id))
        {
            using var file = _disk.Open(ChunkPath.FileOf(_places, id), writable: true);
            Span<byte> header = stackalloc byte[ChunkFile.HeaderSizeBytes];
            if (file is null
                || file.Read(0, header) != header.Length
                || ChunkFile.DecodeHeader(header, id, chunkSizeBytes) is not { } known)
            {
                return null;
            }

            if (known.CompareTo(pin) < 0)
            {
                file.Write(ChunkFile.PinAt, ChunkFile.EncodePin(pin));
                known = pin;
            }

            file.Sync();
            return known;
        }
    }

    /// <summary>Removes the file; its folders stay.</summary>
    /// <param name="pinMax">With a higher pin, or one that cannot be read, it stays; null: whatever its pin.</param>
    /// <param name="forget">Called once it is gone, before anyone can take it for damaged.</param>
    /// <returns>The folder to sync; null when the chunk stays.</returns>
    public string? Delete(ChunkId id, int chunkSizeBytes, Epoch? pinMax, Action forget)
    {
        lock (StripeOf(id))
        {
            if (pinMax is { } highest && (PinOf(id, chunkSizeBytes) is not { } pin || pin.CompareTo(highest) > 0))
            {
                return null;
            }

            _disk.Delete(ChunkPath.FileOf(_places, id));
            forget();
        }

        return FoldersOf(id)[^1];
    }

    private Epoch? PinOf(ChunkId id, int chunkSizeBytes)
    {
        using var file = _disk.Open(ChunkPath.FileOf(_places, id), writable: false);
        Span<byte> header = stackalloc byte[ChunkFile.HeaderSizeBytes];
        return file is not null && file.Read(0, header) == header.Length ? ChunkFile.DecodeHeader(header, id, chunkSizeBytes) : null;
    }

    private void SetAside(ChunkId id)
    {
        var number = Interlocked.Increment(ref _quarantined);
        if (number > QuarantinedMax)
        {
            Interlocked.Decrement(ref _quarantined);
            _disk.Delete(ChunkPath.FileOf(_places, id));
        }
        else
        {
            _disk.Rename(ChunkPath.FileOf(_places, id), $"{_quarantine}/{id}.{number}");
        }
    }

    private Lock StripeOf(ChunkId id) => _stripes[(id.GetHashCode() & int.MaxValue) % _stripes.Length];

    private void TryDelete(string temp)
    {
        try
        {
            _disk.Delete(temp);
        }
        catch (DiskException)
        {
            // It is left over then, and removed at the next start.
        }
    }
}
