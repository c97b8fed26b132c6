using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Dfs.Actors.Client;
using Dfs.Actors.Membership;
using Dfs.Actors.Transfer;
using Dfs.Client;
using Dfs.Core.Placement;
using Dfs.Core.Primitives;
using Dfs.Core.Trust;
using Dfs.Storage.Trust;

namespace Dfs.Actors.Trust;

/// <summary>What a <see cref="TrustKeeper"/> is made with.</summary>
/// <param name="Authority">Null where this node does not have it.</param>
/// <param name="Address">IP address of this node, for its certificate.</param>
public sealed record TrustKeeperOptions(
    ReplicaId Self, NodeTrust Trust, TlsFolder Folder, Authority? Authority, string Address, PeerClient Peers, PeerDirectory Directory, Func<Layout?> Layout, TimeProvider Time)
{
    /// <summary>What this node is: a certificate that says more is changed for one that does not.</summary>
    public NodeRole Role { get; init; } = NodeRole.Gateway;

    /// <summary>Reads an organisation's certificate for this node, where it is another one than is shown; null when it is not. May throw what <see cref="NodeCertificate.OfFiles"/> throws.</summary>
    public Func<NodeCertificate, NodeCertificate?> ReadChanged { get; init; } = static _ => null;

    /// <summary>A minute: as long as a node may not have heard that another one is expelled.</summary>
    public TimeSpan Round { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Told when a certificate could not be renewed though it is due, and when a list could not be kept.</summary>
    public Action<string> OnTrouble { get; init; } = static _ => { };
}

/// <summary>Renews this node's certificate in time, learns who is expelled, and spreads it.</summary>
/// <remarks>
/// One per node; a loop of its own, which outlives the actor system. Asks the members of the layout over the connections that are
/// mutually authenticated already. Where there is no authority to be reached it asks again in the next round: a month is left.
/// </remarks>
public sealed class TrustKeeper(TrustKeeperOptions options) : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly SemaphoreSlim _replacing = new(1);
    private Task _running = Task.CompletedTask;

    public void Start() => _running = RunAsync();

    /// <summary>Takes a node's certificate back, for good, and tells everybody who answers; the others hear of it within a round.</summary>
    /// <param name="node">Its name, or its replica id.</param>
    public async Task<TrustAnswer> ExpelAsync(string node, CancellationToken cancellation)
    {
        if (options.Authority is null || options.Trust.Certificate.Rule.Cluster is null)
        {
            return new TrustAnswer(DfsOutcome.NotAllowed, "This node does not have the cluster's authority; ask one that does.");
        }

        var named = Named(node);
        if (named.Count != 1)
        {
            return new TrustAnswer(
                DfsOutcome.NotFound, named.Count == 0 ? $"No node is called {node}; `dfs peers --json` has the replica ids." : $"More than one is called {node}; give the replica id.");
        }

        if (named[0] == options.Self)
        {
            return new TrustAnswer(DfsOutcome.NotAllowed, "A node cannot expel itself; ask another one that has the authority.");
        }

        await RoundAsync(cancellation);
        options.Trust.Take(Revocations.Empty.Add(options.Authority.Revoke(options.Trust.Revoked, named[0])));
        var told = await Task.WhenAll(Others().Where(other => other != named[0]).Select(other =>
            CallAsync(other, (peer, call) => options.Peers.TellRevokedAsync(peer, call, options.Trust.Revoked.Encode(), cancellation))));
        var deaf = told.Count(outcome => outcome is not PeerOutcome.Alive);
        return new TrustAnswer(
            DfsOutcome.Done, $"{node} ({named[0]}) is expelled: no node talks to it any more"
            + (deaf == 0 ? "." : $"; {deaf} that did not answer hear of it when they are back.") + $" If it does not come back, take its data over: dfs layout remove {node}");
    }

    /// <summary>A new key and certificate now, whenever the old one ends; the old one stays good, and connections that are open go on.</summary>
    public async Task<TrustAnswer> RenewAsync(CancellationToken cancellation)
    {
        if (options.Trust.Certificate.Rule.Cluster is null)
        {
            return RenewFromFiles();
        }

        return await ReplaceAsync(cancellation)
            ? Renewed()
            : new TrustAnswer(DfsOutcome.NotReady, "Nobody who has the authority answers; the certificate is the old one.");
    }

    /// <summary>One round: hears who is expelled, and renews the certificate when it is due.</summary>
    public async Task RoundAsync(CancellationToken cancellation)
    {
        foreach (var other in Others())
        {
            if (await CallAsync(other, (peer, call) => options.Peers.AskRevokedAsync(peer, call, cancellation)) is PeerOutcome.Answered answer)
            {
                options.Trust.Take(answer.Bytes);
            }
        }

        UseChanged();
        var own = options.Trust.Certificate;
        if (options.Trust.Revoked.Lists.Length > 1 && options.Authority is { } authority && authority.Cluster == own.Rule.Cluster)
        {
            // Made at the same moment by others who have the authority: one list is what older nodes understand, too.
            options.Trust.Take(Revocations.Empty.Add(authority.Revoke(options.Trust.Revoked)));
        }

        var isDue = TrustRule.IsRenewalDue(own.Own.NotBefore, own.Own.NotAfter, options.Time.GetUtcNow())
            || (options.Role == NodeRole.Storage && own.Identity?.Role == NodeRole.Gateway);
        if (own.Rule.Cluster is not null && isDue && !await ReplaceAsync(cancellation))
        {
            options.OnTrouble($"The certificate of this node ends at {own.Own.NotAfter.ToUniversalTime():u} and nobody who has the authority answers.");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _running;
        _stopping.Dispose();
        _replacing.Dispose();
    }

    private TrustAnswer RenewFromFiles()
    {
        try
        {
            return UseChanged()
                ? Renewed()
                : new TrustAnswer(DfsOutcome.NotAllowed, "This node's certificate is an organisation's, and its files have not changed. Renew it there: they are read each minute.");
        }
        catch (Exception unusable) when (unusable is IOException or CryptographicException or UnauthorizedAccessException)
        {
            return new TrustAnswer(DfsOutcome.NotAllowed, $"The certificate stays as it is: {unusable.Message}");
        }
    }

    private TrustAnswer Renewed() => new(
        DfsOutcome.Done, $"The certificate is new, good until {options.Trust.Certificate.Own.NotAfter.ToUniversalTime():yyyy-MM-dd}; serial {options.Trust.Certificate.Own.SerialNumber}.");

    // Of an organisation; who renews it writes the files.
    private bool UseChanged()
    {
        if (options.ReadChanged(options.Trust.Certificate) is not { } changed)
        {
            return false;
        }

        options.Trust.Renew(changed);
        return true;
    }

    private async Task RunAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                await RoundAsync(_stopping.Token);
            }
            catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure) when (failure is IOException or CryptographicException or UnauthorizedAccessException)
            {
                options.OnTrouble(failure.Message);
            }

            await Task.Delay(options.Round, options.Time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    // One at a time: a person's and the loop's would write the same files.
    private async Task<bool> ReplaceAsync(CancellationToken cancellation)
    {
        await _replacing.WaitAsync(cancellation);
        try
        {
            return await ReplaceAsync(options.Trust.Certificate, cancellation);
        }
        finally
        {
            _replacing.Release();
        }
    }

    private async Task<bool> ReplaceAsync(NodeCertificate own, CancellationToken cancellation)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var authority = own.Authorities[0].RawData;
        if (options.Authority is { } here && here.Cluster == own.Rule.Cluster)
        {
            Use(here.Issue(new PublicKey(key), options.Self, options.Role, [options.Address], options.Time.GetUtcNow()), key, authority);
            return true;
        }

        var signing = new CertificateRequest($"CN={options.Self}", key, HashAlgorithmName.SHA256).CreateSigningRequest();
        var request = new JoinRequest(options.Self, options.Address, new ByteString(signing)) { Role = options.Role }.Encode();
        foreach (var other in Others())
        {
            if (await CallAsync(other, (peer, call) => options.Peers.RenewAsync(peer, call, request, cancellation)) is PeerOutcome.Answered answer)
            {
                Use(answer.Bytes, key, authority);
                return true;
            }
        }

        return false;
    }

    // Durable first: what peers have seen must be there after a crash.
    private void Use(byte[] certificate, ECDsa key, byte[] authority)
    {
        options.Folder.Save(certificate, key, authority);
        options.Trust.Renew(options.Folder.Load());
    }

    private List<ReplicaId> Named(string node)
    {
        if (ReplicaId.TryParse(node, out var id))
        {
            return [id];
        }

        var met = options.Directory.View.Peers.Values.Where(peer => peer.Card.Name == node).Select(peer => peer.Card.Replica);
        var held = options.Layout()?.Everyone.Where(member => member.Name == node).Select(member => member.Id) ?? [];
        return [.. met.Union(held)];
    }

    private List<ReplicaId> Others() =>
        [.. options.Layout()?.Everyone.Select(member => member.Id).Where(id => id != options.Self && !options.Trust.Revoked.Contains(id)).Distinct() ?? []];

    private async Task<PeerOutcome?> CallAsync(ReplicaId other, Func<Uri, PeerCall, Task<PeerOutcome>> call) =>
        options.Layout() is { } layout && options.Directory.EndpointOf(other, layout) is { } endpoint
            ? await call(new Uri(endpoint), new PeerCall(layout.Cluster, options.Self, other, layout.Number, Epoch.First))
            : null;
}
