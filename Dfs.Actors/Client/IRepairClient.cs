namespace Dfs.Actors.Client;

/// <summary>Holding up or hurrying the repair of the whole cluster, by hand.</summary>
public interface IRepairClient
{
    /// <returns>Done when it is durable here; it reaches the other nodes with greetings.</returns>
    LayoutResult Run(RepairCommand command);
}

/// <summary>The commands of <see cref="IRepairClient"/>.</summary>
public enum RepairCommand
{
    /// <summary>No chunk is copied to restore or to move copies until <see cref="Resume"/>, over restarts too. Heads and damaged chunks are repaired all the same.</summary>
    Pause,

    Resume,

    /// <summary>Every node compares what it has with the others, without waiting until it would. Ends a pause.</summary>
    Now,
}
