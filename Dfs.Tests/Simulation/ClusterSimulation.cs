using Dfs.Tests.Kit;

namespace Dfs.Tests.Simulation;

/// <summary>The catalog's cores as a cluster in one thread: every history is linearizable, and all comes to rest.</summary>
public class ClusterSimulation
{
    [Theory, Seeds(200)]
    public void Every_history_can_be_explained(int seed)
    {
        var story = ClusterRun.Fails(seed);

        Assert.True(story is null, story);
    }

    [Fact]
    public void Garbage_is_collected_meanwhile()
    {
        var collections = Enumerable.Range(0, 40).Sum(ClusterRun.Collections);

        Assert.True(collections > 100, $"{collections} collections came to their end in 40 runs");
    }

    [Fact]
    public void What_fails_fails_again_with_the_same_story()
    {
        var seed = Enumerable.Range(0, 300).First(each => ClusterRun.Fails(each, BrokenRule.CollectsWithoutPin) is not null);

        Assert.Equal(ClusterRun.Fails(seed, BrokenRule.CollectsWithoutPin), ClusterRun.Fails(seed, BrokenRule.CollectsWithoutPin));
    }

    /// <summary>A checker that finds nothing proves nothing: each rule, broken, must show within some seeds.</summary>
    [Theory]
    [InlineData(BrokenRule.AcceptsIfEmpty, 300)]
    [InlineData(BrokenRule.SingleMajorityWhileJoint, 300)]
    [InlineData(BrokenRule.FinishesWithoutPull, 300)]
    [InlineData(BrokenRule.KeepsRowsOnLeaving, 3000)]
    [InlineData(BrokenRule.GivesToWhoDoesNotKnow, 3000)]
    [InlineData(BrokenRule.VotesAfterLoss, 300)]
    [InlineData(BrokenRule.AnswersBeforeDurable, 3000)]
    [InlineData(BrokenRule.PromisesInMemoryOnly, 3000)]
    [InlineData(BrokenRule.ReadsFromOne, 300)]
    [InlineData(BrokenRule.DropsTombstoneAtMajority, 300)]
    [InlineData(BrokenRule.ForgetsCounters, 300)]
    [InlineData(BrokenRule.CollectsWithoutPin, 300)]
    [InlineData(BrokenRule.AcceptsOldEpochs, 300)]
    [InlineData(BrokenRule.MarksWhatOneReplicaHas, 300)]
    [InlineData(BrokenRule.RepeatsLostOperations, 300)]
    [InlineData(BrokenRule.DeletesStraysUnasked, 300)]
    [InlineData(BrokenRule.ListsWhatItHas, 300)]
    [InlineData(BrokenRule.ListsWhatIsAccepted, 300)]
    [InlineData(BrokenRule.DecidesAlone, 300)]
    [InlineData(BrokenRule.ForgetsSlots, 300)]
    [InlineData(BrokenRule.TakesTornRows, 3000)]
    public void A_broken_rule_is_found(BrokenRule broken, int seedsMax) =>
        Assert.Contains(Enumerable.Range(0, seedsMax), seed => ClusterRun.Fails(seed, broken) is not null);
}
