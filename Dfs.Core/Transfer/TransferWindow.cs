namespace Dfs.Core.Transfer;

/// <summary>How many chunks may be on their way to one node, or from it, at once: many where they wait for disks, few over a link that carries little.</summary>
/// <remarks>
/// Over a slow link many at once starve each other: whose packets are lost waits for seconds while the others fill the link, and none arrives in time.
/// Grows by one with each chunk that moved quickly, and is halved by one that crept: additive increase and multiplicative decrease, by the rate of each
/// (Chiu and Jain, Analysis of the increase and decrease algorithms for congestion avoidance, 1989).
/// </remarks>
/// <param name="Size">Chunks, from 1 to <see cref="SizeMax"/>.</param>
/// <param name="CutAt">When it was halved last, on a clock that only rises.</param>
public readonly record struct TransferWindow(int Size, TimeSpan CutAt)
{
    public const int SizeMax = 32;

    /// <summary>512 KiB/s: what moves slower has too much beside it.</summary>
    public const int CreepingBytesPerSecond = 512 * 1024;

    /// <summary>2 MiB/s: there is room for another.</summary>
    public const int QuickBytesPerSecond = 2 * 1024 * 1024;

    /// <summary>One, as long as nothing is known of the link: on a quick one it is doubled with each turn.</summary>
    public static readonly TransferWindow First = new(1, TimeSpan.Zero);

    /// <summary>After a chunk that moved, wholly or in part.</summary>
    /// <param name="movedBytes">While it moved, so not what a socket took before the first could be seen to move.</param>
    /// <param name="took">From the first of them to the last, or until it was given up.</param>
    /// <param name="begunAt">What began before the window was halved says nothing about the smaller one.</param>
    public TransferWindow After(long movedBytes, TimeSpan took, TimeSpan begunAt, TimeSpan now)
    {
        var (atQuick, atCreeping) = (TimeSpan.FromSeconds((double)movedBytes / QuickBytesPerSecond), TimeSpan.FromSeconds((double)movedBytes / CreepingBytesPerSecond));
        return took <= atQuick ? this with { Size = Math.Min(Size + 1, SizeMax) }
            : took > atCreeping && begunAt >= CutAt ? new TransferWindow(Math.Max(Size / 2, 1), now)
            : this;
    }
}
