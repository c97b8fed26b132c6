using Dfs.Core.Listing;
using Dfs.Core.Primitives;

namespace Dfs.Client.Http;

/// <summary>The snapshots behind a node's admin interface.</summary>
internal sealed class RemoteSnapshots(NodeFiles node) : ISnapshots
{
    public Task<SnapshotsResult> ListAsync(string bucket, CancellationToken cancellationToken) =>
        AnswerAsync(() => node.SnapshotsAsync(bucket, cancellationToken), Refused);

    public Task<SnapshotsResult> CreateAsync(string bucket, string name, CancellationToken cancellationToken) =>
        AnswerAsync(() => node.SnapshotAsync(HttpMethod.Put, bucket, name, cancellationToken), Refused);

    public Task<SnapshotsResult> RemoveAsync(string bucket, string name, CancellationToken cancellationToken) =>
        AnswerAsync(() => node.SnapshotAsync(HttpMethod.Delete, bucket, name, cancellationToken), Refused);

    public Task<SnapshotRestoreResult> RestoreAsync(string bucket, string name, CancellationToken cancellationToken) => AnswerAsync(
        () => node.RestoreSnapshotAsync(bucket, name, cancellationToken),
        (outcome, detail) => new SnapshotRestoreResult(outcome, 0, 0, 0, detail));

    public Task<OpenResult> OpenAsync(ObjectKey key, string snapshot, CancellationToken cancellationToken) => AnswerAsync(
        async () => await RemoteFile.OpenAsync(
            (range, same, token) => node.GetAsync(key.Bucket, key.Name, null, snapshot, range, same, token), cancellationToken),
        OpenResult.Refused);

    public Task<ListPage> ListFilesAsync(string bucket, string snapshot, ListOptions options, CancellationToken cancellationToken) => AnswerAsync(
        async () => RemoteClient.PageOf(await node.ListAsync(bucket, snapshot, options, cancellationToken)),
        ListPage.Refused);

    private static SnapshotsResult Refused(DfsOutcome outcome, string detail) => new(outcome, [], detail);

    private static async Task<T> AnswerAsync<T>(Func<Task<T>> act, Func<DfsOutcome, string, T> refuse)
    {
        try
        {
            return await act();
        }
        catch (DfsException refused)
        {
            return refuse(refused.Outcome, refused.Message);
        }
    }
}
