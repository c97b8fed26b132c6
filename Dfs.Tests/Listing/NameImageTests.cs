using System.Security.Cryptography;
using System.Text;
using Dfs.Core.Catalog;
using Dfs.Core.Crypto;
using Dfs.Core.Listing;
using Dfs.Core.Placement;
using Dfs.Core.Primitives;
using Dfs.Tests.Kit;
using Dfs.Tests.Placement;

namespace Dfs.Tests.Listing;

/// <summary>An index as it is kept: its bytes, and that going on from it is as good as never having stopped.</summary>
public sealed class NameImageTests
{
    private static readonly BucketId Bucket = new(new Bytes16(0, 1)), Other = new(new Bytes16(0, 2));
    private static readonly Layout Three = Layout.First(default, new LayoutFactors(3, 3), [.. Enumerable.Range(1, 3).Select(number => Members.Member(number))]);
    private static readonly ClusterId Cluster = new(new Bytes16(5, 6));
    private static readonly Bytes16 File = new(7, 8);

    /// <summary>Is a test vector of docs/formats/names.md.</summary>
    [Fact]
    public void Its_bytes_are_those_of_the_format()
    {
        var (_, piece) = Sample();

        Assert.Equal(
            "01d1f5000000000001000000000000000101000000000000000000000000000000010000000000000007000000000000000201d1f5000000000002000000000000000200",
            Convert.ToHexStringLower(piece)[..136]);
        using var key = new NameIndexKey(TestBytes.From(0x20));
        var envelope = new NamePieces(key, Cluster, Members.Id(1), File).Seal(piece, isLast: true, new FreshBytes(TestBytes.From(0x40)));
        byte[] file = [.. NameImage.Header(File), .. NameImage.Frame(isLast: true, envelope.Length), .. envelope];
        Assert.Equal(
            "0200000000000000000000000000000001000566696c65730200000000000000000000000000000002000670686f746f730382a3537ff0dbce7eec35"
            + "d69edc3a189ee6f17d82f353a553f9aa96cb0be3ce89000002bc2732cdae359b00000001000000000000010002000001000403000000000000000200"
            + "000000000003e8000000000000000300000000000000046e616d6574616703283bb9deef02e6843abfb538efa1eca70801bd8a701c3f98191e123496"
            + "3392470000d39e4801b93c08ea0000000104000000000000000100010002c468277aacbef24800",
            Convert.ToHexStringLower(piece)[136..]);
        Assert.Equal("573d77f9f12828e7968bbb51a47008ab13dadc443c75cf8e73656c8459abff60", Convert.ToHexStringLower(SHA256.HashData(file)));
    }

    [Fact]
    public void A_piece_opens_only_at_its_place_with_its_owners_key_in_its_cluster_and_its_directory()
    {
        using var key = new NameIndexKey(TestBytes.From(1));
        using var others = new NameIndexKey(TestBytes.From(2));
        var pieces = new NamePieces(key, Cluster, Members.Id(1), File);
        var (first, last) = (pieces.Seal([1, 2, 3], isLast: false, TestBytes.Fresh(1)), pieces.Seal([4], isLast: true, TestBytes.Fresh(2)));

        var same = new NamePieces(key, Cluster, Members.Id(1), File);
        Assert.Equal([1, 2, 3], same.Open(first, isLast: false));
        Assert.Equal([4], same.Open(last, isLast: true));
        Assert.Null(new NamePieces(key, Cluster, Members.Id(1), File).Open(last, isLast: true));
        Assert.Null(new NamePieces(key, Cluster, Members.Id(1), File).Open(first, isLast: true));
        Assert.Null(new NamePieces(others, Cluster, Members.Id(1), File).Open(first, isLast: false));
        Assert.Null(new NamePieces(key, default, Members.Id(1), File).Open(first, isLast: false));
        Assert.Null(new NamePieces(key, Cluster, Members.Id(2), File).Open(first, isLast: false));
        Assert.Null(new NamePieces(key, Cluster, Members.Id(1), default).Open(first, isLast: false));
        for (var at = 0; at < first.Length; at++)
        {
            var bent = first.ToArray();
            bent[at] ^= 0x10;
            Assert.Null(new NamePieces(key, Cluster, Members.Id(1), File).Open(bent, isLast: false));
        }
    }

    [Fact]
    public void Many_names_are_cut_into_pieces_that_are_read_again_and_bytes_that_are_no_records_are_refused()
    {
        var table = new NameTable();
        for (var number = 0; number < 3000; number++)
        {
            var mixed = number * 7919 % 3000;
            foreach (var replica in Three.Members.Select(member => member.Id))
            {
                table.Take(replica, RegisterOf($"{mixed:D6}"), MarkOf(2), ValueOf($"{mixed:D6}", 2), Open);
            }
        }

        var pieces = Write(table, []);
        Assert.InRange(pieces.Count, 4, 10);
        var (again, _) = Read(pieces);
        Assert.Equal(Listed(table), Listed(again));
        Assert.Equal(3000, Listed(again).Count);
        Assert.Equal(pieces, Write(again, []));

        // Every prefix that ends within a record, and a register that comes twice.
        Assert.All(Enumerable.Range(1, 17), cut => Assert.False(new NameTable().TryRead(pieces[0].AsSpan(..cut), [], new Dictionary<BucketId, string>())));
        Assert.False(again.TryRead(pieces[1], [], new Dictionary<BucketId, string>()));
        Assert.False(new NameTable().TryRead([9], [], new Dictionary<BucketId, string>()));
    }

    // Property: whatever is put, removed, forgotten, started anew or put back from a copy, and however old the image is that an index begins
    // with, the list is what was chosen.
    [Theory, Seeds(80)]
    public void An_index_that_goes_on_from_any_earlier_image_lists_what_was_chosen(int seed)
    {
        var random = new Random(seed);
        var replicas = Enumerable.Range(1, 3).Select(number => new Replica(Members.Id(number), random)).ToArray();
        var chosen = new SortedDictionary<string, int>(StringComparer.Ordinal);
        var images = new List<List<byte[]>>();
        var backups = replicas.ToDictionary(replica => replica, replica => replica.Copy());
        var reader = new Reader([]);
        for (var step = 1; step <= 400; step++)
        {
            var name = $"{random.Next(15):D2}";
            var replica = replicas[random.Next(3)];
            switch (random.Next(40))
            {
                case 0:
                    // What is kept, or an older one that somebody put back, or none.
                    reader = images.Count == 0 || random.Next(6) == 0 ? new Reader([]) : new Reader(images[random.Next(images.Count)]);
                    break;
                case 1:
                    images.Add(reader.Write());
                    break;
                case 2:
                    replica.Start();
                    break;
                case 3:
                    backups[replica] = replica.Copy();
                    break;
                case 4:
                    // A disk that is put back is behind; the others have everything, or it would have broken what it promised.
                    foreach (var other in replicas.Where(other => other != replica))
                    {
                        other.TakeOver(replicas);
                    }

                    replica.PutBack(backups[replica]);
                    break;
                case 5:
                    replica.TakeOver(replicas);
                    break;
                case < 9:
                    if (replicas.All(each => each.BallotOf(name) % 2 == 1 && each.BallotOf(name) == chosen.GetValueOrDefault(name)))
                    {
                        chosen.Remove(name);
                        Array.ForEach(replicas, each => each.Accept(name, 0));
                    }

                    break;
                case < 22:
                    var answered = replicas.Where((each, index) => each != replica || random.Next(3) > 0).ToArray();
                    Assert.Equal(
                        chosen.Where(pair => pair.Value % 2 == 0).Select(pair => $"{pair.Key}={pair.Value}"), reader.List(answered, chosen));
                    break;
                default:
                    // Odd ballots are tombstones. A majority has it, perhaps all.
                    var ballot = (2 * step) + (random.Next(3) == 0 ? 1 : 0);
                    chosen[name] = ballot;
                    foreach (var each in replicas.Where(each => each != replica || random.Next(2) == 0))
                    {
                        each.Accept(name, ballot);
                    }

                    break;
            }
        }
    }

    private static (NameTable Table, byte[] Piece) Sample()
    {
        var table = new NameTable();
        var (a, b) = (Members.Id(1), Members.Id(2));
        foreach (var replica in new[] { a, b })
        {
            table.Take(replica, RegisterOf("name"), MarkOf(2), ValueOf("name", 2), Open);
        }

        table.Take(a, RegisterOf("gone"), MarkOf(3), ValueOf("gone", 3), Open);
        table.Take(b, RegisterOf("gone"), MarkOf(4), ValueOf("gone", 4), Open);
        var pieces = Write(table, [new FeedPlace(a, new Bytes16(0, 1), 7, 2)]);
        return (table, Assert.Single(pieces));
    }

    private static List<byte[]> Write(NameTable table, IReadOnlyCollection<FeedPlace> places)
    {
        var pieces = new List<byte[]>();
        table.Write(places, new Dictionary<BucketId, string> { [Bucket] = "files", [Other] = "photos" }, (piece, isLast) =>
        {
            Assert.InRange(piece.Length, 0, NameImage.PieceBytesMax);
            pieces.Add(piece.ToArray());
        });
        return pieces;
    }

    private static (NameTable Table, List<FeedPlace> Places) Read(IEnumerable<byte[]> pieces)
    {
        var (table, places, buckets) = (new NameTable(), new List<FeedPlace>(), new Dictionary<BucketId, string>());
        Assert.All(pieces, piece => Assert.True(table.TryRead(piece, places, buckets)));
        Assert.Equal("files", buckets.GetValueOrDefault(Bucket, "files"));
        return (table, places);
    }

    private static List<string> Listed(NameTable table)
    {
        table.Settle(new Voters(Three, Three.Members.Select(member => member.Id).ToHashSet(), table.NumberOf), Open);
        return Names(table);
    }

    private static List<string> Names(NameTable table)
    {
        var names = new List<string>();
        var cursor = table.NamesOf(Bucket, withRemoved: false);
        for (var isOn = cursor.Seek([]); isOn; isOn = cursor.MoveNext())
        {
            names.Add($"{cursor.Entry.Name}={cursor.Entry.SizeBytes}");
        }

        return names;
    }

    private static BallotMark MarkOf(int ballot) => ballot == 0 ? BallotMark.None : BallotMark.Of(new Ballot((ulong)ballot, Members.Id(1), 1, 1));

    private static RegisterId RegisterOf(string name) => new(SHA256.HashData(Encoding.UTF8.GetBytes(name)));

    private static byte[] ValueOf(string name, int ballot) => ballot == 0 ? [] : Encoding.UTF8.GetBytes($"{name}|{ballot}");

    private static HeadFacts? Open(RegisterId register, ReadOnlySpan<byte> value)
    {
        if (value.IsEmpty)
        {
            return null;
        }

        var parts = Encoding.UTF8.GetString(value).Split('|');
        var ballot = int.Parse(parts[1], null);
        var name = ballot % 2 == 1 ? null : new ListedName(parts[0], ballot, 1000, "tag", new VersionId(new Bytes16(3, 4)), false);
        return new HeadFacts(Bucket, name is null, HasShares: false, new KeyEpoch(1), name, IsSealed: false);
    }

    /// <summary>A replica's rows and its feed, as a catalog has them.</summary>
    private sealed class Replica(ReplicaId id, Random random)
    {
        private Dictionary<string, (int Ballot, ulong Change)> _rows = [];
        private ulong _last;
        private FeedStarts _starts = FeedStarts.None.With(new FeedStart(Draw(random), 0));

        public ReplicaId Id => id;

        public int BallotOf(string name) => _rows.GetValueOrDefault(name).Ballot;

        public void Accept(string name, int ballot)
        {
            if (ballot != BallotOf(name))
            {
                _rows[name] = (ballot, ++_last);
            }
        }

        public void TakeOver(IEnumerable<Replica> from)
        {
            // What a majority has is newer, but where it has dropped a tombstone.
            foreach (var name in from.SelectMany(replica => replica._rows.Keys).Distinct().ToList())
            {
                var ballots = from.Select(replica => replica.BallotOf(name)).ToList();
                Accept(name, ballots.Count(ballot => ballot == 0) >= 2 ? 0 : ballots.Max());
            }
        }

        public void Start() => _starts = _starts.With(new FeedStart(Draw(random), _last));

        public Replica Copy() => new(id, random) { _rows = new(_rows), _last = _last, _starts = _starts };

        public void PutBack(Replica copy)
        {
            (_rows, _last, _starts) = (new(copy._rows), copy._last, copy._starts);
            Start();
        }

        /// <returns>Null when the cursor is none of its history.</returns>
        public (List<(string Name, int Ballot)> Rows, ulong Cursor, bool IsLast, Bytes16 Feed)? Page(ulong after, Bytes16? feed)
        {
            if (feed is { } name && !_starts.Has(name, after, _last))
            {
                return null;
            }

            var rows = _rows.Where(row => row.Value.Change > after).OrderBy(row => row.Value.Change).Take(4).ToList();
            var isLast = rows.Count < 4;
            return ([.. rows.Select(row => (row.Key, row.Value.Ballot))], isLast ? _last : rows[^1].Value.Change, isLast, _starts.Current);
        }

        private static Bytes16 Draw(Random random) => new((ulong)random.NextInt64(), (ulong)random.NextInt64());
    }

    /// <summary>An index that follows feeds, as a node does.</summary>
    private sealed class Reader
    {
        private readonly NameTable _table;
        private readonly Dictionary<ReplicaId, FeedPlace> _places;

        public Reader(IEnumerable<byte[]> pieces)
        {
            (_table, var places) = Read(pieces);
            _places = places.ToDictionary(place => place.Replica);
        }

        public List<byte[]> Write() => NameImageTests.Write(_table, _places.Values);

        public List<string> List(Replica[] answered, SortedDictionary<string, int> chosen)
        {
            foreach (var replica in answered)
            {
                while (!Follow(replica))
                {
                }
            }

            _table.Settle(new Voters(Three, answered.Select(replica => replica.Id).ToHashSet(), _table.NumberOf), Open);
            var names = chosen.Keys.ToDictionary(RegisterOf);
            foreach (var register in _table.Unsettled(null))
            {
                // A read gives what was chosen; of what was dropped, nothing.
                var name = names.GetValueOrDefault(register, "");
                var ballot = chosen.GetValueOrDefault(name);
                _table.TakeRead(register, MarkOf(ballot), ValueOf(name, ballot), Open);
            }

            return Names(_table);
        }

        private bool Follow(Replica replica)
        {
            var place = _places.GetValueOrDefault(replica.Id);
            if (replica.Page(place?.Cursor ?? 0, place?.Feed) is not (var rows, var cursor, var isLast, var feed))
            {
                _places.Remove(replica.Id);
                return false;
            }

            if (place is null)
            {
                _table.Forget(replica.Id);
            }

            foreach (var (name, ballot) in rows)
            {
                _table.Take(replica.Id, RegisterOf(name), MarkOf(ballot), ValueOf(name, ballot), Open);
            }

            _places[replica.Id] = new FeedPlace(replica.Id, feed, cursor, 0);
            return isLast;
        }
    }
}
