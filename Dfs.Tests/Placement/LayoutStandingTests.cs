using System.Collections.Immutable;
using Dfs.Core.Placement;
using Dfs.Core.Primitives;
using Dfs.Tests.Kit;
using static Dfs.Tests.Placement.Members;

namespace Dfs.Tests.Placement;

/// <summary>Whom a node believes: a history of layouts, councils with liars in them, and links in any order.</summary>
public sealed class LayoutStandingTests
{
    // Property: while liars are a minority of each council, no node stands on a layout that was not decided; and who is sent every link that
    // leads from where it stands comes to the newest.
    [Theory, Seeds(300)]
    public void Nobody_follows_what_was_not_decided_and_everybody_comes_to_what_was(int seed)
    {
        var world = new World(new Random(seed), liarsMayRule: false);

        for (var node = 0; node < 20; node++)
        {
            var standing = world.Start();
            for (var step = 0; step < 10; step++)
            {
                (standing, _) = standing.Follow(world.SomeLinks(), link => world.Signers[link]);
                Assert.True(world.IsDecided(standing), $"seed {seed}: {standing}");
            }

            var isFound = standing.Number != LayoutNumber.None || world.HasAuthority;
            (standing, _) = standing.Follow(world.AllLinks(), link => world.Signers[link]);
            Assert.True(!isFound || standing.Number == world.Newest, $"seed {seed}: {standing} of {world.Newest}");
            Assert.True(world.IsDecided(standing), $"seed {seed}: {standing}");
        }
    }

    // That the property above is one: with a majority of liars it does not hold.
    [Fact]
    public void Where_liars_are_a_majority_of_a_council_nothing_is_promised() => Assert.Contains(
        Enumerable.Range(0, 50), seed =>
        {
            var world = new World(new Random(seed), liarsMayRule: true);
            var standing = world.Start();
            for (var step = 0; step < 50 && world.IsDecided(standing); step++)
            {
                (standing, _) = standing.Follow(world.SomeLinks(), link => world.Signers[link]);
            }

            return !world.IsDecided(standing);
        });

    [Fact]
    public void A_layout_is_judged_by_where_the_signatures_lead()
    {
        var first = First(3);
        var next = first.ReplaceStart(Id(3), Member(4));
        var on = LayoutStanding.On(first);
        var statement = LayoutStatement.Of(next);

        Assert.Equal(LayoutVerdict.NotSigned, on.Judge(next));
        Assert.Equal(LayoutVerdict.Apart, on.Judge(next.Finish()));
        Assert.Equal(LayoutVerdict.NotSigned, on.Follow(statement, By(1)).Verdict);
        Assert.Equal(LayoutVerdict.NotSigned, on.Follow(statement, By(3, 4, 5)).Verdict);
        var (then, verdict) = on.Follow(statement, By(1, 2));
        Assert.Equal(LayoutVerdict.Proven, verdict);
        Assert.Equal(LayoutVerdict.Proven, then.Judge(next));
        Assert.Equal(LayoutVerdict.Conflicting, then.Judge(first.ReplaceStart(Id(2), Member(4))));
        Assert.Equal(LayoutVerdict.Conflicting, then.Follow(LayoutStatement.Of(first.ReplaceStart(Id(2), Member(4))), By(1, 2)).Verdict);
        Assert.Equal(LayoutVerdict.Old, then.Judge(first));

        // While joint the old members' council decides, also about what comes after.
        var last = LayoutStatement.Of(next.Finish());
        Assert.Equal(LayoutVerdict.NotSigned, then.Follow(last, By(1, 4)).Verdict);
        Assert.Equal(LayoutVerdict.Proven, then.Follow(last, By(1, 3)).Verdict);
        Assert.Equal(LayoutVerdict.Apart, LayoutStanding.Nowhere.Follow(last, By(1, 2, 3, 4)).Verdict);
        Assert.Equal(LayoutVerdict.Proven, LayoutStanding.Nowhere.Follow(last, new LayoutSigners(true, [])).Verdict);
    }

    private static LayoutSigners By(params int[] nodes) => new(false, [.. nodes.Select(Id)]);

    /// <summary>A history that was decided, and what liars say instead.</summary>
    private sealed class World
    {
        private readonly Random _random;
        private readonly List<LayoutLink> _decided = [], _copies = [], _lies = [];

        public World(Random random, bool liarsMayRule)
        {
            _random = random;
            ImmutableSortedSet<ReplicaId> everyone = [.. Enumerable.Range(1, 9).Select(Id)];
            var liars = everyone.OrderBy(_ => random.Next()).Take(liarsMayRule ? 4 : random.Next(5)).ToHashSet();
            var count = random.Next(3, 12);
            for (ulong number = 1; number <= (ulong)count; number++)
            {
                ImmutableArray<ReplicaId> council;
                do
                {
                    council = [.. everyone.OrderBy(_ => random.Next()).Take(1 + (2 * random.Next(3)))];
                }
                while (!liarsMayRule && council.Count(liars.Contains) >= QuorumSet.Majority(council.Length));

                var before = number == 1 ? [] : _decided[^1].Statement.Council;
                var link = Link(number, council);
                _decided.Add(link);
                // All of the council before, or the honest of it alone.
                Signers[link] = new LayoutSigners(random.Next(5) == 0, [.. random.Next(2) == 0 ? before : before.Where(member => !liars.Contains(member))]);
                for (var some = 0; some < 3; some++)
                {
                    // The same with fewer signatures, and what a liar would like, with its own council; it has no signature but liars'.
                    var copy = Link(number, council, link.Statement.Hash);
                    _copies.Add(copy);
                    Signers[copy] = new LayoutSigners(false, [.. before.Where(_ => random.Next(2) == 0)]);
                    var lie = Link(number, [.. liars.Take(Layout.CouncilMax).DefaultIfEmpty(Id(9))]);
                    _lies.Add(lie);
                    Signers[lie] = new LayoutSigners(false, [.. liars.Where(_ => random.Next(4) > 0)]);
                }
            }
        }

        public Dictionary<LayoutLink, LayoutSigners> Signers { get; } = new(ReferenceEqualityComparer.Instance);

        public LayoutNumber Newest => _decided[^1].Number;

        public bool HasAuthority => _decided.Any(link => Signers[link].IsByAuthority);

        public bool IsDecided(LayoutStanding standing) =>
            standing.Number == LayoutNumber.None || _decided.Any(link => link.Number == standing.Number && link.Statement.Hash == standing.Hash);

        public LayoutStanding Start()
        {
            if (_random.Next(4) == 0)
            {
                return LayoutStanding.Nowhere;
            }

            var on = _decided[_random.Next(_decided.Count)].Statement;
            return new LayoutStanding(on.Number, on.Hash, on.Council);
        }

        public List<LayoutLink> SomeLinks() => [.. _decided.Concat(_copies).Concat(_lies).Where(_ => _random.Next(3) == 0).OrderBy(_ => _random.Next())];

        public List<LayoutLink> AllLinks() => _decided;

        private LayoutLink Link(ulong number, ImmutableArray<ReplicaId> council, Bytes32? hash = null) => new(
            new LayoutStatement(new ClusterId(new Bytes16(7, 7)), new LayoutNumber(number), hash ?? new Bytes32(TestBytes.Random(_random.Next(), 32)), council), []);
    }
}
