using Dfs.Client;
using Dfs.Core.Primitives;

namespace Dfs.Tests.Shell;

/// <summary>A history that the test says; it is the same for every key.</summary>
internal sealed class FakeVersions : IVersions
{
    public List<VersionEntry> Entries { get; } = [];

    public Task<VersionsResult> ListAsync(ObjectKey key, int countMax, CancellationToken cancellationToken) =>
        Task.FromResult(new VersionsResult(DfsOutcome.Done, Entries, ""));

    public Task<OpenResult> OpenAsync(ObjectKey key, VersionId version, CancellationToken cancellationToken) =>
        Task.FromResult(OpenResult.Refused(DfsOutcome.NotFound, "not found"));

    public Task<PutResult> RestoreAsync(ObjectKey key, VersionId version, CancellationToken cancellationToken) =>
        Task.FromResult(Entries.FirstOrDefault(entry => entry.Version == version) is { } found
            ? new PutResult(DfsOutcome.Done, found.SizeBytes, version, "")
            : PutResult.Refused(DfsOutcome.NotFound, "not found"));

    public Task<RemoveResult> RemoveAsync(ObjectKey key, VersionId version, CancellationToken cancellationToken) =>
        Task.FromResult(new RemoveResult(Entries.RemoveAll(entry => entry.Version == version) > 0 ? DfsOutcome.Done : DfsOutcome.NotFound, ""));

    public Task<RemoveResult> RemoveCurrentAsync(ObjectKey key, VersionId version, CancellationToken cancellationToken) =>
        throw new NotSupportedException("the console sets no condition");

    public Task<RemoveResult> MarkRemovedAsync(ObjectKey key, VersionId? current, CancellationToken cancellationToken) =>
        throw new NotSupportedException("the console marks nothing that is not there");

    public Task<DiffResult> DiffAsync(ObjectKey key, VersionId? from, VersionId? to, CancellationToken cancellationToken) =>
        Task.FromResult(new DiffResult(DfsOutcome.NotFound, null, "not found"));
}
