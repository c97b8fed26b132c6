using System.Globalization;
using System.Net;
using System.Text.Json;
using Dfs.Actors.Client;
using Dfs.Client;
using Dfs.Client.Http;
using Dfs.Gateway.Admin;
using Dfs.Storage.Audit;

namespace Dfs.Node.Cli;

/// <summary>The command line's side of the admin interface.</summary>
/// <remarks>Every failure is a <see cref="CliException"/> that says what to do.</remarks>
public sealed class NodeClient : NodeFiles, IDisposable
{
    private const string AccessKeysPath = "/v1/access-keys", TokensPath = "/v1/access-tokens";

    private readonly NodeHttp _http;

    /// <param name="owner">Name or id; empty for the node's first.</param>
    public NodeClient(Uri node, string token, string owner = "") : this(node, token, owner, NodeTls.OfMachine())
    {
    }

    /// <param name="tls">Whom it believes where the address begins with https.</param>
    internal NodeClient(Uri node, string token, string owner, NodeTls tls) : this(new NodeConnection(new NodeHttp(node, token, owner, tls)))
    {
    }

    private NodeClient(NodeConnection connection) : this(connection, connection.Http.Throwing(SaidByCommand))
    {
    }

    private NodeClient(NodeConnection connection, NodeHttp http) : base(http) => (_http, Store) = (http, connection.Store);

    /// <summary>The node's store as a program has it, with outcomes in place of exceptions.</summary>
    public IDfsClient Store { get; }

    /// <summary>Makes an access key for the S3 endpoint.</summary>
    public Task<AdminAccessKey> CreateAccessKeyAsync(AdminKeyWish wish, CancellationToken cancellationToken) =>
        _http.AskAsync(WishFor(AccessKeysPath, wish), AdminJson.Default.AdminAccessKey, cancellationToken);

    /// <param name="after">The last one of the page before; null begins.</param>
    public Task<AdminAccessKeys> AccessKeysAsync(string? after, CancellationToken cancellationToken) => _http.AskAsync(
        new HttpRequestMessage(HttpMethod.Get, $"{AccessKeysPath}?after={Uri.EscapeDataString(after ?? "")}"),
        AdminJson.Default.AdminAccessKeys, cancellationToken);

    public Task<AdminAnswer> RevokeAccessKeyAsync(string accessKey, CancellationToken cancellationToken) => _http.AskAsync(
        new HttpRequestMessage(HttpMethod.Delete, $"{AccessKeysPath}/{Uri.EscapeDataString(accessKey)}"),
        NodeJson.Default.AdminAnswer, cancellationToken);

    public Task<AdminAccessToken> CreateTokenAsync(AdminKeyWish wish, CancellationToken cancellationToken) =>
        _http.AskAsync(WishFor(TokensPath, wish), AdminJson.Default.AdminAccessToken, cancellationToken);

    /// <param name="after">The last one of the page before; null begins.</param>
    public Task<AdminAccessTokens> TokensAsync(string? after, CancellationToken cancellationToken) => _http.AskAsync(
        new HttpRequestMessage(HttpMethod.Get, $"{TokensPath}?after={Uri.EscapeDataString(after ?? "")}"),
        AdminJson.Default.AdminAccessTokens, cancellationToken);

    public Task<AdminAnswer> RevokeTokenAsync(string id, CancellationToken cancellationToken) => _http.AskAsync(
        new HttpRequestMessage(HttpMethod.Delete, $"{TokensPath}/{Uri.EscapeDataString(id)}"),
        NodeJson.Default.AdminAnswer, cancellationToken);

    /// <summary>What the token opens that this client shows.</summary>
    public Task<AdminAccess> AccessAsync(CancellationToken cancellationToken) =>
        _http.AskAsync(new HttpRequestMessage(HttpMethod.Get, "/v1/access"), AdminJson.Default.AdminAccess, cancellationToken);

    /// <param name="command">drain, undrain or remove.</param>
    public Task<AdminAnswer> LayoutAsync(string command, string node, CancellationToken cancellationToken) =>
        _http.AskAsync(
            new HttpRequestMessage(HttpMethod.Post, $"/v1/layout/{command}?node={Uri.EscapeDataString(node)}"),
            NodeJson.Default.AdminAnswer, cancellationToken);

    public Task<LayoutPlan> PlanAsync(CancellationToken cancellationToken) =>
        _http.AskAsync(new HttpRequestMessage(HttpMethod.Get, "/v1/layout/plan"), AdminJson.Default.LayoutPlan, cancellationToken);

    public Task<AdminAnswer> ApplyPlanAsync(CancellationToken cancellationToken) =>
        _http.AskAsync(new HttpRequestMessage(HttpMethod.Post, "/v1/layout/apply"), NodeJson.Default.AdminAnswer, cancellationToken);

    /// <param name="command">now, pause or resume.</param>
    public Task<ScrubStatus> ScrubAsync(string command, CancellationToken cancellationToken) =>
        _http.AskAsync(new HttpRequestMessage(HttpMethod.Post, $"/v1/scrub/{command}"), AdminJson.Default.ScrubStatus, cancellationToken);

    /// <param name="command">now, pause or resume.</param>
    public Task<AdminAnswer> RepairAsync(string command, CancellationToken cancellationToken) =>
        _http.AskAsync(new HttpRequestMessage(HttpMethod.Post, $"/v1/repair/{command}"), NodeJson.Default.AdminAnswer, cancellationToken);

    public Task<GarbageRun> CollectAsync(CancellationToken cancellationToken) =>
        _http.AskAsync(new HttpRequestMessage(HttpMethod.Post, "/v1/gc"), AdminJson.Default.GarbageRun, cancellationToken);

    /// <param name="replica">Null: any directory that the cluster does not know.</param>
    public Task<TrustAnswer> InviteAsync(TimeSpan lifetime, string? replica, string? note, string role, CancellationToken cancellationToken)
    {
        var query = $"seconds={(long)lifetime.TotalSeconds}&note={Uri.EscapeDataString(note ?? "")}&role={Uri.EscapeDataString(role)}{(replica is null ? "" : $"&node={Uri.EscapeDataString(replica)}")}";
        return _http.AskAsync(new HttpRequestMessage(HttpMethod.Post, $"/v1/invitations?{query}"), AdminJson.Default.TrustAnswer, cancellationToken);
    }

    public Task<TrustAnswer> RenewCertificateAsync(CancellationToken cancellationToken) =>
        _http.AskAsync(new HttpRequestMessage(HttpMethod.Post, "/v1/certificate/renew"), AdminJson.Default.TrustAnswer, cancellationToken);

    public Task<IReadOnlyList<InvitationInfo>> InvitationsAsync(CancellationToken cancellationToken) =>
        _http.AskAsync(new HttpRequestMessage(HttpMethod.Get, "/v1/invitations"), AdminJson.Default.IReadOnlyListInvitationInfo, cancellationToken);

    public Task<TrustAnswer> ExpelAsync(string node, CancellationToken cancellationToken) => _http.AskAsync(
        new HttpRequestMessage(HttpMethod.Post, $"/v1/peers/expel?node={Uri.EscapeDataString(node)}"), AdminJson.Default.TrustAnswer, cancellationToken);

    public Task<TrustAnswer> WithdrawInvitationAsync(string id, CancellationToken cancellationToken) => _http.AskAsync(
        new HttpRequestMessage(HttpMethod.Delete, $"/v1/invitations/{Uri.EscapeDataString(id)}"), AdminJson.Default.TrustAnswer, cancellationToken);

    /// <exception cref="CliException">It may not; the sentence says why.</exception>
    public Task<AdminAnswer> CanStopAsync(string node, CancellationToken cancellationToken) =>
        _http.AskAsync(
            new HttpRequestMessage(HttpMethod.Get, $"/v1/can-stop?node={Uri.EscapeDataString(node)}"),
            NodeJson.Default.AdminAnswer, cancellationToken);

    public Task<AdminEvents> EventsAsync(DateTimeOffset since, CancellationToken cancellationToken) =>
        _http.AskAsync(
            new HttpRequestMessage(HttpMethod.Get, string.Create(CultureInfo.InvariantCulture, $"/v1/events?since={Math.Max(0, since.ToUnixTimeMilliseconds())}")),
            AdminJson.Default.AdminEvents, cancellationToken);

    /// <param name="after">The last one of the page before; 0 begins.</param>
    /// <param name="ofChanges">What was done to files, in place of the administration.</param>
    public Task<AuditPage> AuditAsync(DateTimeOffset since, long after, bool ofChanges, CancellationToken cancellationToken) => _http.AskAsync(
        new HttpRequestMessage(HttpMethod.Get, string.Create(CultureInfo.InvariantCulture, $"/v1/audit?since={Math.Max(0, since.ToUnixTimeMilliseconds())}&after={after}{OfChanges(ofChanges)}")),
        AdminJson.Default.AuditPage, cancellationToken);

    /// <param name="last">A hash that was noted before; null for none.</param>
    /// <param name="ofChanges">What was done to files, in place of the administration.</param>
    public Task<AuditFinding> AuditCheckAsync(string? last, bool ofChanges, CancellationToken cancellationToken) => _http.AskAsync(
        new HttpRequestMessage(HttpMethod.Get, $"/v1/audit/check?last={Uri.EscapeDataString(last ?? "")}{OfChanges(ofChanges)}"), AdminJson.Default.AuditFinding, cancellationToken);

    private static string OfChanges(bool ofChanges) => ofChanges ? "&of=changes" : "";

    public Task<NodeStatus> StatusAsync(CancellationToken cancellationToken) =>
        _http.AskAsync(new HttpRequestMessage(HttpMethod.Get, "/v1/status"), AdminJson.Default.NodeStatus, cancellationToken);

    public Task<AdminOwnerList> OwnersAsync(CancellationToken cancellationToken) =>
        _http.AskAsync(new HttpRequestMessage(HttpMethod.Get, "/v1/owners"), AdminJson.Default.AdminOwnerList, cancellationToken);

    public Task<AdminAnswer> RotateAsync(CancellationToken cancellationToken) =>
        _http.AskAsync(new HttpRequestMessage(HttpMethod.Post, "/v1/owner/rotate"), NodeJson.Default.AdminAnswer, cancellationToken);

    public Task<AdminAnswer> LockAsync(CancellationToken cancellationToken) =>
        _http.AskAsync(new HttpRequestMessage(HttpMethod.Post, "/v1/owner/lock"), NodeJson.Default.AdminAnswer, cancellationToken);

    public Task<AdminAnswer> UnlockAsync(string passphrase, CancellationToken cancellationToken) => _http.AskAsync(
        new HttpRequestMessage(HttpMethod.Post, "/v1/owner/unlock") { Content = new StringContent(passphrase) },
        NodeJson.Default.AdminAnswer, cancellationToken);

    internal static CliException SaidByCommand(DfsException refused) => new(CodeOf(refused), refused.Message) { Outcome = refused.Outcome };

    private static int CodeOf(DfsException refused) => refused.Status switch
    {
        HttpStatusCode.Unauthorized => ExitCode.Unauthorized,
        HttpStatusCode.BadRequest or HttpStatusCode.RequestedRangeNotSatisfiable => ExitCode.Usage,
        _ => ExitCode.Of(refused.Outcome),
    };

    public void Dispose() => _http.Dispose();

    // With its length, so that it is told from a request without a body.
    private static HttpRequestMessage WishFor(string path, AdminKeyWish wish) => new(HttpMethod.Post, path)
    {
        Content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(wish, AdminJson.Default.AdminKeyWish)),
    };
}
