using System.Collections.Immutable;
using Dfs.Core.Primitives;

namespace Dfs.Core.Manifests;

/// <summary>One snapshot of a bucket.</summary>
/// <param name="Number">Versions that were stored after it carry this number or a higher one.</param>
/// <param name="CreatedUnixMs">By the clock of the node that made it; shown to people.</param>
public sealed record BucketSnapshot(uint Number, string Name, long CreatedUnixMs);

/// <summary>The snapshots of a bucket: places in the order of its changes, not copies of anything.</summary>
/// <remarks>
/// Every version carries the number of the last snapshot that had been made when it was stored. So a file as of snapshot n is
/// its newest version with a number below n: no list of files is kept, no clock is asked, and making one costs one change.
/// </remarks>
public sealed record BucketSnapshots
{
    /// <summary>100 with names of 63 characters fit a file that stands in its head.</summary>
    public const int CountMax = 100;

    public static readonly BucketSnapshots None = new(0, []);

    private BucketSnapshots(uint last, ImmutableArray<BucketSnapshot> all) => (Last, All) = (last, all);

    /// <summary>Number of the newest that was ever made; zero before the first. What new versions carry.</summary>
    public uint Last { get; }

    /// <summary>Those that are there, oldest first.</summary>
    public ImmutableArray<BucketSnapshot> All { get; }

    /// <summary>Null when a snapshot can be called so; else a sentence for the user.</summary>
    public static string? NameRefusal(string name) =>
        name.Length is 0 or > ObjectKey.BucketCharsMax
            ? $"A snapshot's name has 1 to {ObjectKey.BucketCharsMax} characters; this one has {name.Length}."
            : name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.')
                ? null
                : "A snapshot's name has letters, digits, '-', '_' and '.' only.";

    public BucketSnapshot? Find(string name) => All.FirstOrDefault(snapshot => snapshot.Name == name);

    /// <returns>Null when there is one of the name, or no room.</returns>
    public BucketSnapshots? With(string name, long createdUnixMs) =>
        Find(name) is null && All.Length < CountMax
            ? new BucketSnapshots(Last + 1, All.Add(new BucketSnapshot(Last + 1, name, createdUnixMs)))
            : null;

    /// <summary>Its number is not given again.</summary>
    public BucketSnapshots Without(string name) => new(Last, All.RemoveAll(snapshot => snapshot.Name == name));

    /// <summary>Whether some snapshot shows this version.</summary>
    /// <param name="stamp">The number that the version carries.</param>
    /// <param name="newerStamp">That of the version after it; null for the current one.</param>
    public bool Need(uint stamp, uint? newerStamp) =>
        All.Any(snapshot => stamp < snapshot.Number && (newerStamp is not { } newer || newer >= snapshot.Number));

    public bool Equals(BucketSnapshots? other) => other is not null && Last == other.Last && All.SequenceEqual(other.All);

    public override int GetHashCode() => HashCode.Combine(Last, All.Length);

    internal void WriteTo(ByteWriter writer)
    {
        writer.U32(Last);
        writer.Byte((byte)All.Length);
        foreach (var snapshot in All)
        {
            writer.U32(snapshot.Number);
            writer.I64(snapshot.CreatedUnixMs);
            writer.Text(snapshot.Name);
        }
    }

    internal static BucketSnapshots ReadFrom(ref ByteReader reader)
    {
        var last = reader.U32();
        int count = reader.Byte();
        reader.Require(count <= CountMax);
        var all = ImmutableArray.CreateBuilder<BucketSnapshot>();
        for (var i = 0; i < count && !reader.HasFailed; i++)
        {
            var snapshot = new BucketSnapshot(reader.U32(), "", reader.I64());
            all.Add(snapshot with { Name = reader.Text(ObjectKey.BucketCharsMax) });
            // Rising, so that there is one encoding only.
            reader.Require(snapshot.Number <= last && snapshot.Number > (i == 0 ? 0 : all[i - 1].Number));
        }

        reader.Require(reader.HasFailed || all.Select(snapshot => snapshot.Name).Distinct(StringComparer.Ordinal).Count() == all.Count);
        return new BucketSnapshots(last, all.ToImmutable());
    }
}
