using Dfs.Core.Trust;

namespace Dfs.Tests.Trust;

public sealed class TrustRuleTests : IDisposable
{
    private static readonly DateTimeOffset Begin = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero), End = Begin.AddDays(90);

    private readonly TestCluster _cluster = new();

    public void Dispose() => _cluster.Dispose();

    [Fact]
    public void A_certificate_is_judged_by_who_vouches_for_it_and_for_whom_and_when()
    {
        var cluster = _cluster.Authority.Cluster;
        var rule = new TrustRule(cluster);
        var good = new CertificateFacts(true, new NodeIdentity(cluster, TestCluster.Node(1), NodeRole.Gateway), Begin, End);
        var (none, now) = (Revocations.Empty, Begin.AddDays(1));

        Assert.Equal(TrustVerdict.Welcome, rule.Judge(good, none, null, now));
        Assert.Equal(TrustVerdict.Welcome, rule.Judge(good, none, TestCluster.Node(1), now));
        Assert.Equal(TrustVerdict.WrongNode, rule.Judge(good, none, TestCluster.Node(2), now));
        Assert.Equal(TrustVerdict.Foreign, rule.Judge(good with { IsVouchedFor = false }, none, null, now));
        Assert.Equal(TrustVerdict.OtherCluster, rule.Judge(good with { Identity = good.Identity! with { Cluster = default } }, none, null, now));
        Assert.Equal(TrustVerdict.OtherCluster, rule.Judge(good with { Identity = null }, none, null, now));
        Assert.Equal(TrustVerdict.Revoked, rule.Judge(good, _cluster.Expelled(1), null, now));
        Assert.Equal(TrustVerdict.Welcome, rule.Judge(good, _cluster.Expelled(2), null, now));
        // An organisation's certificates need not name a node.
        Assert.Equal(TrustVerdict.Welcome, new TrustRule(null).Judge(good with { Identity = null }, none, TestCluster.Node(1), now));
    }

    [Theory]
    [InlineData(-6, TrustVerdict.NotYetValid)]
    [InlineData(-4, TrustVerdict.Welcome)]
    public void Clocks_may_differ_by_five_minutes(int minutes, TrustVerdict expected)
    {
        var facts = new CertificateFacts(true, null, Begin, End);
        var rule = new TrustRule(null);

        Assert.Equal(expected, rule.Judge(facts, Revocations.Empty, null, Begin.AddMinutes(minutes)));
        Assert.Equal(
            expected == TrustVerdict.NotYetValid ? TrustVerdict.Expired : TrustVerdict.Welcome,
            rule.Judge(facts, Revocations.Empty, null, End.AddMinutes(-minutes)));
    }

    [Fact]
    public void A_certificate_is_renewed_when_a_third_of_its_time_is_left()
    {
        Assert.False(TrustRule.IsRenewalDue(Begin, End, Begin.AddDays(59.9)));
        Assert.True(TrustRule.IsRenewalDue(Begin, End, Begin.AddDays(60)));
    }

    [Theory]
    [InlineData("dfs://00000000000000000000000000000007/node/00000000000000000000000000000001?role=gateway", true)]
    [InlineData("dfs://00000000000000000000000000000007/node/00000000000000000000000000000001?role=storage", true)]
    [InlineData("dfs://00000000000000000000000000000007/node/00000000000000000000000000000001?role=owner", false)]
    [InlineData("dfs://00000000000000000000000000000007/node/00000000000000000000000000000001", false)]
    [InlineData("dfs://0000000000000000000000000000000A/node/00000000000000000000000000000001?role=storage", false)]
    [InlineData("dfs://00000000000000000000000000000007/node/00000000000000000000000000000001?role=storage&role=gateway", false)]
    [InlineData("", false)]
    public void A_node_is_named_in_one_form_only(string uri, bool isOne)
    {
        Assert.Equal(isOne, NodeIdentity.TryParse(uri, out var identity));
        Assert.Equal(isOne ? uri : null, identity?.ToString());
    }

    [Theory, Kit.Seeds(50)]
    public void Names_that_nobody_made_are_refused_and_break_nothing(int seed)
    {
        var random = new Random(seed);
        using var certificate = _cluster.Certificate(1);
        var names = certificate.Own.Extensions.First(extension => extension.Oid!.Value == "2.5.29.17").RawData;
        Assert.Equal(certificate.Identity, NodeIdentity.OfNames(names));
        for (var round = 0; round < 100; round++)
        {
            var changed = names.ToArray();
            changed[random.Next(changed.Length)] ^= (byte)(1 << random.Next(8));

            var read = NodeIdentity.OfNames(changed.AsMemory(0, random.Next(2) == 0 ? changed.Length : random.Next(changed.Length)));

            Assert.True(read is null || NodeIdentity.TryParse(read.ToString(), out _));
        }
    }

    [Fact]
    public void A_list_of_the_expelled_is_believed_only_as_the_authority_signed_it()
    {
        var list = Assert.Single(_cluster.Expelled(3, 1).Lists);
        using var authority = AuthorityKey(_cluster);
        using var other = new TestCluster();
        using var otherKey = AuthorityKey(other);
        Assert.Equal(2u, list.Number);
        byte[] expected = [.. "DFSX\x01"u8, .. _cluster.Authority.Cluster.ToArray(), 0, 0, 0, 0, 0, 0, 0, 2, 0, 2, .. TestCluster.Node(1).ToArray(), .. TestCluster.Node(3).ToArray()];
        Assert.Equal(expected, list.Encoded[..^64].ToArray());

        Assert.True(RevocationList.TryDecode(list.Encoded, _cluster.Authority.Cluster, authority, out var read));
        Assert.True(read.Contains(TestCluster.Node(1)) && read.Contains(TestCluster.Node(3)) && !read.Contains(TestCluster.Node(2)));
        Assert.False(RevocationList.TryDecode(list.Encoded, _cluster.Authority.Cluster, otherKey, out _));
        Assert.False(RevocationList.TryDecode(list.Encoded, other.Authority.Cluster, authority, out _));
        for (var at = 0; at < list.Encoded.Length; at++)
        {
            var changed = list.Encoded.ToArray();
            changed[at] ^= 1;
            Assert.False(RevocationList.TryDecode(changed, _cluster.Authority.Cluster, authority, out _));
        }
    }

    // Property: whatever lists arrive, in whatever order and however often, everybody is out whom one of them names; and what is written is read.
    [Theory, Kit.Seeds(50)]
    public void Lists_are_in_force_together_in_any_order(int seed)
    {
        var random = new Random(seed);
        using var authority = AuthorityKey(_cluster);
        var lists = new List<RevocationList>();
        for (var made = 0; made < Revocations.ListsMax; made++)
        {
            // Its maker has heard of some of the others.
            var known = lists.Where(_ => random.Next(3) == 0).Aggregate(Revocations.Empty, (sum, list) => sum.Add(list));
            lists.Add(_cluster.Authority.Revoke(known, TestCluster.Node(random.Next(20))));
        }

        var told = lists.Concat(lists).OrderBy(_ => random.Next()).ToList();
        var all = told.Aggregate(Revocations.Empty, (sum, list) => sum.Add(list));

        Assert.Equal(lists.SelectMany(list => list.Nodes).ToHashSet(), all.Nodes.ToHashSet());
        Assert.All(all.Lists, one => Assert.DoesNotContain(all.Lists, other => other != one && one.Nodes.IsSubsetOf(other.Nodes)));
        Assert.True(Revocations.TryDecode(all.Encode(), _cluster.Authority.Cluster, authority, out var read));
        Assert.Equal(all.Encode(), read.Encode());
        Assert.Equal(all.Nodes, Assert.Single(all.Add(_cluster.Authority.Revoke(all)).Lists).Nodes);
        Assert.False(Revocations.TryDecode(all.Encode().AsMemory(0, random.Next(all.Encode().Length)), _cluster.Authority.Cluster, authority, out var part)
            && part.Nodes.SetEquals(all.Nodes));
    }

    [Fact]
    public void More_lists_than_are_kept_apart_are_not_taken_before_they_are_one()
    {
        var eight = Enumerable.Range(1, Revocations.ListsMax).Aggregate(Revocations.Empty, (sum, node) => sum.Add(_cluster.Authority.Revoke(Revocations.Empty, TestCluster.Node(node))));
        var ninth = _cluster.Authority.Revoke(Revocations.Empty, TestCluster.Node(9));

        Assert.Same(eight, eight.Add(ninth));
        Assert.True(eight.Add(_cluster.Authority.Revoke(eight)).Add(ninth).Contains(TestCluster.Node(9)));
    }

    private static System.Security.Cryptography.ECDsa AuthorityKey(TestCluster cluster)
    {
        using var certificate = System.Security.Cryptography.X509Certificates.X509CertificateLoader.LoadCertificate(cluster.Authority.Certificate);
        return System.Security.Cryptography.X509Certificates.ECDsaCertificateExtensions.GetECDsaPublicKey(certificate)!;
    }
}
