using System.Collections.Immutable;
using Dfs.Core.Placement;
using Dfs.Core.Primitives;
using Dfs.Core.Repair;
using Dfs.Tests.Kit;
using Dfs.Tests.Placement;

namespace Dfs.Tests.Repair;

/// <summary>The ledgers of a change's new members, and what a keeper concludes from the reports that reach it.</summary>
public sealed class JointReportsTests
{
    // Property: whatever is lost, doubled, late or about another layout, the keeper never says yes before the rule (L4)
    // does over what was really pulled, and says yes once everyone is done and was heard.
    [Theory, Seeds(20)]
    public void The_change_is_finished_neither_too_early_nor_never(int seed)
    {
        var random = new Random(seed);
        var joint = Members.First(random.Next(3, 7)).ReplaceStart(Members.Id(2), Members.Member(9, "zone2"));
        var gone = Members.Id(2);
        var ledgers = joint.Members.ToDictionary(member => member.Id, member => SyncLedger.Start(joint, member.Id));
        var reports = JointReports.Start(joint);
        var late = new List<SyncReport>();

        for (var step = 0; ledgers.Values.Any(ledger => !ledger.IsComplete); step++)
        {
            var by = joint.Members[random.Next(joint.Members.Length)].Id;
            ledgers[by] = Work(ledgers[by], random, gone);
            late.Add(ReportOf(ledgers[by]));
            while (late.Count > 0 && random.Next(2) == 0)
            {
                var report = late[random.Next(late.Count)];
                reports = reports.Add(random.Next(4) == 0 ? report with { Number = joint.Number.Next } : report);
            }

            Assert.True(!reports.MayFinish || MayFinish(joint, ledgers), $"step {step}");
        }

        reports = ledgers.Values.Aggregate(reports, (sum, ledger) => sum.Add(ReportOf(ledger)));
        Assert.True(reports.MayFinish);
    }

    [Fact]
    public void Where_nothing_moves_nothing_is_pulled()
    {
        var single = Members.First(5);
        var joint = single.ReplaceStart(Members.Id(2), Members.Member(9, "zone2"));
        var moving = PartitionId.All.Count(partition => single.ReplicasOf(partition).Contains(Members.Id(2)));

        Assert.Equal(moving, SyncLedger.Start(joint, Members.Id(9)).LeftCount);
        Assert.True(SyncLedger.Start(joint, Members.Id(2)).IsComplete);
        Assert.Equal(moving, JointReports.Start(joint).Progress.OpenCount);
    }

    [Fact]
    public void A_partition_is_in_one_place_until_it_is_done()
    {
        var joint = Members.First(3).ReplaceStart(Members.Id(3), Members.Member(9, "zone3"));
        var (ledger, taken) = SyncLedger.Start(joint, Members.Id(9)).TakeNext(_ => 2);
        var partition = Assert.NotNull(taken);

        ledger = ledger.Close(partition, [Members.Id(1)], hasChunks: true);
        Assert.Equal((PartitionId.Count, 1), (ledger.LeftCount, ledger.RowsShort(partition)));
        Assert.Equal([Members.Id(2), Members.Id(3)], ledger.RowSources(partition).Order());

        (ledger, taken) = ledger.NextRound().TakeNext(_ => 2);
        Assert.Equal(partition, taken);
        ledger = ledger.Close(partition, [Members.Id(2)], hasChunks: false);
        Assert.Equal(PartitionId.Count - 1, ledger.LeftCount);
    }

    // A few partitions further; each pull may fail, and the lost replica never answers.
    private static SyncLedger Work(SyncLedger ledger, Random random, ReplicaId gone)
    {
        for (var count = random.Next(200); count > 0; count--)
        {
            (ledger, var taken) = ledger.TakeNext(_ => 2);
            if (taken is not { } partition)
            {
                return ledger.RoundHasEnded ? ledger.NextRound() : ledger;
            }

            var from = ledger.RowSources(partition).Where(source => source != gone && random.Next(4) > 0).ToList();
            ledger = ledger.Close(partition, from.Take(ledger.RowsShort(partition)), random.Next(4) > 0);
        }

        return ledger;
    }

    private static SyncReport ReportOf(SyncLedger ledger) =>
        new(ledger.Self, ledger.Layout.Number, ledger.Pulled, ledger.Chunks);

    private static bool MayFinish(Layout joint, Dictionary<ReplicaId, SyncLedger> ledgers) => PartitionId.All.All(partition =>
    {
        var (old, next) = (joint.OldReplicasOf(partition), joint.NextReplicasOf(partition));
        var rows = next.Count(by => old.Count(from => from == by
            || (ledgers[by].Pulled.TryGetValue(from, out var pulled) && pulled.Contains(partition))) > old.Length / 2);
        var chunks = joint.NextChunkReplicasOf(partition).Count(by => ledgers[by].Chunks.Contains(partition));
        var stays = !joint.MovesHeads(partition);
        return stays || (rows > next.Length / 2 && chunks > next.Length / 2);
    });
}
