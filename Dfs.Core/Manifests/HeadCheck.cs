using Dfs.Core.Crypto;
using Dfs.Core.Primitives;

namespace Dfs.Core.Manifests;

/// <summary>What a replica checks of a head before it accepts it, without any of the owner's keys.</summary>
/// <remarks>
/// <see cref="Check(RegisterId, ReadOnlyMemory{byte}?, ReadOnlyMemory{byte})"/> is a <see cref="TransitionCheck"/>. It
/// does not compare counters with what the replica accepted: that need not be chosen, and a replica that alone
/// accepted counter 6 must take the chosen 5 at a higher ballot (docs/formats/head.md, "Order"). What is known to be
/// chosen is compared by the other overload. Callers may be on several threads.
/// </remarks>
public sealed class HeadCheck(ClusterId cluster, SignatureVerifier verifier)
{
    public TransitionRefusal? Check(
        RegisterId register, ReadOnlyMemory<byte>? accepted, ReadOnlyMemory<byte> proposed)
    {
        // The same bytes again, as after a lost answer, need no second signature check.
        if (accepted is { } before && before.Span.SequenceEqual(proposed.Span))
        {
            return null;
        }

        if (!HeadCodec.TryDecode(proposed.Span, out var signed, out var hash))
        {
            return new TransitionRefusal("malformed", "the proposed value is not a head");
        }

        return PlaceRefusal(register, accepted, signed.Head) ?? SignatureRefusal(signed, hash);
    }

    /// <param name="chosenCounter">Of a head known to be chosen, such as the floor that a tombstone left behind.</param>
    public TransitionRefusal? Check(
        RegisterId register, ReadOnlyMemory<byte>? accepted, ReadOnlyMemory<byte> proposed, ulong chosenCounter)
    {
        if (Check(register, accepted, proposed) is { } refusal)
        {
            return refusal;
        }

        return HeadCodec.TryDecode(proposed.Span, out var signed) && signed.Head.Counter < chosenCounter
            ? new TransitionRefusal("replayed", $"counter {signed.Head.Counter} is below the chosen {chosenCounter}")
            : null;
    }

    private TransitionRefusal? PlaceRefusal(RegisterId register, ReadOnlyMemory<byte>? accepted, Head head)
    {
        if (head.Cluster != cluster)
        {
            return new TransitionRefusal("cluster", $"a head of cluster {head.Cluster}, not of {cluster}");
        }

        if (head.Register != register)
        {
            return new TransitionRefusal("register", $"a head of register {head.Register}, not of {register}");
        }

        return accepted is { } before && (!HeadCodec.TryPeekOwner(before.Span, out var owner) || owner != head.Owner)
            ? new TransitionRefusal("owner", $"the register belongs to another than {head.Owner}")
            : null;
    }

    private TransitionRefusal? SignatureRefusal(SignedHead signed, Bytes32 hash) =>
        verifier.Verify(signed.Head.Owner, hash, signed.Signature)
            ? null
            : new TransitionRefusal("signature", $"not signed by {signed.Head.Owner}");
}
