using System.Text;
using Dfs.Core.Catalog;
using Dfs.Core.Crypto;
using Dfs.Core.Listing;
using Dfs.Core.Placement;
using Dfs.Core.Primitives;
using Dfs.Tests.Kit;
using Dfs.Tests.Placement;

namespace Dfs.Tests.Listing;

public sealed class NameTableTests
{
    private static readonly BucketId Bucket = new(new Bytes16(0, 1)), Other = new(new Bytes16(0, 2));
    private static readonly Layout Three = LayoutOf(3, 1, 2, 3);
    private static readonly ReplicaId A = Members.Id(1), B = Members.Id(2), C = Members.Id(3);

    private readonly NameTable _table = new();
    private readonly Dictionary<string, Voters> _voters = [];

    [Fact]
    public void A_majority_at_one_ballot_is_what_was_chosen()
    {
        Take(A, "name", 2);
        Take(B, "name", 2);
        Take(C, "name", 1);

        Assert.Equal(["name=2"], Listed(A, B, C));
        Assert.Equal(["name=2"], Listed(A, B));
        Assert.Empty(Unsettled());
    }

    [Fact]
    public void Replicas_that_differ_say_nothing_and_the_register_must_be_read()
    {
        Take(A, "name", 2);
        Take(B, "name", 1);

        Assert.Empty(Listed(A, B));
        Assert.Equal([RegisterOf("name")], Unsettled());

        _table.TakeRead(RegisterOf("name"), MarkOf(2), ValueOf("name", 2), Open);
        Assert.Equal(["name=2"], Names());
    }

    [Fact]
    public void A_name_that_was_listed_between_two_differences_is_told_as_removed_and_one_that_never_was_has_no_name()
    {
        _table.BeginTracking();
        foreach (var (name, kind, ballot) in new[] { ("seen", "", 1), ("seen", "removed", 2), ("unseen", "removed", 2) })
        {
            Take(A, name, ballot, kind);
            Take(B, name, ballot, kind);
            Assert.Equal(ballot == 1 ? ["seen=1"] : [], Listed(A, B));
        }

        var changes = _table.TakeChanges()!;

        Assert.Equal(new NameChange(Bucket, "seen", null), Assert.Single(changes.Changes));
        Assert.Equal([Bucket], changes.Unnamed);
    }

    [Fact]
    public void A_majority_that_has_nothing_means_that_there_is_nothing()
    {
        Take(A, "name", 1);

        Assert.Empty(Listed(A, B, C));
        Assert.Empty(Unsettled());
        Assert.Equal([RegisterOf("name")], _table.Disputed(Bucket));

        Take(B, "name", 1);
        Assert.Equal(["name=1"], Listed(A, B, C));
    }

    [Fact]
    public void What_only_a_silent_replica_may_know_must_be_read()
    {
        Take(A, "name", 1);
        Take(B, "name", 1);

        Assert.Equal(["name=1"], Listed(A, B));
        Assert.Empty(Listed(A, C));
        Assert.Equal([RegisterOf("name")], Unsettled());
    }

    [Fact]
    public void A_value_that_a_minority_accepted_does_not_hide_the_chosen_one_nor_shows_itself()
    {
        foreach (var replica in new[] { A, B, C })
        {
            Take(replica, "name", 1);
        }

        Take(A, "name", 2);
        Assert.Equal(["name=1"], Listed(A, B, C));
        Take(B, "name", 2);
        Assert.Equal(["name=2"], Listed(A, B, C));
        Assert.Equal([RegisterOf("name")], _table.Disputed(null));
        Take(C, "name", 2);
        Assert.Equal(["name=2"], Listed(A, B, C));
        Assert.Empty(_table.Disputed(null));
    }

    [Fact]
    public void A_tombstone_hides_the_name_and_when_all_have_dropped_it_nothing_is_kept()
    {
        foreach (var replica in new[] { A, B, C })
        {
            Take(replica, "name", 1);
            Take(replica, "stays", 1);
        }

        Take(A, "name", 2, "removed");
        Assert.Equal(["name=1", "stays=1"], Listed(A, B, C));
        Take(B, "name", 2, "removed");
        Assert.Equal(["stays=1"], Listed(A, B, C));

        foreach (var replica in new[] { A, B, C })
        {
            Drop(replica, "name");
        }

        Assert.Equal(["stays=1"], Listed(A, B, C));
        Assert.Equal(1, _table.Count);
    }

    [Fact]
    public void While_a_layout_changes_the_majority_of_the_old_replicas_alone_is_not_enough()
    {
        var joint = Three.ChangeStart(MembersOf(2, 3, 4));
        Take(A, "name", 2);
        Take(B, "name", 2);
        Take(C, "name", 1);

        Assert.Empty(Listed(joint, A, B, C, Members.Id(4)));
        Assert.Equal([RegisterOf("name")], Unsettled());
        Take(Members.Id(4), "name", 2);
        Assert.Equal(["name=2"], Listed(joint, A, B, C, Members.Id(4)));
    }

    [Fact]
    public void Any_number_of_replicas_may_hold_a_name()
    {
        var seven = LayoutOf(7, [.. Enumerable.Range(1, 7)]);
        var replicas = Enumerable.Range(1, 7).Select(Members.Id).ToArray();
        foreach (var replica in replicas)
        {
            Take(replica, "name", 1);
        }

        Assert.Equal(["name=1"], Listed(seven, replicas));
        Assert.Equal(["name=1"], Listed(seven, replicas[3..]));
        foreach (var replica in replicas[..4])
        {
            Take(replica, "name", 2);
        }

        Assert.Equal(["name=2"], Listed(seven, replicas));
        foreach (var replica in replicas)
        {
            _table.Forget(replica);
        }

        Assert.Empty(Listed(seven, replicas));
        Assert.Equal(0, _table.Count);
    }

    [Fact]
    public void Other_owners_heads_are_nothing_and_other_buckets_names_are_not_listed()
    {
        foreach (var replica in new[] { A, B, C })
        {
            Take(replica, "theirs", 1, "foreign");
            Take(replica, "elsewhere", 1, "other");
            Take(replica, "marked", 1, "marker");
        }

        Assert.Empty(Listed(A, B, C));
        Assert.Equal(2, _table.Count);
        Assert.True(_table.HasAny(Bucket));
        Assert.Equal(["marked=1"], Names(withRemoved: true));
        Assert.Equal(["elsewhere"], Names(Other).Select(name => name.Split('=')[0]));
    }

    [Fact]
    public void What_was_sealed_is_opened_when_it_comes_again()
    {
        foreach (var replica in new[] { A, B, C })
        {
            Take(replica, "name", 1, "sealed");
        }

        Assert.Empty(Listed(A, B, C));
        Assert.True(_table.HasSealed(Bucket));

        _table.Forget(A);
        _table.Take(A, RegisterOf("name"), MarkOf(1), ValueOf("name", 1), Open);
        Assert.Equal(["name=1"], Listed(A, B, C));
        Assert.False(_table.HasSealed(null));
    }

    [Fact]
    public void Facts_in_the_clear_are_found_without_a_name()
    {
        foreach (var replica in new[] { A, B, C })
        {
            Take(replica, "old", 1);
            Take(replica, "new", 7);
            Take(replica, "shared", 9, "shared");
            Take(replica, "gone", 1, "removed");
        }

        Listed(A, B, C);

        Assert.Equal([new OwnedRegister(RegisterOf("old"), Bucket)], _table.WrappedBefore(new KeyEpoch(5)));
        Assert.Equal([new OwnedRegister(RegisterOf("shared"), Bucket)], _table.Shared());
    }

    [Fact]
    public void Values_without_room_are_read_instead()
    {
        var large = new string('x', 60_000);
        var count = (RegisterVotes.ValueBytesMax / large.Length) + 5;
        for (var number = 0; number < count; number++)
        {
            Take(A, $"{number:D4}", 1);
            Take(B, $"{number:D4}", 1);
        }

        Listed(A, B, C);
        foreach (var replica in new[] { A, B })
        {
            for (var number = 0; number < count; number++)
            {
                Take(replica, $"{number:D4}", 2, large);
            }
        }

        var listed = Listed(A, B, C);
        Assert.InRange(_table.Unsettled(Bucket).Count, 5, 6);
        Assert.Equal(count, listed.Count + _table.Unsettled(Bucket).Count);
        Assert.All(listed, name => Assert.EndsWith("=2", name, StringComparison.Ordinal));
    }

    // Property: whatever the replicas say and forget, the list is what one gets who keeps every row and counts.
    [Theory, Seeds(100)]
    public void The_list_is_what_a_naive_one_says(int seed)
    {
        var random = new Random(seed);
        var layouts = new[] { Three, Three.ChangeStart(MembersOf(2, 3, 4)), Three.ChangeStart(MembersOf(2, 3, 4)).Finish() };
        var replicas = Enumerable.Range(1, 4).Select(Members.Id).ToArray();
        var held = replicas.ToDictionary(replica => replica, _ => new Dictionary<string, int>());
        var layout = layouts[0];
        for (var step = 0; step < 400; step++)
        {
            var (replica, name) = (replicas[random.Next(4)], $"{random.Next(12):D2}{new string('n', random.Next(2) * 40)}");
            switch (random.Next(40))
            {
                case 0:
                    _table.Forget(replica);
                    held[replica].Clear();
                    break;
                case 1:
                    layout = layouts[random.Next(3)];
                    break;
                case < 5:
                    Drop(replica, name);
                    held[replica].Remove(name);
                    break;
                case < 12:
                    var answered = random.Next(3) > 0 ? replicas : [.. replicas.Where(_ => random.Next(4) > 0)];
                    AssertLikeNaive(layout, answered, held);
                    break;
                default:
                    // Odd ballots are tombstones.
                    var ballot = random.Next(1, 5);
                    Take(replica, name, ballot, ballot % 2 == 1 ? "removed" : "");
                    held[replica][name] = ballot;
                    break;
            }
        }
    }

    private void AssertLikeNaive(Layout layout, ReplicaId[] answered, Dictionary<ReplicaId, Dictionary<string, int>> held)
    {
        var listed = Listed(layout, answered);
        var toRead = Unsettled().ToHashSet();
        var expected = new List<string>();
        foreach (var name in held.Values.SelectMany(rows => rows.Keys).Distinct().Order(NameOrder.Instance))
        {
            var chosen = Enumerable.Range(0, 5).Where(ballot => layout.QuorumOf(RegisterOf(name).Partition).IsMet(
                answered.Where(replica => held[replica].GetValueOrDefault(name) == ballot).ToHashSet())).ToList();
            Assert.True(chosen.Count > 0 || toRead.Contains(RegisterOf(name)), $"{name} is not chosen, so it is read");

            // Where nothing is chosen a read makes it so: here, of the highest.
            var value = chosen.Count > 0 ? chosen[0] : held.Values.Max(rows => rows.GetValueOrDefault(name));
            var line = $"{name}={value}";
            Assert.True(toRead.Contains(RegisterOf(name)) || listed.Contains(line) == IsListed(value), $"{line} is listed when it is there");
            if (toRead.Contains(RegisterOf(name)))
            {
                var mark = value > 0 ? MarkOf(value) : BallotMark.None;
                _table.TakeRead(RegisterOf(name), mark, ValueOf(name, value, IsListed(value) ? "" : "removed"), Open);
            }

            expected.AddRange(IsListed(value) ? [line] : []);
        }

        Assert.Equal(expected, Names());

        static bool IsListed(int ballot) => ballot > 0 && ballot % 2 == 0;
    }

    private static Layout LayoutOf(int factor, params int[] numbers) =>
        Layout.First(default, new LayoutFactors(factor, factor), MembersOf(numbers));

    private static List<LayoutMember> MembersOf(params int[] numbers) => [.. numbers.Select(number => Members.Member(number))];

    private void Take(ReplicaId replica, string name, int ballot, string kind = "") =>
        _table.Take(replica, RegisterOf(name), MarkOf(ballot), ValueOf(name, ballot, kind), Open);

    private void Drop(ReplicaId replica, string name) =>
        _table.Take(replica, RegisterOf(name), BallotMark.None, default, Open);

    private List<string> Listed(params ReplicaId[] answered) => Listed(Three, answered);

    private List<string> Listed(Layout layout, params ReplicaId[] answered)
    {
        var key = $"{layout.Number} {string.Join(' ', answered.Order())}";
        if (!_voters.TryGetValue(key, out var voters))
        {
            _voters.Add(key, voters = new Voters(layout, answered.ToHashSet(), _table.NumberOf));
        }

        _table.Settle(voters, Open);
        return Names();
    }

    private IReadOnlyList<RegisterId> Unsettled() => _table.Unsettled(Bucket);

    private List<string> Names(BucketId? bucket = null, bool withRemoved = false) =>
        [.. PageCut.Of(ListOptions.All, _table.NamesOf(bucket ?? Bucket, withRemoved)).Entries.Select(file => $"{file.Name}={file.SizeBytes}")];

    private static BallotMark MarkOf(int ballot) => BallotMark.Of(new Ballot((ulong)ballot, A, 1, 1));

    private static RegisterId RegisterOf(string name) => new(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(name)));

    private static byte[] ValueOf(string name, int ballot, string kind = "") => Encoding.UTF8.GetBytes($"{name}|{ballot}|{kind}");

    private static HeadFacts? Open(RegisterId register, ReadOnlySpan<byte> value)
    {
        var parts = Encoding.UTF8.GetString(value).Split('|');
        var (ballot, kind) = (int.Parse(parts[1], null), parts[2]);
        var name = kind is "removed" or "sealed" ? null
            : new ListedName(parts[0], ballot, 0, kind == "shared" ? "tag" : "", default, kind == "marker");
        return kind == "foreign" ? null : new HeadFacts(
            kind == "other" ? Other : Bucket, kind == "removed", kind == "shared", new KeyEpoch((uint)ballot), name, kind == "sealed");
    }
}
