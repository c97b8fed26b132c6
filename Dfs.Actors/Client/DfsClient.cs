using System.IO.Pipelines;
using Akka.Actor;
using Dfs.Actors.Transfer;
using Dfs.Core.Catalog;
using Dfs.Core.Crypto;
using Dfs.Core.Manifests;
using Dfs.Core.Primitives;
using static Dfs.Actors.Transfer.TransferProtocol;

namespace Dfs.Actors.Client;

/// <summary>The store as a program on a node sees it: reads heads, and hands content to the transfer actors.</summary>
/// <param name="transfers">This node's <see cref="TransferSupervisor"/>.</param>
public sealed class DfsClient(TransferOptions parts, IActorRef transfers, NameIndex names) : IDfsClient
{
    private readonly SignatureVerifier _verifier = new();

    public IBuckets Buckets => parts.Buckets;

    public async Task<PutResult> PutAsync(
        ObjectKey key, PipeReader content, PutOptions options, CancellationToken cancellationToken)
    {
        var request = new StartPut(key, content, options, cancellationToken);
        transfers.Tell(request);
        var result = await request.Answer.Task;
        if (result.Outcome != DfsOutcome.Done)
        {
            await content.CompleteAsync();
        }

        return result;
    }

    public async Task<OpenResult> OpenAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        try
        {
            return new OpenResult(DfsOutcome.Done, await OpenOrThrowAsync(key, cancellationToken), "");
        }
        catch (TransferException error)
        {
            return OpenResult.Refused(error.Outcome, error.Message);
        }
    }

    public async Task<RemoveResult> RemoveAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        try
        {
            var register = parts.Owner.Bucket(key.Bucket).TokenOf(key);
            var wish = new HeadRemove(
                parts.Owner.PublicKey, OwnerSession.NewOperation(), HeadCondition.None, KeepsVersions: false, default);
            // Not cancelled with the caller: a change that was sent off is seen through, so that the answer is true.
            var outcome = await parts.Catalog.ChangeAsync(
                register, wish.Operation,
                HeadChanges.Propose(parts.Owner, (current, _) => HeadTransition.Remove(current, wish)),
                ChunkTraffic.Epoch, CancellationToken.None);
            HeadChanges.ThrowUnlessDone(outcome);
            return new RemoveResult(DfsOutcome.Done, "");
        }
        catch (TransferException error)
        {
            return new RemoveResult(error.Outcome, error.Message);
        }
    }

    public async Task<ListResult> ListAsync(string bucket, string prefix, CancellationToken cancellationToken)
    {
        try
        {
            return new ListResult(DfsOutcome.Done, await names.ListAsync(bucket, prefix, cancellationToken), "");
        }
        catch (TransferException error)
        {
            return new ListResult(error.Outcome, [], error.Message);
        }
    }

    private async Task<IOpenFile> OpenOrThrowAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        var bucket = parts.Owner.Bucket(key.Bucket);
        var register = bucket.TokenOf(key);
        var view = await parts.Catalog.ReadAsync(register, ChunkTraffic.Epoch, cancellationToken) switch
        {
            ReadDone read => read.View,
            _ => throw HeadChanges.NoQuorum(),
        };
        if (view.Value is not { } value)
        {
            throw NotFound();
        }

        var head = OpenHeads.Verify(value, register, parts.Owner.PublicKey, _verifier);
        var version = head.Readable ?? throw NotFound();
        var root = version.Root?.Memory ?? await FetchRootAsync(version.RootChunk!.Value, cancellationToken);
        return new OpenFile(OpenHeads.Manifest(head, version, root.Span, bucket), version.Id, transfers);
    }

    private async Task<ReadOnlyMemory<byte>> FetchRootAsync(ChunkId id, CancellationToken cancellationToken)
    {
        using var chunk = await parts.Chunks.FetchAsync(id, cancellationToken);
        return chunk.Memory.ToArray();
    }

    private static TransferException NotFound() => new(DfsOutcome.NotFound, "not found");
}
