using System.Security.Cryptography;
using System.Text;

namespace Dfs.Gateway.Web;

/// <summary>Who is logged in on the web page of a node; in memory only, so a restart logs everybody out.</summary>
/// <remarks>
/// Thread-safe. A session has two halves, and a request needs both. The cookie is out of reach for scripts, but browsers send it to every port of
/// a host; the page's half stays with the page's origin and is never sent by a browser on its own, so no other site can make a request.
/// </remarks>
public sealed class WebSessions(TimeProvider time)
{
    /// <summary>64 at once; a new one above it ends the one that was used longest ago.</summary>
    public const int SessionsMax = 64;

    /// <summary>32 bytes each half, written as 64 hexadecimal digits.</summary>
    public const int HalfBytes = 32;

    /// <summary>Half an hour without a request ends a session.</summary>
    public static readonly TimeSpan IdleMax = TimeSpan.FromMinutes(30);

    /// <summary>Twelve hours end it in any case.</summary>
    public static readonly TimeSpan LifeMax = TimeSpan.FromHours(12);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Session> _sessions = new(StringComparer.Ordinal);

    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _sessions.Count;
            }
        }
    }

    /// <param name="tokenId">With which token; empty for the node's own.</param>
    public WebSession Begin(string tokenId = "")
    {
        var halves = new WebSession(Draw(), Draw());
        var now = time.GetTimestamp();
        lock (_lock)
        {
            foreach (var id in _sessions.Where(entry => HasEnded(entry.Value, now)).Select(entry => entry.Key).ToList())
            {
                _sessions.Remove(id);
            }

            if (_sessions.Count >= SessionsMax)
            {
                _sessions.Remove(_sessions.MinBy(entry => entry.Value.UsedAt).Key);
            }

            _sessions[IdOf(halves.Cookie)] = new Session(Hash(halves.Page), now, tokenId) { UsedAt = now };
        }

        return halves;
    }

    /// <summary>Whether these are the halves of one session; if so it was used now.</summary>
    public bool Admits(string? cookie, string? page) => TokenOf(cookie, page) is not null;

    /// <summary>With which token the session of these halves was begun; if it is one, it was used now.</summary>
    /// <returns>Empty for the node's own; null when they are not the halves of one session.</returns>
    public string? TokenOf(string? cookie, string? page)
    {
        if (cookie is not { Length: 2 * HalfBytes } || page is not { Length: 2 * HalfBytes })
        {
            return null;
        }

        var now = time.GetTimestamp();
        lock (_lock)
        {
            var id = IdOf(cookie);
            if (!_sessions.TryGetValue(id, out var session) || !CryptographicOperations.FixedTimeEquals(session.PageHash, Hash(page)))
            {
                return null;
            }

            if (HasEnded(session, now))
            {
                _sessions.Remove(id);
                return null;
            }

            session.UsedAt = now;
            return session.TokenId;
        }
    }

    public void End(string cookie)
    {
        lock (_lock)
        {
            _sessions.Remove(IdOf(cookie));
        }
    }

    private bool HasEnded(Session session, long now) =>
        time.GetElapsedTime(session.UsedAt, now) >= IdleMax || time.GetElapsedTime(session.BegunAt, now) >= LifeMax;

    private static string Draw() => RandomNumberGenerator.GetHexString(2 * HalfBytes, lowercase: true);

    // Found by a hash, so that how long a search takes says nothing of the secret.
    private static string IdOf(string cookie) => Convert.ToHexString(Hash(cookie));

    private static byte[] Hash(string half) => SHA256.HashData(Encoding.UTF8.GetBytes(half));

    private sealed record Session(byte[] PageHash, long BegunAt, string TokenId)
    {
        public long UsedAt { get; set; }
    }
}

/// <summary>The two halves of a session; both are secrets.</summary>
/// <param name="Cookie">For the browser.</param>
/// <param name="Page">For the page's own memory.</param>
public sealed record WebSession(string Cookie, string Page)
{
    public override string ToString() => "WebSession (secret)";
}
