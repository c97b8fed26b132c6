using System.Globalization;
using System.Net;
using Dfs.Actors.Client;
using Dfs.Core.Transfer;
using Dfs.Core.Trust.Grants;
using Dfs.Gateway.Metrics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Dfs.Gateway.Hosting;

/// <summary>What one key, and one address, may ask of a node's ports for clients.</summary>
/// <param name="RequestsPerSecondPerKey">Of an access key or a token, on all ports together; 0: unlimited.</param>
/// <param name="RequestsPerSecondPerAddress">On all ports together; 0: unlimited.</param>
/// <param name="ConnectionsPerAddress">On each port; 0: half of the port's, and any number from loopback.</param>
public sealed record ClientLimitSettings(int RequestsPerSecondPerKey, int RequestsPerSecondPerAddress, int ConnectionsPerAddress)
{
    public static readonly ClientLimitSettings Default = new(0, 0, 0);

    /// <summary>How long a client waits for an answer, or for content to move, at most.</summary>
    public TimeSpan AnswerWithin { get; init; } = AnswerLimit.Default.Within;
}

/// <summary>Keeps the <see cref="ClientLimitSettings"/>, for all ports for clients of a node together, and counts what it refuses. Thread-safe.</summary>
/// <remarks>An address counts before anything is checked, so that guessing counts; a key only once it was proved, so that nobody uses up what is another's.</remarks>
public sealed class ClientLimits(ClientLimitSettings settings, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly long _begin = time.GetTimestamp();
    private readonly RequestRates? _keys = RatesOf(settings.RequestsPerSecondPerKey);
    private readonly RequestRates? _addresses = RatesOf(settings.RequestsPerSecondPerAddress);

    public AnswerLimit Answers { get; } = new(settings.AnswerWithin, time);

    /// <summary>What an address goes by: who has one of IPv6 has all 2^64 that share its first half.</summary>
    public static string NameOf(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6 || address.GetAddressBytes() is not { Length: 16 } bytes)
        {
            return address.MapToIPv4().ToString();
        }

        bytes.AsSpan(8).Clear();
        return new IPAddress(bytes).ToString();
    }

    /// <summary>Takes one request of the address that a request comes from.</summary>
    /// <returns>Whole seconds to wait; 0 when it passes.</returns>
    internal int TakeAddress(HttpContext http) =>
        _addresses is null || http.Connection.RemoteIpAddress is not { } address ? 0 : Take(_addresses, NameOf(address), RefusalReason.Address);

    /// <summary>Takes one request of who proved to be somebody.</summary>
    /// <returns>Whole seconds to wait; 0 when it passes.</returns>
    internal int TakeKey(Principal principal) => _keys is null ? 0 : Take(_keys, $"{principal.Kind}:{principal.Id}", RefusalReason.Key);

    /// <summary>Refuses a request over http.</summary>
    internal static IResult Refuse(HttpContext http, int waitSeconds)
    {
        http.Response.Headers.RetryAfter = waitSeconds.ToString(CultureInfo.InvariantCulture);
        return Results.Text($"Too many requests. Try again in {waitSeconds} s.\n", statusCode: StatusCodes.Status429TooManyRequests);
    }

    /// <summary>
    /// Closes connections to a port at once when their address has all that it may have, or all of the port's are at work; ends one that rests
    /// when another comes (<see cref="OpenConnections"/>).
    /// </summary>
    /// <param name="connectionsMax">Of the port.</param>
    internal void Bound(ListenOptions listen, int connectionsMax)
    {
        var places = settings.ConnectionsPerAddress is > 0 and var max
            ? new ConnectionPlaces(max, max)
            : new ConnectionPlaces(connectionsMax / 2, int.MaxValue);
        var open = new OpenConnections(connectionsMax);
        // Those that were ended count until they have; what comes faster than that is refused.
        listen.KestrelServerOptions.Limits.MaxConcurrentConnections = 2 * connectionsMax;
        listen.Use(next => async connection =>
        {
            if (connection.RemoteEndPoint is not IPEndPoint { Address: var address })
            {
                await next(connection);
                return;
            }

            if (!places.TryTake(address))
            {
                RefusalMetrics.Note(RefusalReason.Connections);
                connection.Abort();
                return;
            }

            try
            {
                using var place = open.TryTake(connection.Abort);
                if (place is null)
                {
                    RefusalMetrics.Note(RefusalReason.Connections);
                    connection.Abort();
                    return;
                }

                place.Put(connection);
                await next(connection);
            }
            finally
            {
                places.Free(address);
            }
        });
    }

    /// <summary>Goes first in a server whose ports are bound so: a connection does not rest while a request of it is under way.</summary>
    internal static async Task WorkAsync(HttpContext http, RequestDelegate next)
    {
        using (OpenConnections.Work(http))
        {
            await next(http);
        }
    }

    private int Take(RequestRates rates, string name, RefusalReason reason)
    {
        TimeSpan wait;
        lock (_lock)
        {
            wait = rates.Take(name, time.GetElapsedTime(_begin));
        }

        if (wait == TimeSpan.Zero)
        {
            return 0;
        }

        RefusalMetrics.Note(reason);
        return (int)Math.Ceiling(wait.TotalSeconds);
    }

    private static RequestRates? RatesOf(int perSecond) => perSecond == 0 ? null : new RequestRates(perSecond);
}
