using System.Collections.Immutable;
using Dfs.Core.Primitives;

namespace Dfs.Core.Catalog;

/// <summary>A start of a directory: its change feed has a new name from there on.</summary>
/// <param name="Name">Random.</param>
/// <param name="Begin">The last change before it.</param>
public readonly record struct FeedStart(Bytes16 Name, ulong Begin);

/// <summary>The latest starts of a directory, by which it knows whether a reader's cursor is one of its own history.</summary>
/// <remarks>
/// Numbers of changes alone do not say it: a directory that was put back from an older copy gives the same ones to other rows. Names are
/// drawn anew at every start, so what was read in a start that this history does not have, or behind the end of one, is not known here.
/// </remarks>
public sealed record FeedStarts
{
    /// <summary>64 starts: who has not asked for so long begins again.</summary>
    public const int CountMax = 64;

    public static readonly FeedStarts None = new();

    private const byte Version = 1;

    private const int StartBytes = Bytes16.SizeBytes + sizeof(ulong);

    private ImmutableArray<FeedStart> All { get; init; } = [];

    /// <summary>What the feed is called now.</summary>
    public Bytes16 Current => All[^1].Name;

    public FeedStarts With(FeedStart next) => new() { All = [.. All.Skip(All.Length + 1 - CountMax), next] };

    /// <summary>Whether what a reader was told in a start, up to a cursor, still is how this directory began.</summary>
    /// <param name="last">The last change now.</param>
    public bool Has(Bytes16 name, ulong cursor, ulong last)
    {
        for (var at = 0; at < All.Length; at++)
        {
            if (All[at].Name == name)
            {
                return cursor <= (at + 1 < All.Length ? All[at + 1].Begin : last);
            }
        }

        return false;
    }

    public byte[] Encode()
    {
        var writer = new ByteWriter(3 + (All.Length * StartBytes));
        writer.Byte(Version);
        writer.U16((ushort)All.Length);
        foreach (var start in All)
        {
            writer.Bytes16(start.Name);
            writer.U64(start.Begin);
        }

        return writer.ToArray();
    }

    /// <returns>Null when it is not such bytes.</returns>
    public static FeedStarts? Decode(ReadOnlySpan<byte> bytes)
    {
        var reader = new ByteReader(bytes);
        reader.Require(reader.Byte() == Version);
        var starts = new FeedStart[reader.Count16(StartBytes, CountMax)];
        foreach (ref var start in starts.AsSpan())
        {
            start = new FeedStart(reader.Bytes16(), reader.U64());
        }

        return reader.IsComplete ? new FeedStarts { All = [.. starts] } : null;
    }
}
