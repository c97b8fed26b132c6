using Dfs.Core.Primitives;

namespace Dfs.Actors.Client;

/// <summary>An owner's buckets whose names are known, as many as it has: the keys of a bucket are made of its name.</summary>
/// <remarks>For one caller at a time.</remarks>
internal sealed class KnownBuckets
{
    private readonly List<BucketId> _new = [];

    /// <summary>Also what a file of the index has, whose rows were opened with them.</summary>
    public Dictionary<BucketId, string> Names { get; } = [];

    /// <returns>Null when it is not known.</returns>
    public string? NameOf(BucketId bucket) => Names.GetValueOrDefault(bucket);

    public void Add(UnlockedOwner owner, string bucket)
    {
        var id = owner.Bucket(bucket).Id;
        if (Names.TryAdd(id, bucket))
        {
            _new.Add(id);
        }
    }

    /// <summary>Those that were added since the last time.</summary>
    public IReadOnlyCollection<BucketId> TakeNew()
    {
        BucketId[] taken = [.. _new];
        _new.Clear();
        return taken;
    }

    public void Clear()
    {
        Names.Clear();
        _new.Clear();
    }
}
