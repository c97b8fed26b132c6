using System.Security.Cryptography;
using System.Text;
using Dfs.Actors.Client;
using Dfs.Client;
using Dfs.Core.Primitives;
using Dfs.Core.Trust.Grants;

namespace Dfs.Gateway.Trust;

/// <summary>Tokens for <c>dfs</c>, the console, the web page and the library: each opens what it is granted of one owner.</summary>
/// <remarks>
/// As text "dfsk_ID_SECRET". Only the secret's SHA-256 is kept, in a <see cref="KeyRegister"/>: a secret of 256 random bits needs no slow hash.
/// Thread-safe.
/// </remarks>
public sealed class AccessTokens(IOwners owners, TimeProvider time)
{
    /// <summary>By which such a token is told from others, by people and by programs that look for secrets in the open.</summary>
    public const string Mark = "dfsk_";

    /// <summary>16 letters, 80 bits: nobody makes the same twice. 52 letters are 260 bits.</summary>
    private const int IdChars = 16, SecretChars = 52;

    private const string Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

    private readonly KeyRegister _register = new(owners, ObjectKey.TokensBucket, ObjectKey.OfToken, time);

    public DateTimeOffset Now => time.GetUtcNow();

    /// <summary>Whether the text has the form of one.</summary>
    public static bool IsOne(string text) =>
        text.Length == Mark.Length + IdChars + 1 + SecretChars && text.StartsWith(Mark, StringComparison.Ordinal)
        && IsId(text[Mark.Length..(Mark.Length + IdChars)]) && text[Mark.Length + IdChars] == '_' && text[^SecretChars..].All(Letters.Contains);

    /// <summary>Who shows this token.</summary>
    public async Task<Admission> FindAsync(string text, CancellationToken cancellationToken)
    {
        if (!IsOne(text))
        {
            return Admission.Unknown;
        }

        var looked = await _register.FindAsync(text.Substring(Mark.Length, IdChars), cancellationToken);
        return looked.Found is { } found && !CryptographicOperations.FixedTimeEquals(found.Record.Secret, HashOf(text[^SecretChars..]))
            ? Admission.Unknown
            : AdmissionOf(looked);
    }

    /// <summary>Who showed the token with this id before, if it is good still.</summary>
    public async Task<Admission> FindAgainAsync(string id, CancellationToken cancellationToken) =>
        AdmissionOf(await _register.FindAsync(id, cancellationToken));

    /// <summary>Makes a token of an owner; the only answer that has its secret in it.</summary>
    /// <returns>The id, and the text.</returns>
    public async Task<(PutResult Result, string Id, string Text)> CreateAsync(IDfsClient owner, GrantSet grants, CancellationToken cancellationToken)
    {
        var (id, secret) = (RandomNumberGenerator.GetString(Letters, IdChars), RandomNumberGenerator.GetString(Letters, SecretChars));
        var result = await _register.CreateAsync(owner, id, new KeyRecord(KeyKind.Token, HashOf(secret), grants), cancellationToken);
        return (result, id, $"{Mark}{id}_{secret}");
    }

    /// <summary>An owner's tokens, without their secrets.</summary>
    public Task<KeyPage> ListAsync(IDfsClient owner, string? after, CancellationToken cancellationToken) => _register.ListAsync(owner, after, cancellationToken);

    public Task<RemoveResult> RevokeAsync(IDfsClient owner, string id, CancellationToken cancellationToken) => IsId(id)
        ? _register.RevokeAsync(owner, id, cancellationToken)
        : Task.FromResult(new RemoveResult(DfsOutcome.NotFound, $"A token's id has {IdChars} letters and digits."));

    private Admission AdmissionOf(KeyLookup looked)
    {
        if (looked.Found is not { Record.Kind: KeyKind.Token } found)
        {
            return looked.Outcome is DfsOutcome.NotFound or DfsOutcome.Done ? Admission.Unknown : new Admission(null, looked.Outcome, looked.Detail);
        }

        var principal = new Principal(PrincipalKind.Token, found.Id, found.Owner.Id, found.Record.Grants);
        return Permissions.Decide(principal, Verbs.None, null, null, Now.ToUnixTimeSeconds()) == Verdict.Allowed
            ? new Admission(principal, DfsOutcome.Done, "")
            : new Admission(null, DfsOutcome.NotFound, "This token has expired.");
    }

    private static bool IsId(string id) => id.Length == IdChars && id.All(Letters.Contains);

    private static byte[] HashOf(string secret) => SHA256.HashData(Encoding.ASCII.GetBytes(secret));
}

/// <summary>Answer to "who is that": somebody, or why nobody is let in.</summary>
/// <param name="Outcome">Not found, or why nobody can say now.</param>
/// <param name="Detail">A sentence for the user, or empty.</param>
public sealed record Admission(Principal? Principal, DfsOutcome Outcome, string Detail)
{
    public static readonly Admission Unknown = new(null, DfsOutcome.NotFound, "");
}
