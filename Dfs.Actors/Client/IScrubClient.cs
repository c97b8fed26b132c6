namespace Dfs.Actors.Client;

/// <summary>Reading a node's whole store for damage, by hand.</summary>
public interface IScrubClient
{
    ScrubStatus Status { get; }

    /// <summary>Begins a run now, as fast as the disk allows; one that is under way goes on so.</summary>
    void Begin();

    /// <summary>Stops where it is, over restarts too, until <see cref="Resume"/>.</summary>
    void Pause();

    void Resume();
}

/// <summary>How far a node's store has been read through.</summary>
/// <param name="State">idle, running, paused.</param>
/// <param name="Done">Of the open run, 0 to 1; 1 when none is open.</param>
/// <param name="LastEndedAt">Null: no run was ever completed.</param>
/// <param name="Chunks">Read in this run, or in the last one.</param>
/// <param name="Damaged">Of them; each was moved aside and is pulled from another node.</param>
/// <param name="Healed">Of the damaged ones found since the node was started, those that are whole again.</param>
public sealed record ScrubStatus(
    string State, double Done, DateTimeOffset? LastEndedAt, long Chunks, long Bytes, long Damaged, long Healed)
{
    public static readonly ScrubStatus None = new("idle", 1, null, 0, 0, 0, 0);
}
