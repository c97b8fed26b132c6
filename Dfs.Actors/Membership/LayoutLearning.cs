using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using Dfs.Actors.Catalog;
using Dfs.Actors.Trust;
using Dfs.Core.Catalog;
using Dfs.Core.Placement;
using Dfs.Core.Primitives;
using static Dfs.Actors.Membership.MembershipProtocol;

namespace Dfs.Actors.Membership;

// How layouts are told and believed.
public sealed partial class LayoutKeeper
{
    /// <summary>48 KiB: with the largest layout within a message.</summary>
    private const int ProofBytesMax = 48 * 1024;

    /// <summary>Ten minutes: a liar does not fill the events, nor a wait the log.</summary>
    private static readonly TimeSpan ComplaintEvery = TimeSpan.FromMinutes(10);

    private readonly Dictionary<string, LayoutNumber> _askedFrom = [];
    private readonly Dictionary<string, TimeSpan> _forgers = [];
    private TimeSpan? _waitsSince;

    // Proofs that were followed beyond the layout that is durable here, until they reach one that is told.
    private (LayoutStanding Standing, ImmutableArray<LayoutLink> Links)? _ahead;

    private LayoutStanding Standing =>
        _ahead is { } ahead && ahead.Standing.Number.CompareTo(_options.Store.Layout?.Number ?? LayoutNumber.None) > 0
            ? ahead.Standing
            : LayoutStanding.On(_options.Store.Layout);

    private GetLayout Question => new() { After = Standing.Number };

    private async Task LearnAsync(LayoutIs heard)
    {
        var sender = Sender;
        if (!Layout.TryDecode(heard.Layout.Span, out var layout))
        {
            _log.Warning("A layout from {0} could not be read", sender);
            return;
        }

        var current = _options.Store.Layout;
        if (current is not null && (current.Cluster != layout.Cluster || layout.Number.CompareTo(current.Number) < 0))
        {
            return;
        }

        if (!EpochFact.CanBe(heard.Epoch, _options.Store.Epoch))
        {
            _log.Warning("A layout from {0} in epoch {1} is not learned: the epoch here is {2}", sender, heard.Epoch, _options.Store.Epoch);
            return;
        }

        if (_options.Notary is { } notary && !await BelieveAsync(notary, layout, heard.Proofs, sender))
        {
            return;
        }

        if (current is null || layout.Number.CompareTo(current.Number) > 0)
        {
            // First the epoch: under a layout a replica accepts by the epoch that it knows.
            await _options.Store.RaiseEpochAsync(heard.Epoch);
            await AdoptAsync(layout, _ahead?.Links ?? []);
        }
    }

    /// <returns>Whether it may be worked under; else whoever told it was asked for what is missing, or is reported.</returns>
    private async Task<bool> BelieveAsync(LayoutNotary notary, Layout layout, ImmutableArray<ByteString> proofs, IActorRef sender)
    {
        var links = Decoded(proofs, layout.Cluster);
        if (_options.Store.Layout is { } current && current.Number == layout.Number)
        {
            await CompareAsync(notary, current, layout, links, sender);
            return false;
        }

        var (standing, followed) = Standing.Follow(links, link => notary.Signer.WhoSigned(link.Statement.ToSign(LayoutStage.Decided), link.Signatures));
        if (!followed.IsEmpty)
        {
            var before = _ahead is { } ahead && Standing == ahead.Standing ? ahead.Links : [];
            _ahead = (standing, [.. before.AddRange(followed).TakeLast(LayoutChain.LinksMax)]);
        }

        var verdict = standing.Judge(layout);
        if (verdict == LayoutVerdict.Proven || (standing == LayoutStanding.Nowhere && layout.Number == LayoutNumber.None.Next && _options.Store.HasAgreedTo(layout)))
        {
            return true;
        }

        if (verdict == LayoutVerdict.Old)
        {
            // The proofs lead beyond it: who told it knows the newer one, or will in a moment.
            return false;
        }

        if (verdict == LayoutVerdict.Apart && AskFurther(sender, standing.Number))
        {
            return false;
        }

        if (standing == LayoutStanding.Nowhere)
        {
            // Whoever has nothing to follow from cannot tell a lie from a layout that no node with the authority has signed yet.
            WaitForAuthority(layout.Number);
            return false;
        }

        ReportForger(sender, layout.Number, verdict);
        return false;
    }

    /// <returns>False when it has been asked for just that before.</returns>
    private bool AskFurther(IActorRef sender, LayoutNumber after)
    {
        var address = sender.Path.Address.ToString();
        if (_askedFrom.TryGetValue(address, out var asked) && asked == after)
        {
            _askedFrom.Remove(address);
            return false;
        }

        if (_askedFrom.Count >= Layout.MembersMax)
        {
            _askedFrom.Clear();
        }

        _askedFrom[address] = after;
        sender.Tell(new GetLayout { After = after });
        return true;
    }

    // Of the layout that is worked under: more signatures are kept, and another one of its number is a lie of somebody in the council.
    private async Task CompareAsync(LayoutNotary notary, Layout current, Layout layout, IReadOnlyList<LayoutLink> links, IActorRef sender)
    {
        if (LayoutStatement.HashOf(current) != LayoutStatement.HashOf(layout))
        {
            ReportForger(sender, layout.Number, LayoutVerdict.Conflicting);
        }
        else if (links.LastOrDefault(link => link.Number == current.Number && link.Statement.Hash == LayoutStatement.HashOf(current)) is { HasAuthority: true } link
            && _options.Store.Proofs.Find(current.Number) is not { HasAuthority: true }
            && notary.Signer.WhoSigned(link.Statement.ToSign(LayoutStage.Decided), link.Signatures).IsByAuthority)
        {
            await _options.Store.KeepProofAsync(link);
        }
    }

    private static List<LayoutLink> Decoded(ImmutableArray<ByteString> proofs, ClusterId cluster)
    {
        var links = new List<LayoutLink>();
        foreach (var proof in proofs)
        {
            if (LayoutLink.TryDecode(proof.Span, out var link) && link.Statement.Cluster == cluster)
            {
                links.Add(link);
            }
        }

        return links;
    }

    private void WaitForAuthority(LayoutNumber number)
    {
        if (_waitsSince is { } since && Clock - since < ComplaintEvery)
        {
            return;
        }

        _waitsSince = Clock;
        _log.Warning(
            "Layout {0} is not signed by the cluster's authority, which an empty directory needs; a node that has the authority signs it when it runs", number);
    }

    // The name is as good as the remoting's knowledge of who sent it: a host, and the port that the sender says.
    private void ReportForger(IActorRef sender, LayoutNumber number, LayoutVerdict verdict)
    {
        TrustMetrics.NotBelieved(verdict);
        var address = sender.Path.Address.ToString();
        if (_forgers.TryGetValue(address, out var last) && Clock - last < ComplaintEvery)
        {
            return;
        }

        if (_forgers.Count >= Layout.MembersMax)
        {
            _forgers.Clear();
        }

        _forgers[address] = Clock;
        var name = _view.Peers.Values.FirstOrDefault(peer => peer.Card.Address == address)?.Card.Name
            ?? _options.Store.Layout?.Everyone.FirstOrDefault(member => PeerDirectory.SameScheme(address, member.Address) == address)?.Name
            ?? address;
        var what = verdict == LayoutVerdict.Conflicting ? $"told another layout {number} than the one that was signed"
            : $"told layout {number}, which the council did not sign as far as this node can follow from layout {Standing.Number}";
        _log.Error("{0} {1}; it is refused", name, what);
        _options.OnForged(name, $"{what}; it is refused");
    }

    private async Task AdoptAsync(Layout layout, IReadOnlyList<LayoutLink> proofs)
    {
        if (!await InstallAsync(layout, proofs))
        {
            return;
        }

        ForgetProposal();
        _ahead = null;
        _askedFrom.Clear();
        _log.Info("Works under {0} of cluster {1}", layout, layout.Cluster);
        Context.System.EventStream.Publish(new CatalogMessages.LayoutChanged(layout));
    }

    // Not on this actor's turn: an actor that is stopped meanwhile gets no turn any more, and the fence, which outlives it, would stay shut for ever.
    private async Task<bool> InstallAsync(Layout layout, IReadOnlyList<LayoutLink> proofs)
    {
        using (await _options.Fence.EnterAsync(CancellationToken.None).ConfigureAwait(false))
        {
            return await _options.Store.InstallAsync(layout, proofs).ConfigureAwait(false);
        }
    }

    // A node that has the authority signs every layout that it works under, also one from before layouts were signed: then whoever was away
    // needs no chain, and who is new has something to believe.
    private async Task VouchAsync()
    {
        if (_options.Notary is not { Signer.HasAuthority: true } notary || _options.Store.Layout is not { } layout
            || _options.Store.Proofs.Find(layout.Number) is { HasAuthority: true })
        {
            return;
        }

        var proof = _options.Store.Proofs.Find(layout.Number) ?? new LayoutLink(LayoutStatement.Of(layout), []);
        if (await _options.Store.KeepProofAsync(notary.Vouched(proof)))
        {
            Announce(layout);
        }
    }

    private void Announce(Layout layout)
    {
        foreach (var peer in _view.Peers.Values.Where(peer => peer.Card.Replica != _options.Self))
        {
            KeeperAt(peer.Card.Address).Tell(Told(layout, new LayoutNumber(layout.Number.Value - 1)));
        }
    }

    private LayoutIs Told(Layout layout, LayoutNumber after) => new(layout.Encode()) { Epoch = _options.Store.Epoch, Proofs = Proofs(after) };

    // The first ones that fit: who stands on the last of them asks again from there.
    private ImmutableArray<ByteString> Proofs(LayoutNumber after)
    {
        var proofs = ImmutableArray.CreateBuilder<ByteString>();
        var sizeBytes = 0;
        foreach (var encoded in _options.Store.Proofs.After(after).Select(link => link.Encode()))
        {
            sizeBytes += encoded.Length;
            if (sizeBytes > ProofBytesMax)
            {
                break;
            }

            proofs.Add(new ByteString(encoded));
        }

        return proofs.ToImmutable();
    }

    private void AnswerLayout(LayoutNumber after)
    {
        if (_options.Store.Layout is { } layout)
        {
            Sender.Tell(Told(layout, after));
        }
    }
}
