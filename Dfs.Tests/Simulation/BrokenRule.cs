namespace Dfs.Tests.Simulation;

/// <summary>A rule that the simulated shell breaks on purpose, to see the checker find it.</summary>
public enum BrokenRule
{
    None,

    /// <summary>H2: "accept if empty" without a promise.</summary>
    AcceptsIfEmpty,

    /// <summary>L4: a joint layout needs majorities of both lists. Here the newer one's is enough.</summary>
    SingleMajorityWhileJoint,

    /// <summary>L4: the new layout follows before anyone has pulled.</summary>
    FinishesWithoutPull,

    /// <summary>H6: who leaves a partition keeps its rows, and has them still when it returns.</summary>
    KeepsRowsOnLeaving,

    /// <summary>Who leaves a partition erases its rows when the layout says so, whatever its replicas have.</summary>
    ErasesOnOthersWord,

    /// <summary>H6: a partition is given back to a replica that has not heard that it had left it.</summary>
    GivesToWhoDoesNotKnow,

    /// <summary>R1: an emptied disk votes under its old id.</summary>
    VotesAfterLoss,

    /// <summary>R2: the answer goes out before the sync.</summary>
    AnswersBeforeDurable,

    /// <summary>R2: promises are not written.</summary>
    PromisesInMemoryOnly,

    /// <summary>H3: one replica's accepted value answers a read.</summary>
    ReadsFromOne,

    /// <summary>H6: a tombstone is dropped when a majority has it.</summary>
    DropsTombstoneAtMajority,

    /// <summary>H6: a dropped tombstone leaves no counter behind.</summary>
    ForgetsCounters,

    /// <summary>G3, G4: a chunk that nothing refers to is deleted although an upload has pinned it.</summary>
    CollectsWithoutPin,

    /// <summary>G3: heads are accepted whose chunks were pinned two epochs ago.</summary>
    AcceptsOldEpochs,

    /// <summary>G2: what one replica has accepted is taken for all that is alive.</summary>
    MarksWhatOneReplicaHas,

    /// <summary>G: a copy that its node no longer owns goes before those who do have said that they have it.</summary>
    DeletesStraysUnasked,

    /// <summary>A listing counts rows of replicas that did not answer it, as they were before.</summary>
    ListsWhatItHas,

    /// <summary>A listing takes what a replica has accepted, where replicas differ, for what was chosen before.</summary>
    ListsWhatIsAccepted,

    /// <summary>Who takes itself for the first changes the layout without asking the council.</summary>
    DecidesAlone,

    /// <summary>A change of the layout gives its members other slots, so that what they hold counts for nothing.</summary>
    ForgetsSlots,

    /// <summary>A row of which a crash wrote a part is taken for whole.</summary>
    TakesTornRows,

    /// <summary>H4: after a lost answer the change is simply made again.</summary>
    RepeatsLostOperations,
}
