using System.IO.Pipelines;
using Dfs.Actors.Client;
using Dfs.Client;
using Dfs.Core.Listing;
using Dfs.Core.Manifests;
using Dfs.Core.Primitives;

namespace Dfs.Node.Hosting;

/// <summary>The node's client, whichever actor system is behind it at the moment; without one it says so.</summary>
internal sealed class HostedClient(Func<IDfsClient?> current) : IDfsClient
{
    private const string NotNow = "The node is getting into its cluster; try again in a moment.";

    public IBuckets Buckets { get; } = new HostedBuckets(() => current()?.Buckets);

    public ICompositions Compositions { get; } = new HostedCompositions(() => current()?.Compositions);

    public IVersions Versions { get; } = new HostedVersions(() => current()?.Versions);

    public ILocks Locks { get; } = new HostedLocks(() => current()?.Locks);

    public ISnapshots Snapshots { get; } = new HostedSnapshots(() => current()?.Snapshots);

    public IShares Shares { get; } = new HostedShares(() => current()?.Shares);

    public ISubscriptions Subscriptions { get; } = new HostedSubscriptions(() => current()?.Subscriptions);

    public Task<PutResult> PutAsync(ObjectKey key, PipeReader content, PutOptions options, CancellationToken cancellationToken) =>
        current()?.PutAsync(key, content, options, cancellationToken)
        ?? Task.FromResult(PutResult.Refused(DfsOutcome.NotReady, NotNow));

    public Task<OpenResult> OpenAsync(ObjectKey key, CancellationToken cancellationToken) =>
        current()?.OpenAsync(key, cancellationToken) ?? Task.FromResult(OpenResult.Refused(DfsOutcome.NotReady, NotNow));

    public Task<RemoveResult> RemoveAsync(ObjectKey key, CancellationToken cancellationToken) =>
        current()?.RemoveAsync(key, cancellationToken) ?? Task.FromResult(new RemoveResult(DfsOutcome.NotReady, NotNow));

    public Task<ListPage> ListAsync(string bucket, ListOptions options, CancellationToken cancellationToken) =>
        current()?.ListAsync(bucket, options, cancellationToken) ?? Task.FromResult(ListPage.Refused(DfsOutcome.NotReady, NotNow));

    private sealed class HostedCompositions(Func<ICompositions?> current) : ICompositions
    {
        public Task<PutResult> PutAsync(ObjectKey key, IReadOnlyList<FilePart> parts, PutOptions options, CancellationToken cancellationToken) =>
            current()?.PutAsync(key, parts, options, cancellationToken) ?? Task.FromResult(PutResult.Refused(DfsOutcome.NotReady, NotNow));

        public Task<RemoveResult> ChangeFactsAsync(
            ObjectKey key, VersionId? version, Func<FileFacts, FileFacts> change, CancellationToken cancellationToken) =>
            current()?.ChangeFactsAsync(key, version, change, cancellationToken) ?? Task.FromResult(new RemoveResult(DfsOutcome.NotReady, NotNow));
    }

    private sealed class HostedLocks(Func<ILocks?> current) : ILocks
    {
        public Task<RemoveResult> SetAsync(
            ObjectKey key, VersionId? version, LockWish wish, bool opensGovernance, CancellationToken cancellationToken) =>
            current()?.SetAsync(key, version, wish, opensGovernance, cancellationToken) ?? Task.FromResult(new RemoveResult(DfsOutcome.NotReady, NotNow));

        public Task<RemoveResult> RemoveAsync(ObjectKey key, VersionId version, bool opensGovernance, CancellationToken cancellationToken) =>
            current()?.RemoveAsync(key, version, opensGovernance, cancellationToken) ?? Task.FromResult(new RemoveResult(DfsOutcome.NotReady, NotNow));
    }

    private sealed class HostedSubscriptions(Func<ISubscriptions?> current) : ISubscriptions
    {
        public Task<ChangesResult> ReadAsync(
            Subscription subscription, string? after, int countMax, TimeSpan wait, CancellationToken cancellationToken) =>
            current()?.ReadAsync(subscription, after, countMax, wait, cancellationToken)
            ?? Task.FromResult(ChangesResult.Refused(DfsOutcome.NotReady, NotNow));

        public Task<RemoveResult> AcknowledgeAsync(Subscription subscription, string position, CancellationToken cancellationToken) =>
            current()?.AcknowledgeAsync(subscription, position, cancellationToken) ?? Task.FromResult(new RemoveResult(DfsOutcome.NotReady, NotNow));

        public Task<RemoveResult> EndAsync(Subscription subscription, CancellationToken cancellationToken) =>
            current()?.EndAsync(subscription, cancellationToken) ?? Task.FromResult(new RemoveResult(DfsOutcome.NotReady, NotNow));
    }

    private sealed class HostedShares(Func<IShares?> current) : IShares
    {
        public Task<ShareResult> ShareAsync(ObjectKey key, ShareOptions options, CancellationToken cancellationToken) =>
            current()?.ShareAsync(key, options, cancellationToken) ?? Task.FromResult(ShareResult.Refused(DfsOutcome.NotReady, NotNow));

        public Task<ShareListResult> ListAsync(ObjectKey key, CancellationToken cancellationToken) =>
            current()?.ListAsync(key, cancellationToken) ?? Task.FromResult(new ShareListResult(DfsOutcome.NotReady, [], NotNow));

        public Task<RemoveResult> RevokeAsync(ShareId share, CancellationToken cancellationToken) =>
            current()?.RevokeAsync(share, cancellationToken) ?? Task.FromResult(new RemoveResult(DfsOutcome.NotReady, NotNow));

        public Task<OpenResult> OpenAsync(string capability, CancellationToken cancellationToken) =>
            current()?.OpenAsync(capability, cancellationToken) ?? Task.FromResult(OpenResult.Refused(DfsOutcome.NotReady, NotNow));

        public Task<IdentityResult> IdentityAsync() =>
            current()?.IdentityAsync() ?? Task.FromResult(new IdentityResult(DfsOutcome.NotReady, "", NotNow));
    }

    private sealed class HostedSnapshots(Func<ISnapshots?> current) : ISnapshots
    {
        public Task<SnapshotsResult> ListAsync(string bucket, CancellationToken cancellationToken) =>
            current()?.ListAsync(bucket, cancellationToken) ?? NotReadyAsync();

        public Task<SnapshotsResult> CreateAsync(string bucket, string name, CancellationToken cancellationToken) =>
            current()?.CreateAsync(bucket, name, cancellationToken) ?? NotReadyAsync();

        public Task<SnapshotsResult> RemoveAsync(string bucket, string name, CancellationToken cancellationToken) =>
            current()?.RemoveAsync(bucket, name, cancellationToken) ?? NotReadyAsync();

        public Task<SnapshotRestoreResult> RestoreAsync(string bucket, string name, CancellationToken cancellationToken) =>
            current()?.RestoreAsync(bucket, name, cancellationToken)
            ?? Task.FromResult(new SnapshotRestoreResult(DfsOutcome.NotReady, 0, 0, 0, NotNow));

        public Task<OpenResult> OpenAsync(ObjectKey key, string snapshot, CancellationToken cancellationToken) =>
            current()?.OpenAsync(key, snapshot, cancellationToken) ?? Task.FromResult(OpenResult.Refused(DfsOutcome.NotReady, NotNow));

        public Task<ListPage> ListFilesAsync(string bucket, string snapshot, ListOptions options, CancellationToken cancellationToken) =>
            current()?.ListFilesAsync(bucket, snapshot, options, cancellationToken) ?? Task.FromResult(ListPage.Refused(DfsOutcome.NotReady, NotNow));

        private static Task<SnapshotsResult> NotReadyAsync() => Task.FromResult(new SnapshotsResult(DfsOutcome.NotReady, [], NotNow));
    }

    private sealed class HostedBuckets(Func<IBuckets?> current) : IBuckets
    {
        public Task<BucketsResult> ListAsync(CancellationToken cancellationToken) =>
            current()?.ListAsync(cancellationToken) ?? Task.FromResult(new BucketsResult(DfsOutcome.NotReady, [], NotNow));

        public Task<BucketResult> ShowAsync(string bucket, CancellationToken cancellationToken) =>
            current()?.ShowAsync(bucket, cancellationToken) ?? NotReadyAsync();

        public Task<BucketResult> CreateAsync(string bucket, BucketChange settings, CancellationToken cancellationToken) =>
            current()?.CreateAsync(bucket, settings, cancellationToken) ?? NotReadyAsync();

        public Task<BucketResult> CreateAsync(string bucket, BucketSettings settings, CancellationToken cancellationToken) =>
            current()?.CreateAsync(bucket, settings, cancellationToken) ?? NotReadyAsync();

        public Task<BucketResult> ChangeAsync(string bucket, Func<BucketSettings, BucketSettings> change, CancellationToken cancellationToken) =>
            current()?.ChangeAsync(bucket, change, cancellationToken) ?? NotReadyAsync();

        public Task<BucketResult> SetAsync(string bucket, BucketChange change, CancellationToken cancellationToken) =>
            current()?.SetAsync(bucket, change, cancellationToken) ?? NotReadyAsync();

        public Task<BucketResult> RemoveAsync(string bucket, CancellationToken cancellationToken) =>
            current()?.RemoveAsync(bucket, cancellationToken) ?? NotReadyAsync();

        private static Task<BucketResult> NotReadyAsync() => Task.FromResult(new BucketResult(DfsOutcome.NotReady, null, NotNow));
    }

    private sealed class HostedVersions(Func<IVersions?> current) : IVersions
    {
        public Task<VersionsResult> ListAsync(ObjectKey key, int countMax, CancellationToken cancellationToken) =>
            current()?.ListAsync(key, countMax, cancellationToken) ?? Task.FromResult(new VersionsResult(DfsOutcome.NotReady, [], NotNow));

        public Task<OpenResult> OpenAsync(ObjectKey key, VersionId version, CancellationToken cancellationToken) =>
            current()?.OpenAsync(key, version, cancellationToken) ?? Task.FromResult(OpenResult.Refused(DfsOutcome.NotReady, NotNow));

        public Task<PutResult> RestoreAsync(ObjectKey key, VersionId version, CancellationToken cancellationToken) =>
            current()?.RestoreAsync(key, version, cancellationToken) ?? Task.FromResult(PutResult.Refused(DfsOutcome.NotReady, NotNow));

        public Task<RemoveResult> RemoveAsync(ObjectKey key, VersionId version, CancellationToken cancellationToken) =>
            current()?.RemoveAsync(key, version, cancellationToken) ?? Task.FromResult(new RemoveResult(DfsOutcome.NotReady, NotNow));

        public Task<RemoveResult> RemoveCurrentAsync(ObjectKey key, VersionId version, CancellationToken cancellationToken) =>
            current()?.RemoveCurrentAsync(key, version, cancellationToken) ?? Task.FromResult(new RemoveResult(DfsOutcome.NotReady, NotNow));

        public Task<RemoveResult> MarkRemovedAsync(ObjectKey key, VersionId? version, CancellationToken cancellationToken) =>
            current()?.MarkRemovedAsync(key, version, cancellationToken) ?? Task.FromResult(new RemoveResult(DfsOutcome.NotReady, NotNow));

        public Task<DiffResult> DiffAsync(ObjectKey key, VersionId? from, VersionId? to, CancellationToken cancellationToken) =>
            current()?.DiffAsync(key, from, to, cancellationToken) ?? Task.FromResult(new DiffResult(DfsOutcome.NotReady, null, NotNow));
    }
}

/// <summary>Likewise for collections.</summary>
internal sealed class HostedGarbageClient(Func<IGarbageClient?> current) : IGarbageClient
{
    public Task<GarbageRun> CollectAsync(CancellationToken cancellationToken) =>
        current()?.CollectAsync(cancellationToken)
        ?? Task.FromResult(new GarbageRun(DfsOutcome.NotReady, "The node is getting into its cluster; try again in a moment.", 0, 0, 0, 0, 0, 0, 0));
}

/// <summary>Likewise for what happened.</summary>
internal sealed class HostedEventClient(Func<IEventClient?> current) : IEventClient
{
    public Task<EventStory> ReadAsync(DateTimeOffset since, CancellationToken cancellationToken) =>
        current()?.ReadAsync(since, cancellationToken) ?? Task.FromResult(new EventStory([], ["every node"]));
}

/// <summary>Likewise for commands about the layout.</summary>
internal sealed class HostedLayoutClient(Func<ILayoutClient?> current) : ILayoutClient
{
    public Task<LayoutPlan?> PlanAsync(CancellationToken cancellationToken) =>
        current()?.PlanAsync(cancellationToken) ?? Task.FromResult<LayoutPlan?>(null);

    public Task<LayoutResult> RunAsync(LayoutCommand command, string node, CancellationToken cancellationToken) =>
        current()?.RunAsync(command, node, cancellationToken)
        ?? Task.FromResult(new LayoutResult(DfsOutcome.NotReady, "The node is getting into its cluster; try again in a moment."));
}
