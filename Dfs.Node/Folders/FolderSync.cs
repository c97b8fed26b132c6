using System.Security.Cryptography;
using Dfs.Actors.Transfer;
using Dfs.Client;
using Dfs.Client.Http;
using Dfs.Core.Folders;
using Dfs.Core.Listing;
using Dfs.Core.Primitives;
using Dfs.Node.Cli;

namespace Dfs.Node.Folders;

/// <summary>Makes a prefix of the store like a folder, or a folder like a prefix.</summary>
/// <remarks>
/// A run that was broken off goes on when it is started again: what was copied is the same by then, and of a large file in the middle
/// only what is not stored yet is sent to other nodes. Nothing is removed unless everything could be read and copied before.
/// </remarks>
public sealed class FolderSync(NodeClient client, string bucket, SyncPlaces places, SyncOptions options, RateLimit limit)
{
    /// <summary>8 MiB: from here on replicas are asked what they have before it is sent.</summary>
    private const long ResumedBytes = 8 * 1024 * 1024;

    private readonly LocalFolder _folder = new(places.Folder);
    private Dictionary<string, LocalFile> _local = [];
    private Dictionary<string, AdminFile> _stored = [];

    /// <summary>The files of the folder that are in the store as they are now, as far as the last run knows.</summary>
    public IReadOnlyCollection<LocalFile> Settled { get; private set; } = [];

    public async Task<SyncReport> RunAsync(CancellationToken cancellationToken)
    {
        var (source, target, leftOut) = await ReadAsync(cancellationToken);
        var plan = SyncPlan.Of(source, target, options.ByContent);
        var different = await CompareAsync(plan.Compare, cancellationToken);
        var copies = plan.Copies.Concat(different.Select(name => (Name: name, Reason: SyncReason.Content))).OrderBy(copy => copy.Name, NameOrder.Instance).ToList();
        var same = plan.SameCount + plan.Compare.Count - different.Count;
        var removals = options.Delete ? plan.Removals : [];
        if (source.Count == 0 && removals.Count > 0 && !options.EvenAll)
        {
            throw new CliException(ExitCode.Usage, $"The source has no files; all {removals.Count:N0} of the target would be removed. --yes does it.");
        }

        if (options.IsDryRun)
        {
            var steps = copies.Select(copy => new SyncStep(places.IsToStore ? "store" : "fetch", copy.Name, copy.Reason.ToString().ToLowerInvariant()))
                .Concat(removals.Select(name => new SyncStep("remove", name, "absent")));
            return new SyncReport([.. steps], new TransferRun(1).Summary(leftOut), 0, same, "");
        }

        var run = new TransferRun(options.AtOnce);
        await run.RunAsync($"{copies.Count} files", copies, copies.Sum(copy => SizeOf(copy.Name)), copy => copy.Name, (copy, progressed, token) => CopyAsync(copy.Name, progressed, token), cancellationToken);
        var summary = run.Summary(leftOut);
        var failed = summary.Failed.Select(file => file.Name).ToHashSet();
        Settled = summary.NotTried > 0 ? [] : [.. _local.Values.Where(file => !failed.Contains(file.Name))];
        if (summary.Failed.Count > 0 || summary.NotTried > 0)
        {
            return new SyncReport([], summary, 0, same, removals.Count > 0 ? $"{removals.Count:N0} were not removed, because something else failed" : "");
        }

        var removing = new TransferRun(options.AtOnce);
        await removing.RunAsync("removing", removals, null, name => name, async (name, _, token) => { await RemoveAsync(name, token); return 0L; }, cancellationToken);
        var removed = removing.Summary([]);
        return new SyncReport([], summary with { Failed = removed.Failed, NotTried = removed.NotTried }, removed.Done, same, "");
    }

    private async Task<(List<SyncEntry> Source, List<SyncEntry> Target, List<LeftOut> LeftOut)> ReadAsync(CancellationToken cancellationToken)
    {
        var scan = places.IsToStore || Directory.Exists(places.Folder) ? FolderScan.Of(places.Folder) : null;
        var stored = await StoredFiles.BelowAsync(client, bucket, null, places.Prefix, withSourceTimes: !options.ByContent, cancellationToken);
        _local = (scan?.Files ?? []).ToDictionary(file => file.Name);
        var markers = stored.FindAll(StoredFiles.IsFolderMarker);
        stored.RemoveAll(StoredFiles.IsFolderMarker);
        _stored = stored.ToDictionary(BelowPrefix);
        List<SyncEntry> local = [.. (scan?.Files ?? []).Select(file => new SyncEntry(file.Name, file.SizeBytes, file.ModifiedAt, null))];
        List<SyncEntry> remote = [.. stored.Select(file => new SyncEntry(BelowPrefix(file), file.SizeBytes, file.SourceModifiedAt, file.ModifiedAt))];
        List<LeftOut> leftOut = [.. scan?.LeftOut ?? [], .. markers.Select(file => new LeftOut(file.Name, "it stands for a folder", IsFailure: false))];
        return places.IsToStore ? (local, remote, leftOut) : (remote, local, leftOut);

        string BelowPrefix(AdminFile file) => file.Name[places.Prefix.Length..];
    }

    private long SizeOf(string name) => places.IsToStore ? _local[name].SizeBytes : _stored[name].SizeBytes;

    private ObjectKey KeyOf(string name) => CheckedKey.Require(bucket, places.Prefix + name);

    private async Task<long> CopyAsync(string name, Action<long> progressed, CancellationToken cancellationToken)
    {
        if (places.IsToStore)
        {
            var file = _local[name];
            var put = PutOptions.Default with { IsResumed = file.SizeBytes >= ResumedBytes };
            return (await FileUpload.SendAsync(client, KeyOf(name), file, put, options.ByContent, progressed, limit, cancellationToken)).SizeBytes;
        }

        var stored = _stored[name];
        var path = _folder.Prepare(name);
        using var response = await client.GetAsync(bucket, stored.Name, cancellationToken);
        return await FileDownload.ToFileAsync(response, path, name, progressed, limit, stored.SourceModifiedAt ?? stored.ModifiedAt, cancellationToken);
    }

    // What has changed since it was listed stays.
    private async Task RemoveAsync(string name, CancellationToken cancellationToken)
    {
        if (places.IsToStore)
        {
            await client.RemoveCurrentAsync(bucket, _stored[name].Name, VersionOption.Parse(_stored[name].Version)!.Value, cancellationToken);
        }
        else if (_local[name].IsAsItWas())
        {
            _folder.Remove(name);
        }
        else
        {
            throw new CliException(ExitCode.Failed, "It changed meanwhile and was not removed.");
        }
    }

    /// <returns>Those whose contents differ.</returns>
    private async Task<List<string>> CompareAsync(IReadOnlyList<string> names, CancellationToken cancellationToken)
    {
        var different = new List<string>();
        await Parallel.ForEachAsync(
            names, new ParallelOptions { MaxDegreeOfParallelism = options.AtOnce, CancellationToken = cancellationToken },
            async (name, token) =>
            {
                await using var file = FileUpload.Open(_local[name].Path);
                // An ETag of 32 hexadecimal digits is the content's MD5; without one the content is read through.
                var here = Convert.ToHexStringLower(await CryptographicOperations.HashDataAsync(HashAlgorithmName.MD5, file, token));
                var there = _stored[name].ETag is { Length: 32 } kept ? kept : await StoredDigestAsync(_stored[name].Name, token);
                if (here != there)
                {
                    lock (different)
                    {
                        different.Add(name);
                    }
                }
            });
        return different;
    }

    private async Task<string> StoredDigestAsync(string key, CancellationToken cancellationToken)
    {
        using var response = await client.GetAsync(bucket, key, cancellationToken);
        await using var content = await response.Content.ReadAsStreamAsync(cancellationToken);
        return Convert.ToHexStringLower(await CryptographicOperations.HashDataAsync(HashAlgorithmName.MD5, content, cancellationToken));
    }
}
