using System.Collections.Immutable;
using Dfs.Core.Primitives;

namespace Dfs.Core.Manifests;

/// <summary>Which versions leave a head for a page of its history.</summary>
public static class HistoryFold
{
    /// <summary>12 KiB of versions: below what makes manifests leave a head one by one.</summary>
    public const int AboveBytes = 12 * 1024;

    /// <summary>4 KiB stay, so that not every put moves something.</summary>
    private const int KeptBytes = 4 * 1024;

    /// <param name="isBound">True of a version that must stay, and those newer than it with it.</param>
    /// <returns>The oldest ones, in the head's order; empty while there is room. The current version stays in any case.</returns>
    public static ImmutableArray<HeadVersion> Due(Head head, Func<VersionId, bool> isBound)
    {
        var sizes = head.Versions.Select(version => version.EncodedSizeBytes()).ToArray();
        if (sizes.Sum() <= AboveBytes)
        {
            return [];
        }

        var stays = 1;
        for (var keptBytes = sizes[0]; stays < sizes.Length && keptBytes + sizes[stays] <= KeptBytes; stays++)
        {
            keptBytes += sizes[stays];
        }

        var bound = head.Versions.Select(version => isBound(version.Id)).ToList().LastIndexOf(true);
        return head.Versions.RemoveRange(0, Math.Max(stays, bound + 1));
    }
}
