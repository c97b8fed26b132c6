using System.Collections.Immutable;
using Dfs.Actors.Catalog;
using Dfs.Actors.Transfer;
using Dfs.Actors.Trust;
using Dfs.Core.Catalog;
using Dfs.Core.Placement;
using Dfs.Core.Primitives;
using Dfs.Core.Repair;
using Dfs.Core.Trust;
using Dfs.Storage.CatalogStore;

namespace Dfs.Actors.Membership;

/// <summary>What a <see cref="LayoutNotary"/> is made with.</summary>
/// <param name="Catalog">Null while there is no actor system.</param>
public sealed record LayoutNotaryOptions(
    ReplicaId Self, CatalogStore Store, PeerDirectory Directory, PeerClient Peers, LayoutSigner Signer, Func<CatalogClient?> Catalog, TimeProvider Time)
{
    /// <summary>What this node has heard of an unfinished change; shared with its layout keeper.</summary>
    public LayoutProgress Progress { get; init; } = new();

    /// <summary>300 ms after a majority: more signatures than are needed outlive the expulsion of one who gave his.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromMilliseconds(300);
}

/// <summary>The newest reports about an unfinished change. Written by the layout keeper, read from any thread.</summary>
public sealed class LayoutProgress
{
    private volatile JointReports? _reports;

    public JointReports? Reports
    {
        get => _reports;
        set => _reports = value;
    }

    public bool MayFinish(Layout joint) => _reports is { } reports && reports.Progress.Joint.Number == joint.Number && reports.MayFinish;
}

/// <summary>Gives and gathers the signatures that a layout needs.</summary>
/// <remarks>
/// One per node whose cluster has an authority; outlives the actor system, safe for many threads. Members of the council sign twice: that a layout
/// may follow, before it is proposed, and that it was decided, when the council's register holds it. Without the first a member could
/// propose whatever it likes; without the second it could announce what was endorsed and not decided.
/// </remarks>
public sealed class LayoutNotary(LayoutNotaryOptions options)
{
    public static readonly LayoutAnswer Starting = new(null, "The node is still starting.");

    public LayoutSigner Signer => options.Signer;

    public LayoutProgress Progress => options.Progress;

    /// <summary>What a replica of the council's register accepts: the next layout, endorsed by a majority.</summary>
    public TransitionRefusal? Check(RegisterId register, ReadOnlyMemory<byte>? accepted, ReadOnlyMemory<byte> proposed) =>
        options.Store.Layout is { } current && register == CouncilRegisters.Layout(current.Cluster, current.Number.Next).Register && Endorsed(current, proposed) is not null
            ? null
            : new TransitionRefusal("layout", "It is not the next layout, endorsed by a majority of the council.");

    /// <returns>Null unless the value is a layout that may follow, and a majority of the council has endorsed it.</returns>
    public EndorsedLayout? Endorsed(Layout current, ReadOnlyMemory<byte> value) =>
        EndorsedLayout.Decode(value.Span) is { } endorsed && LayoutSuccession.Follows(current, endorsed.Layout)
        // Who was expelled since counts: every replica must come to the same verdict, whatever it has heard of expulsions.
        && options.Signer.WhoSigned(LayoutStatement.Of(endorsed.Layout).ToSign(LayoutStage.Endorsed), endorsed.Signatures, countExpelled: true)
            .AreMajorityOf(current.Council)
                ? endorsed
                : null;

    /// <summary>Answers a member that wants to propose a layout.</summary>
    /// <param name="sender">Of its certificate.</param>
    public LayoutAnswer Endorse(NodeIdentity? sender, ReadOnlySpan<byte> encoded)
    {
        if (options.Store.Layout is not { } current || !current.Council.Contains(options.Self) || !LayoutSuccession.MayAsk(current, sender))
        {
            return new LayoutAnswer(null, "It is not for this node to sign, or not for that one to ask.");
        }

        return Layout.TryDecode(encoded, out var proposed)
            ? EndorseOwn(current, proposed)
            : new LayoutAnswer(null, "It is no layout.");
    }

    /// <summary>Answers a member that has proposed a layout: signs what the council's register holds, as this node reads it.</summary>
    /// <param name="sender">Of its certificate.</param>
    public async Task<LayoutAnswer> SignDecidedAsync(NodeIdentity? sender, CancellationToken cancellation) =>
        options.Store.Layout is { } current && current.Council.Contains(options.Self) && LayoutSuccession.MayAsk(current, sender)
            ? await SignOwnAsync(current, cancellation)
            : new LayoutAnswer(null, "It is not for this node to sign, or not for that one to ask.");

    /// <returns>What to write into the register, or why there is no majority for it.</returns>
    public async Task<(byte[]? Value, string Detail)> EndorsementsAsync(Layout current, Layout next, CancellationToken cancellation)
    {
        var encoded = next.Encode();
        var (signatures, detail) = await GatherAsync(
            current, LayoutStatement.Of(next).ToSign(LayoutStage.Endorsed),
            () => Task.FromResult(EndorseOwn(current, next)),
            (peer, call) => options.Peers.EndorseLayoutAsync(peer, call, encoded, cancellation));
        if (signatures.IsEmpty)
        {
            return (null, detail);
        }

        var value = new EndorsedLayout(next, signatures).Encode();
        return value.Length <= RegisterRow.ValueBytesMax ? (value, "") : (null, "The layout and its signatures are too large for a register.");
    }

    /// <summary>Gathers the proof that a layout was decided.</summary>
    /// <returns>Null without a majority; to be tried again.</returns>
    public async Task<LayoutLink?> ProofAsync(Layout current, Layout decided, CancellationToken cancellation)
    {
        var statement = LayoutStatement.Of(decided);
        var bytes = statement.ToSign(LayoutStage.Decided);
        var (signatures, _) = await GatherAsync(
            current, bytes,
            () => SignOwnAsync(current, cancellation),
            (peer, call) => options.Peers.SignLayoutAsync(peer, call, cancellation));
        return signatures.IsEmpty ? null : Vouched(new LayoutLink(statement, signatures));
    }

    /// <summary>The proof of a layout that is believed here: with the authority's signature where this node has it.</summary>
    public LayoutLink Vouched(LayoutLink proof) =>
        options.Signer.SignAsAuthority(proof.Statement.ToSign(LayoutStage.Decided)) is { } signature ? proof.With(signature) : proof;

    private LayoutAnswer EndorseOwn(Layout current, Layout proposed) =>
        LayoutSuccession.Refusal(
            current, proposed, PeerFacts.Of(options.Directory.View, options.Self, current, static _ => TimeSpan.Zero), current.IsJoint && Progress.MayFinish(current)) is { } refusal
                ? new LayoutAnswer(null, refusal)
                : new LayoutAnswer(options.Signer.Sign(LayoutStatement.Of(proposed).ToSign(LayoutStage.Endorsed)), "");

    private async Task<LayoutAnswer> SignOwnAsync(Layout current, CancellationToken cancellation)
    {
        var read = options.Catalog() is { } catalog
            ? await catalog.ReadCouncilAsync(CouncilRegisters.Layout(current.Cluster, current.Number.Next), cancellation)
            : null;
        if (read is not ReadDone { View.Value: { } value } || Endorsed(current, value) is not { } decided)
        {
            return new LayoutAnswer(null, "The register does not say that it was decided.");
        }

        var statement = LayoutStatement.Of(decided.Layout);
        return await options.Store.PledgeAsync(statement)
            ? new LayoutAnswer(options.Signer.Sign(statement.ToSign(LayoutStage.Decided)), "")
            : new LayoutAnswer(null, "Another layout of this number was signed.");
    }

    /// <returns>Good signatures of a majority of the council, and of who else was quick; none, and the reasons, when there is no majority.</returns>
    private async Task<(ImmutableArray<LayoutSignature> Signatures, string Detail)> GatherAsync(
        Layout current, byte[] bytes, Func<Task<LayoutAnswer>> own, Func<Uri, PeerCall, Task<PeerOutcome>> ask)
    {
        var waiting = current.Council.Select(member => member == options.Self ? own() : AskAsync(current, member, ask)).ToList();
        var (signatures, reasons) = (ImmutableArray.CreateBuilder<LayoutSignature>(), new List<string>());
        var grace = default(Task);
        while (waiting.Count > 0)
        {
            var done = await Task.WhenAny(grace is null ? waiting : [.. waiting, grace]);
            if (done == grace)
            {
                break;
            }

            waiting.Remove((Task<LayoutAnswer>)done);
            var answer = await (Task<LayoutAnswer>)done;
            // Also of who says yes and gives something else.
            if (answer.Signature is { IsByAuthority: false } signature && !options.Signer.WhoSigned(bytes, [signature]).Nodes.IsEmpty)
            {
                signatures.Add(signature);
                grace ??= IsMajority() ? Task.Delay(options.Grace, options.Time) : null;
            }
            else
            {
                reasons.Add(answer.Reason);
            }
        }

        return IsMajority() ? (signatures.ToImmutable(), "") : ([], $"The council does not agree. {string.Join(' ', reasons.Distinct())}");

        bool IsMajority() => options.Signer.WhoSigned(bytes, signatures).AreMajorityOf(current.Council);
    }

    private async Task<LayoutAnswer> AskAsync(Layout current, ReplicaId member, Func<Uri, PeerCall, Task<PeerOutcome>> ask)
    {
        var name = current.Find(member)?.Name ?? member.ToString();
        var outcome = options.Directory.EndpointOf(member, current) is { } endpoint
            ? await ask(new Uri(endpoint), new PeerCall(current.Cluster, options.Self, member, current.Number, options.Store.Epoch))
            : null;
        return outcome is PeerOutcome.Answered answered && LayoutAnswer.Decode(answered.Bytes) is { } answer
            ? answer.Signature is not null ? answer : new LayoutAnswer(null, $"{name}: {answer.Reason}")
            : new LayoutAnswer(null, $"{name} gives no answer.");
    }
}
