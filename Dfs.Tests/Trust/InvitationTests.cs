using Dfs.Core.Primitives;
using Dfs.Core.Trust;
using Dfs.Tests.Kit;

namespace Dfs.Tests.Trust;

public sealed class InvitationTests
{
    private static readonly DateTimeOffset Now = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly Bytes16 Id = new(TestBytes.From(1, 16));
    private static readonly ReplicaId Newcomer = TestCluster.Node(7);

    // docs/formats/trust.md, "Invitation".
    [Fact]
    public void Its_text_is_that_of_the_format_and_no_character_can_be_lost()
    {
        using var invitation = new Invitation(Id, TestBytes.From(0x40, 16), new Bytes32(TestBytes.From(0x80)), Now, "10.0.0.1:5051");
        var text = invitation.ToText();

        Assert.Equal("dfsjoin1:REZTSgEBAgMEBQYHCAkKCwwNDg8QQEFCQ0RFRkdISUpLTE1OT4CBgoOEhYaHiImKi4yNjo-QkZKTlJWWl5iZmpucnZ6fAAAAAHDb2IAADTEwLjAuMC4xOjUwNTGVMuum", text);
        Assert.True(Invitation.TryParse($" {text}\n", out var read));
        Assert.Equal((Id, invitation.Pin, Now, "10.0.0.1:5051"), (read.Id, read.Pin, read.Expires, read.Address));
        Assert.Equal(invitation.Prove([1, 2, 3]), read.Prove([1, 2, 3]));
        for (var at = 0; at < text.Length; at++)
        {
            Assert.False(Invitation.TryParse(text.Remove(at, 1), out _));
            Assert.False(Invitation.TryParse($"{text[..at]}{(text[at] == 'A' ? 'B' : 'A')}{text[(at + 1)..]}", out _));
        }
    }

    [Fact]
    public void A_proof_is_of_one_request_with_one_secret_of_one_invitation()
    {
        var proof = Invitation.Prove(TestBytes.From(0x40, 16), Id, [1, 2, 3]);

        Assert.Equal("3EE45BEE2597BDE8438C3546", Convert.ToHexString(proof)[..24]);
        Assert.NotEqual(proof, Invitation.Prove(TestBytes.From(0x40, 16), Id, [1, 2, 4]));
        Assert.NotEqual(proof, Invitation.Prove(TestBytes.From(0x41, 16), Id, [1, 2, 3]));
        Assert.NotEqual(proof, Invitation.Prove(TestBytes.From(0x40, 16), default, [1, 2, 3]));
    }

    [Fact]
    public void Nothing_prints_the_secret()
    {
        using var invitation = new Invitation(Id, TestBytes.From(0x40, 16), default, Now, "x:1");

        Assert.Equal($"Invitation (secret) {Id}", $"{invitation}");
    }

    [Fact]
    public void An_invitation_is_good_once_and_for_its_time_and_for_whom_it_is_meant()
    {
        var list = InvitationList.Empty.Add(new InvitationEntry(Id, Now.AddHours(1), default(ReplicaId?), default(ReplicaId?), "attic"), Now)!;

        Assert.Equal(JoinVerdict.Unknown, list.Use(default, Newcomer, false, Now).Verdict);
        Assert.Equal(JoinVerdict.Expired, list.Use(Id, Newcomer, false, Now.AddHours(1).AddSeconds(1)).Verdict);
        Assert.Equal(JoinVerdict.WrongNode, list.Use(Id, Newcomer, isKnown: true, Now).Verdict);
        Assert.Equal(JoinVerdict.Unknown, list.Withdraw(Id).Use(Id, Newcomer, false, Now).Verdict);
        var (used, verdict) = list.Use(Id, Newcomer, false, Now);
        Assert.Equal((JoinVerdict.Welcome, Newcomer), (verdict, used.Entries[0].UsedBy));
        Assert.Equal(JoinVerdict.Used, used.Use(Id, Newcomer, false, Now).Verdict);
        Assert.Equal(JoinVerdict.Used, InvitationList.Decode(used.Encode())!.Use(Id, TestCluster.Node(8), false, Now).Verdict);
    }

    [Fact]
    public void One_for_a_directory_that_is_known_is_good_for_that_one_only()
    {
        var list = InvitationList.Empty.Add(new InvitationEntry(Id, Now.AddHours(1), Newcomer, default(ReplicaId?), ""), Now)!;

        Assert.Equal(JoinVerdict.WrongNode, list.Use(Id, TestCluster.Node(8), false, Now).Verdict);
        Assert.Equal(JoinVerdict.Welcome, list.Use(Id, Newcomer, isKnown: true, Now).Verdict);
    }

    [Fact]
    public void A_full_list_forgets_what_is_over_and_never_what_is_good()
    {
        var list = InvitationList.Empty;
        for (var number = 0; number < InvitationList.EntriesMax; number++)
        {
            list = list.Add(new InvitationEntry(new Bytes16(0, (ulong)number), Now.AddHours(number == 0 ? -1 : 1), default(ReplicaId?), default(ReplicaId?), ""), Now)!;
        }

        Assert.InRange(list.Encode().Length, 1, InvitationList.BytesMax);
        list = list.Add(new InvitationEntry(Id, Now.AddHours(1), default(ReplicaId?), default(ReplicaId?), ""), Now)!;
        Assert.Null(list.Add(new InvitationEntry(default, Now.AddHours(1), default(ReplicaId?), default(ReplicaId?), ""), Now));
        Assert.Equal(JoinVerdict.Welcome, list.Use(Id, Newcomer, false, Now).Verdict);
    }

    [Fact]
    public void A_list_and_a_request_say_a_role_in_version_2_and_are_version_1_without()
    {
        var entry = new InvitationEntry(Id, Now.AddHours(1), default(ReplicaId?), default(ReplicaId?), "");
        var request = new JoinRequest(Newcomer, "10.0.0.7", new ByteString([1, 2, 3]));
        var list = InvitationList.Empty.Add(entry, Now)!;
        var low = list.Add(entry with { Id = new Bytes16(5, 5), Role = NodeRole.Storage }, Now)!;

        Assert.Equal("DFSL\x01"u8, list.Encode().AsSpan(0, 5));
        Assert.Equal("DFSL\x02"u8, low.Encode().AsSpan(0, 5));
        Assert.Equal([NodeRole.Gateway, NodeRole.Storage], InvitationList.Decode(low.Encode())!.Entries.Select(one => one.Role));
        Assert.Equal("DFSN\x01"u8, request.Encode().AsSpan(0, 5));
        Assert.Equal("DFSN\x02"u8, (request with { Role = NodeRole.Storage }).Encode().AsSpan(0, 5));
        Assert.True(JoinRequest.TryDecode((request with { Role = NodeRole.Storage }).Encode(), out var read));
        Assert.Equal(NodeRole.Storage, read.Role);
    }

    [Fact]
    public void A_damaged_list_and_a_malformed_request_are_refused()
    {
        var bytes = InvitationList.Empty.Add(new InvitationEntry(Id, Now, default(ReplicaId?), Newcomer, "note"), Now)!.Encode();
        var request = new JoinRequest(Newcomer, "10.0.0.7", new ByteString([1, 2, 3]));
        Assert.Equal(request, JoinRequest.TryDecode(request.Encode(), out var read) ? read : null);
        Assert.False(JoinRequest.TryDecode((request with { Address = "not a host/" }).Encode(), out _));
        Assert.True(JoinRequest.TryDecode((request with { Address = "b\u00fccher.example" }).Encode(), out _));
        Assert.False(JoinRequest.TryDecode((request with { Address = "a\u05d0.example" }).Encode(), out _));
        for (var at = 0; at < bytes.Length; at++)
        {
            var changed = bytes.ToArray();
            changed[at] ^= 1;
            Assert.Null(InvitationList.Decode(changed));
            Assert.Null(InvitationList.Decode(bytes.AsSpan(0, at)));
        }
    }
}
