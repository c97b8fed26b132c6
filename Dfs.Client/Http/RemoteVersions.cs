using Dfs.Core.Primitives;

namespace Dfs.Client.Http;

/// <summary>The versions behind a node's admin interface.</summary>
internal sealed class RemoteVersions(NodeFiles node) : IVersions
{
    public Task<VersionsResult> ListAsync(ObjectKey key, int countMax, CancellationToken cancellationToken) => AnswerAsync(
        async () =>
        {
            var answer = await node.VersionsAsync(key.Bucket, key.Name, countMax, cancellationToken);
            return new VersionsResult(answer.Outcome, [.. answer.Versions.Select(version => version.ToEntry())], answer.Detail);
        },
        (outcome, detail) => new VersionsResult(outcome, [], detail));

    public Task<OpenResult> OpenAsync(ObjectKey key, VersionId version, CancellationToken cancellationToken) => AnswerAsync(
        async () => await RemoteFile.OpenAsync(
            (range, same, token) => node.GetAsync(key.Bucket, key.Name, version, null, range, same, token), cancellationToken),
        OpenResult.Refused);

    public Task<PutResult> RestoreAsync(ObjectKey key, VersionId version, CancellationToken cancellationToken) => AnswerAsync(
        async () => RemoteClient.PutResultOf(await node.RestoreAsync(key.Bucket, key.Name, version, cancellationToken)),
        PutResult.Refused);

    public Task<RemoveResult> RemoveAsync(ObjectKey key, VersionId version, CancellationToken cancellationToken) => AnswerAsync(
        async () =>
        {
            var answer = await node.RemoveAsync(key.Bucket, key.Name, version, cancellationToken);
            return new RemoveResult(answer.Outcome, answer.Detail);
        },
        (outcome, detail) => new RemoveResult(outcome, detail));

    public Task<RemoveResult> RemoveCurrentAsync(ObjectKey key, VersionId version, CancellationToken cancellationToken) => AnswerAsync(
        async () =>
        {
            var answer = await node.RemoveCurrentAsync(key.Bucket, key.Name, version, cancellationToken);
            return new RemoveResult(answer.Outcome, answer.Detail);
        },
        (outcome, detail) => new RemoveResult(outcome, detail));

    public Task<RemoveResult> MarkRemovedAsync(ObjectKey key, VersionId? current, CancellationToken cancellationToken) =>
        throw new NotSupportedException("only the S3 interface marks what is not there as deleted");

    public Task<DiffResult> DiffAsync(ObjectKey key, VersionId? from, VersionId? to, CancellationToken cancellationToken) => AnswerAsync(
        async () =>
        {
            var diff = await node.DiffAsync(key.Bucket, key.Name, from, to, cancellationToken);
            return new DiffResult(
                DfsOutcome.Done,
                new VersionDiff(
                    IdOf(diff.From), IdOf(diff.To), diff.FromBytes, diff.ToBytes, diff.FromChunks, diff.ToChunks, diff.SharedChunks,
                    diff.SharedBytes),
                "");
        },
        (outcome, detail) => new DiffResult(outcome, null, detail));

    internal static VersionId IdOf(string text) => VersionId.TryParse(text, out var id)
        ? id
        : throw new DfsException(DfsOutcome.Failed, $"The node answered with a version that is none: {text}");

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
