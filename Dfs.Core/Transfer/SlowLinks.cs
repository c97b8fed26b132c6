namespace Dfs.Core.Transfer;

/// <summary>What a transfer may take whose bytes move slowly: standing still is bounded, and a link that carries little does not stand still.</summary>
/// <remarks>
/// Bytes that a connection takes at once say nothing: they lie in a socket, and the node behind it may hang. So only what took
/// its time counts, <see cref="NoticedAfter"/> since anything did, and a connection is not to take much that it cannot send (<see cref="UnsentBytesMax"/>).
/// </remarks>
public static class SlowLinks
{
    /// <summary>16 KiB/s on each connection. Slower is as good as a standstill.</summary>
    public const int SlowestBytesPerSecond = 16 * 1024;

    /// <summary>64 KiB in a connection that the link has not carried yet: what is on its way at the end of a chunk is not seen to move.</summary>
    public const int UnsentBytesMax = 64 * 1024;

    /// <summary>64 KiB: what is sent at once over a link of which nothing is known.</summary>
    public const int PieceBytes = 64 * 1024;

    /// <summary>512 KiB: over a link that carries half of that in <see cref="QuickPiece"/>. Every piece wakes threads at both ends.</summary>
    public const int LargestPieceBytes = 512 * 1024;

    /// <summary>20 ms, which 100 Mbit/s take for 256 KiB.</summary>
    public static readonly TimeSpan QuickPiece = TimeSpan.FromMilliseconds(20);

    /// <summary>A tenth of a second.</summary>
    public static readonly TimeSpan NoticedAfter = TimeSpan.FromMilliseconds(100);

    /// <summary>How long so many bytes may take.</summary>
    public static TimeSpan TimeFor(long bytes) => TimeSpan.FromSeconds((double)bytes / SlowestBytesPerSecond);

    /// <summary>What to send at once after a piece: twice as much as long as pieces go quickly, and the least as soon as one does not.</summary>
    /// <param name="piece">Which it was, from 0 on: the first may lie in the socket and says nothing.</param>
    public static int NextPieceBytes(int piece, int pieceBytes, TimeSpan took) =>
        took > QuickPiece || piece == 0 ? PieceBytes : Math.Min(2 * pieceBytes, LargestPieceBytes);

    /// <summary>How long the last replicas of a chunk have once a majority has it.</summary>
    /// <param name="majorityAfter">What the majority took: over one link they share it, and the last is on its way.</param>
    /// <param name="least">They have this in any case.</param>
    public static TimeSpan StragglersGrace(TimeSpan majorityAfter, TimeSpan least) => majorityAfter > least ? majorityAfter : least;
}
