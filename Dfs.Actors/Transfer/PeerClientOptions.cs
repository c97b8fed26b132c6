namespace Dfs.Actors.Transfer;

/// <summary>Bounds on what a call to a peer may take.</summary>
public sealed record PeerClientOptions
{
    public TimeSpan ConnectMax { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>No byte for so long, and the call is given up.</summary>
    public TimeSpan IdleMax { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>A whole call, the peer's sync included.</summary>
    public TimeSpan CallMax { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>32: more calls to one peer wait for a connection, within their time.</summary>
    public int ConnectionsPerPeerMax { get; init; } = 32;

    public TimeProvider Time { get; init; } = TimeProvider.System;
}
