using Dfs.Core.Crypto;
using Dfs.Core.Primitives;

namespace Dfs.Core.Chunking;

/// <summary>Cuts a stream where its content says so: FastCDC with a gear that is keyed per bucket.</summary>
/// <remarks>
/// After Xia et al., "FastCDC: a Fast and Efficient Content-Defined Chunking Approach", USENIX ATC 2016: gear hash,
/// no cut below the least size, normalized cutting of level 2. Differs: the gear table is secret; the hash at a place
/// always covers the 64 bytes before it (the paper starts it empty behind the least size), so a place is a cut or
/// not by those bytes alone; the highest bits are tested, which depend on most of the window, instead of a spread mask.
/// Keyed cutting slows the recognition of files by their chunk sizes, it does not prevent it (Truong et al., 2025).
/// One stream and one thread at a time; no bytes are kept here.
/// </remarks>
public sealed class ContentCutter : IDisposable
{
    private readonly GearTable _gear;

    // How far the current chunk was looked at, so that small arrivals do not make the work quadratic.
    private int _scanned;

    public ContentCutter(CuttingKey key, CutProfile profile)
    {
        Profile = profile;
        _gear = new GearTable(key);
    }

    public CutProfile Profile { get; }

    /// <summary>Where the chunk that begins with the window ends.</summary>
    /// <param name="window">
    /// Everything that has arrived since the last cut, or the first <see cref="CutProfile.SizeBytesMax"/> bytes of it;
    /// what an earlier call for the same chunk saw is still its beginning.
    /// </param>
    /// <param name="isLast">The stream ends with this window.</param>
    /// <returns>Bytes of the chunk; 0 when more must arrive first, or when the stream is over and nothing is left.</returns>
    public int FindCut(ReadOnlySpan<byte> window, bool isLast)
    {
        Invariant.Holds(
            window.Length <= Profile.SizeBytesMax, $"a window is at most the largest chunk ({window.Length} bytes)");
        Invariant.Holds(window.Length >= _scanned, $"a window grows until its cut ({window.Length} after {_scanned})");
        var cut = Scan(window);
        if (cut < 0 && (isLast || window.Length == Profile.SizeBytesMax))
        {
            cut = window.Length;
        }

        _scanned = cut < 0 ? window.Length : 0;
        return Math.Max(cut, 0);
    }

    /// <summary>Forgets the current chunk: another stream begins.</summary>
    public void Reset() => _scanned = 0;

    public void Dispose() => _gear.Dispose();

    private int Scan(ReadOnlySpan<byte> window)
    {
        var from = Math.Max(Profile.SizeBytesMin, _scanned + 1);
        var to = window.Length + 1;
        if (from < Profile.SizeBytesWished)
        {
            var strictTo = Math.Min(to, Profile.SizeBytesWished);
            var cut = GearScan.FirstCut(_gear.Numbers, window, from, strictTo, Profile.StrictLimit);
            if (cut >= 0)
            {
                return cut;
            }

            from = Profile.SizeBytesWished;
        }

        return from < to ? GearScan.FirstCut(_gear.Numbers, window, from, to, Profile.EasyLimit) : -1;
    }
}
