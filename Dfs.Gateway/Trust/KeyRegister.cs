using System.Buffers;
using System.Collections.Concurrent;
using System.IO.Pipelines;
using Dfs.Actors.Client;
using Dfs.Client;
using Dfs.Core.Listing;
using Dfs.Core.Primitives;
using Dfs.Core.Trust.Grants;

namespace Dfs.Gateway.Trust;

/// <summary>The access keys, or the tokens, of a node's owners.</summary>
/// <remarks>
/// Each is a small file of its owner in a bucket that no user can name: its name the public part, its content a <see cref="KeyRecord"/>, sealed
/// like every file. So every node that has the owner's keyring, unlocked, knows it, and a disk holds no secret. An answer is held for
/// <see cref="HeldFor"/>: that is how long other nodes take a key that was revoked. Thread-safe.
/// </remarks>
/// <param name="bucket">Where they are kept.</param>
/// <param name="keyOf">The file of the one with this public part, which was checked.</param>
public sealed class KeyRegister(IOwners owners, string bucket, Func<string, ObjectKey> keyOf, TimeProvider time)
{
    public static readonly TimeSpan HeldFor = TimeSpan.FromSeconds(4);

    /// <summary>10,000: keys that are not there are held too, and whoever invents some must not fill the memory.</summary>
    private const int HeldMax = 10_000;

    /// <summary>100 of a page, 16 of which are read at once.</summary>
    private const int ListedMax = 100, ReadsAtOnce = 16;

    private readonly ConcurrentDictionary<string, (long At, FoundKey? Found)> _held = new(StringComparer.Ordinal);

    /// <summary>Looks for a key in each of the node's owners, in their order.</summary>
    public async Task<KeyLookup> FindAsync(string id, CancellationToken cancellationToken)
    {
        if (_held.TryGetValue(id, out var held) && time.GetElapsedTime(held.At) < HeldFor)
        {
            return new KeyLookup(held.Found, held.Found is null ? DfsOutcome.NotFound : DfsOutcome.Done, "");
        }

        var asked = time.GetTimestamp();
        var looked = await LookAsync(id, cancellationToken);
        if (looked.Outcome is DfsOutcome.Done or DfsOutcome.NotFound)
        {
            if (_held.Count >= HeldMax)
            {
                _held.Clear();
            }

            _held[id] = (asked, looked.Found);
        }

        return looked;
    }

    public async Task<PutResult> CreateAsync(IDfsClient owner, string id, KeyRecord record, CancellationToken cancellationToken)
    {
        var result = await owner.PutAsync(
            keyOf(id), PipeReader.Create(new ReadOnlySequence<byte>(record.Encode())), new PutOptions { OnlyIfAbsent = true }, cancellationToken);
        _held.TryRemove(id, out _);
        return result;
    }

    /// <summary>A page of an owner's keys, with what they open and without their secrets.</summary>
    public async Task<KeyPage> ListAsync(IDfsClient owner, string? after, CancellationToken cancellationToken)
    {
        var page = await owner.ListAsync(bucket, new ListOptions { After = after, CountMax = ListedMax }, cancellationToken);
        var listed = new ListedKey?[page.Entries.Count];
        await Parallel.ForEachAsync(
            Enumerable.Range(0, listed.Length), new ParallelOptions { MaxDegreeOfParallelism = ReadsAtOnce, CancellationToken = cancellationToken },
            async (index, _) =>
            {
                var entry = page.Entries[index];
                var read = await ReadAsync(owner, entry.Name, cancellationToken);
                // Revoked since it was listed: then it is not there.
                listed[index] = read.Outcome == DfsOutcome.NotFound ? null
                    : new ListedKey(entry.Name, entry.ModifiedAt, read.Record?.Grants ?? GrantSet.None, read.Record is null ? read.Detail : "");
            });
        return new KeyPage(page.Outcome, page.Detail, [.. listed.OfType<ListedKey>()], page.Next);
    }

    public async Task<RemoveResult> RevokeAsync(IDfsClient owner, string id, CancellationToken cancellationToken)
    {
        var result = await owner.RemoveAsync(keyOf(id), cancellationToken);
        _held.TryRemove(id, out _);
        return result;
    }

    private async Task<KeyLookup> LookAsync(string id, CancellationToken cancellationToken)
    {
        var unknown = new KeyLookup(null, DfsOutcome.NotFound, "");
        foreach (var owner in owners.List())
        {
            if (owner.Locked)
            {
                unknown = unknown.Or(DfsOutcome.Locked, "A keyring of this node is locked.");
                continue;
            }

            if (owners.Choose(owner.Id).Client is not { } client)
            {
                continue;
            }

            var read = await ReadAsync(client, id, cancellationToken);
            if (read.Record is { } record)
            {
                return new KeyLookup(new FoundKey(id, record, owner, client), DfsOutcome.Done, "");
            }

            unknown = unknown.Or(read.Outcome, read.Detail);
        }

        return unknown;
    }

    private async Task<(KeyRecord? Record, DfsOutcome Outcome, string Detail)> ReadAsync(IDfsClient owner, string id, CancellationToken cancellationToken)
    {
        var opened = await owner.OpenAsync(keyOf(id), cancellationToken);
        if (opened.File is null)
        {
            return (null, opened.Outcome, opened.Detail);
        }

        await using var file = opened.File;
        if (file.SizeBytes > KeyRecord.SizeBytesMax)
        {
            return (null, DfsOutcome.Damaged, Unreadable);
        }

        using var content = new MemoryStream();
        var writer = PipeWriter.Create(content, new StreamPipeWriterOptions(leaveOpen: true));
        var end = await file.CopyToAsync(writer, 0, file.SizeBytes, cancellationToken);
        await writer.CompleteAsync();
        return end.Outcome != DfsOutcome.Done ? (null, end.Outcome, end.Detail)
            : KeyRecord.TryDecode(content.GetBuffer().AsSpan(0, (int)content.Length), out var record) ? (record, DfsOutcome.Done, "")
            : (null, DfsOutcome.Damaged, Unreadable);
    }

    private const string Unreadable = "What is kept of this key cannot be read; a newer version of the program may have made it.";
}

/// <summary>A key that is there, whose it is, and the store as that owner sees it.</summary>
public sealed record FoundKey(string Id, KeyRecord Record, OwnerStatus Owner, IDfsClient Client);

/// <summary>Answer to a search: the key; or that no unlocked owner of this node has it, or why nobody can say.</summary>
public sealed record KeyLookup(FoundKey? Found, DfsOutcome Outcome, string Detail)
{
    /// <summary>What was found out so far and what one more owner says: the first that cannot say outweighs those that have no such key.</summary>
    internal KeyLookup Or(DfsOutcome outcome, string detail) => Outcome == DfsOutcome.NotFound ? new KeyLookup(null, outcome, detail) : this;
}

/// <summary>A key as it is listed. <paramref name="Unreadable"/> is a sentence when what it opens cannot be told.</summary>
public sealed record ListedKey(string Id, DateTimeOffset CreatedAt, GrantSet Grants, string Unreadable);

/// <summary>A page of keys; <paramref name="Next"/> begins the next one.</summary>
public sealed record KeyPage(DfsOutcome Outcome, string Detail, IReadOnlyList<ListedKey> Keys, string? Next);
