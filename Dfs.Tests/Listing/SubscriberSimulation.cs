using System.Collections.Immutable;
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

/// <summary>
/// Three replicas, writers that stop in the middle, nodes that pull what they reach, and a subscriber that changes nodes whenever it likes:
/// whatever happened, in the end it knows every file as it is.
/// </summary>
public sealed class SubscriberSimulation
{
    private const int Names = 6, Steps = 300;

    private static readonly BucketId Bucket = new(new Bytes16(0, 1));

    [Theory, Seeds(300)]
    public void Nothing_is_missed(int seed) => Run(seed);

    /// <summary>A subscriber that is always told to list would miss nothing either, and prove nothing.</summary>
    [Fact]
    public void Changes_are_told_and_not_only_listings() =>
        Assert.InRange(Enumerable.Range(0, 50).Sum(Run), 500, int.MaxValue);

    /// <returns>How many changes were told.</returns>
    private static int Run(int seed)
    {
        var random = new Random(seed);
        var replicas = Enumerable.Range(1, 3).Select(number => new Replica(Members.Id(number))).ToArray();
        var writers = new Writers(random, replicas);
        var nodes = Enumerable.Range(1, 3).Select(number => new Node(random, writers, (ulong)number)).ToArray();
        var subscriber = new Subscriber(nodes[0]);
        for (var step = 0; step < Steps; step++)
        {
            switch (random.Next(7))
            {
                case 0 or 1: writers.Write($"name {random.Next(Names)}", isTombstone: random.Next(3) == 0); break;
                case 2: writers.GoOn(); break;
                case 3: nodes[random.Next(3)].Pull(readsAll: random.Next(2) == 0); break;
                case 4: subscriber.MoveTo(nodes[random.Next(3)]); break;
                case 5 when random.Next(20) == 0: nodes[random.Next(3)].Restart(); break;
                default: subscriber.Read(random.Next(1, 4)); break;
            }
        }

        writers.GiveUp();
        for (var name = 0; name < Names; name++)
        {
            writers.Settle(RegisterOf($"name {name}"));
        }

        subscriber.ReadToTheEnd();

        Assert.Equal(writers.Truth(), subscriber.Known);
        return subscriber.Told;
    }

    private static RegisterId RegisterOf(string name) => new(SHA256.HashData(Encoding.UTF8.GetBytes(name)));

    private static HeadFacts? Open(RegisterId register, ReadOnlySpan<byte> value)
    {
        var parts = Encoding.UTF8.GetString(value).Split('|');
        var name = parts[2] == "removed" ? null
            : new ListedName(parts[0], long.Parse(parts[1], null), 0, "", default, IsRemoved: false);
        return new HeadFacts(Bucket, name is null, HasShares: false, new KeyEpoch(1), name, IsSealed: false);
    }

    private sealed record Row(Ballot Ballot, byte[] Value);

    /// <summary>Accepts what is not older than what it promised, and tells the latest row of each register in the order of their changes.</summary>
    private sealed class Replica(ReplicaId id)
    {
        private readonly Dictionary<RegisterId, (Row Row, ulong Sequence)> _rows = [];
        private readonly Dictionary<RegisterId, Ballot> _promised = [];
        private ulong _sequence;

        public ReplicaId Id => id;

        public Row? Accepted(RegisterId register) => _rows.TryGetValue(register, out var held) ? held.Row : null;

        public void Promise(RegisterId register, Ballot ballot) => _promised[register] = ballot;

        public bool Accept(RegisterId register, Row row)
        {
            if (_promised.TryGetValue(register, out var promised) && promised.CompareTo(row.Ballot) > 0)
            {
                return false;
            }

            _promised[register] = row.Ballot;
            _rows[register] = (row, ++_sequence);
            return true;
        }

        public IReadOnlyList<(RegisterId Register, Row Row, ulong Sequence)> After(ulong cursor) =>
            [.. _rows.Where(pair => pair.Value.Sequence > cursor).OrderBy(pair => pair.Value.Sequence).Select(pair => (pair.Key, pair.Value.Row, pair.Value.Sequence))];
    }

    /// <summary>Everybody who writes or reads registers; one register's changes follow one another, and may stop after any replica.</summary>
    private sealed class Writers(Random random, Replica[] replicas)
    {
        private readonly List<(RegisterId Register, Row Row, Queue<Replica> Left)> _open = [];
        private ulong _round;

        public Replica[] Replicas => replicas;

        public void Write(string name, bool isTombstone)
        {
            var register = RegisterOf(name);
            var row = new Row(Prepare(register, Majority()).Ballot, Encoding.UTF8.GetBytes($"{name}|{_round}|{(isTombstone ? "removed" : "")}"));
            _open.Add((register, row, new Queue<Replica>(Shuffled())));
        }

        /// <summary>Some writer reaches one more replica.</summary>
        public void GoOn()
        {
            if (_open.Count > 0)
            {
                var at = random.Next(_open.Count);
                var (register, row, left) = _open[at];
                if (!left.TryDequeue(out var replica) || !replica.Accept(register, row))
                {
                    _open.RemoveAt(at);
                }
            }
        }

        public void GiveUp() => _open.Clear();

        /// <summary>Every replica has the newest: what a writer has left half done takes no effect later.</summary>
        public void Settle(RegisterId register)
        {
            if (Prepare(register, replicas) is (var ballot, { } newest))
            {
                Assert.All(replicas, replica => Assert.True(replica.Accept(register, new Row(ballot, newest.Value))));
            }
        }

        /// <summary>What a majority has; where its replicas differ the newest is written again, as the catalog does.</summary>
        public Row? Read(RegisterId register)
        {
            var majority = Majority();
            var held = majority.Select(replica => replica.Accepted(register)).ToList();
            if (held.All(row => row?.Ballot == held[0]?.Ballot))
            {
                return held[0];
            }

            var (ballot, newest) = Prepare(register, majority);
            var again = new Row(ballot, newest!.Value);
            foreach (var replica in majority)
            {
                Assert.True(replica.Accept(register, again));
            }

            return again;
        }

        public SortedDictionary<string, long> Truth()
        {
            var truth = new SortedDictionary<string, long>(StringComparer.Ordinal);
            foreach (var number in Enumerable.Range(0, Names))
            {
                if (Read(RegisterOf($"name {number}")) is { } row && Open(default, row.Value)!.Name is { } name)
                {
                    truth.Add(name.Name, name.SizeBytes);
                }
            }

            return truth;
        }

        private (Ballot Ballot, Row? Newest) Prepare(RegisterId register, Replica[] majority)
        {
            var ballot = new Ballot(++_round, Members.Id(1), 1, 1);
            foreach (var replica in majority)
            {
                replica.Promise(register, ballot);
            }

            return (ballot, majority.Select(replica => replica.Accepted(register)).OfType<Row>().MaxBy(row => row.Ballot));
        }

        private Replica[] Majority() => Shuffled()[..2];

        private Replica[] Shuffled()
        {
            var all = replicas.ToArray();
            random.Shuffle(all);
            return all;
        }
    }

    /// <summary>An index of names as a node keeps it.</summary>
    private sealed class Node(Random random, Writers writers, ulong number)
    {
        private readonly Layout _layout = Layout.First(default, Members.Three, [.. Enumerable.Range(1, 3).Select(each => Members.Member(each))]);
        private readonly Dictionary<string, Voters> _voters = [];
        private readonly Dictionary<ReplicaId, ulong> _cursors = [];
        private NameTable _table = new();
        private ulong _logs;

        public ChangeLog? Log { get; private set; }

        public void Restart()
        {
            (_table, Log) = (new NameTable(), null);
            _cursors.Clear();
            _voters.Clear();
        }

        /// <param name="notes">A listing of one bucket reads only that, and so cannot say what has changed.</param>
        public void Pull(bool readsAll, bool notes = true)
        {
            var answered = writers.Replicas.ToArray();
            random.Shuffle(answered);
            var silent = random.Next(2) == 0 ? answered[^1] : null;
            foreach (var replica in answered)
            {
                var rows = replica.After(_cursors.GetValueOrDefault(replica.Id));
                // Of one that falls silent some rows may have come before.
                foreach (var (register, row, sequence) in rows.Take(replica == silent ? random.Next(rows.Count + 1) : rows.Count))
                {
                    _table.Take(replica.Id, register, BallotMark.Of(row.Ballot), row.Value, Open);
                    _cursors[replica.Id] = sequence;
                }
            }

            _table.Settle(VotersOf(answered.Where(replica => replica != silent)), Open);
            var position = new FeedPosition(new LayoutNumber(1), _cursors.ToImmutableSortedDictionary());
            if (Log is null)
            {
                Log = new ChangeLog(new Bytes16(number, ++_logs), position);
                _table.BeginTracking();
            }

            var unsettled = _table.Unsettled(null);
            if (unsettled.Count > 0 && !readsAll)
            {
                return;
            }

            foreach (var register in unsettled)
            {
                var row = writers.Read(register);
                _table.TakeRead(register, row is null ? BallotMark.None : BallotMark.Of(row.Ballot), row?.Value, Open);
            }

            if (notes)
            {
                Log.Append(_table.TakeChanges()!, position);
            }
        }

        public NamePage<ListedName> List(string after)
        {
            Pull(readsAll: true, notes: random.Next(2) == 0);
            var options = new ListOptions { After = after.Length > 0 ? after : null, CountMax = 2 };
            return PageCut.Of(options, _table.NamesOf(Bucket, withRemoved: false));
        }

        private Voters VotersOf(IEnumerable<Replica> answered)
        {
            var ids = answered.Select(replica => replica.Id).ToHashSet();
            var key = string.Join(' ', ids.Order());
            return _voters.TryGetValue(key, out var voters) ? voters : _voters[key] = new Voters(_layout, ids, _table.NumberOf);
        }
    }

    private sealed class Subscriber
    {
        private Node _node;
        private SubscriptionPosition _position;

        public Subscriber(Node node)
        {
            (_node, _position) = (node, null!);
            node.Pull(readsAll: true);
            _position = node.Log!.End;
        }

        public SortedDictionary<string, long> Known { get; } = new(StringComparer.Ordinal);

        public int Told { get; private set; }

        public void MoveTo(Node node) => _node = node;

        /// <returns>Whether there was anything.</returns>
        public bool Read(int countMax)
        {
            _node.Pull(readsAll: true);
            var read = _node.Log!.Read(_position, Bucket, _ => true, countMax);
            _position = read.Next;
            if (read.IsResync)
            {
                Known.Clear();
            }

            if (_position.ListingAfter is { } after)
            {
                var page = _node.List(after);
                _position = _position with { ListingAfter = page.Next };
                foreach (var name in page.Entries)
                {
                    Known[name.Name] = name.SizeBytes;
                }

                return true;
            }

            foreach (var change in read.Changes)
            {
                Told++;
                Known.Remove(change.Name);
                if (!change.IsRemoval)
                {
                    Known.Add(change.Name, change.Now!.SizeBytes);
                }
            }

            return read.Changes.Count > 0;
        }

        public void ReadToTheEnd()
        {
            while (Read(3))
            {
                // Until it is told nothing more.
            }
        }
    }
}
