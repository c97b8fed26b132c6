using System.Collections.Immutable;
using Dfs.Core.Catalog;
using Dfs.Core.Crypto;
using Dfs.Core.Manifests;
using Dfs.Core.Primitives;

namespace Dfs.Actors.Catalog;

/// <summary>Tells the catalog, which keeps values unread, what it must know about heads.</summary>
public static class HeadRules
{
    /// <param name="cluster">Of this directory; null before the first layout, when no head is accepted.</param>
    public static ValueRules Create(Func<ClusterId?> cluster)
    {
        var verifier = new SignatureVerifier();
        return new ValueRules(Check, value => Operations(value), Head.OperationsMax, IsTombstone, Counter) { Foresee = Foresee };

        TransitionRefusal? Check(RegisterId register, ReadOnlyMemory<byte>? accepted, ReadOnlyMemory<byte> proposed) =>
            cluster() is { } ours
                ? new HeadCheck(ours, verifier).Check(register, accepted, proposed)
                : new TransitionRefusal("cluster", "this directory belongs to no cluster yet");

        void Foresee(ReadOnlyMemory<byte> proposed)
        {
            if (HeadCodec.TryDecode(proposed.Span, out var signed, out var hash))
            {
                verifier.Verify(signed.Head.Owner, hash, signed.Signature);
            }
        }
    }

    private static ImmutableArray<OperationId> Operations(ReadOnlyMemory<byte> value) =>
        HeadCodec.TryDecode(value.Span, out var head) ? head.Head.Operations : [];

    private static bool IsTombstone(ReadOnlyMemory<byte> value) =>
        HeadCodec.TryDecode(value.Span, out var head) && head.Head.IsRemoved;

    private static ulong Counter(ReadOnlyMemory<byte> value) =>
        HeadCodec.TryDecode(value.Span, out var head) ? head.Head.Counter : 0;
}
