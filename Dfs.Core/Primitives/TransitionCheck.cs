namespace Dfs.Core.Primitives;

/// <summary>Decides whether a replica may accept a value for a register, before it does.</summary>
/// <param name="accepted">
/// What the replica accepted last; null when nothing. It is not known to be chosen: with CASPaxos a replica that
/// alone accepted a value must take another one, built without it, at a higher ballot. So a check may compare what
/// never changes over a register's life, and must not refuse by order.
/// </param>
/// <returns>Null when the value may be accepted.</returns>
public delegate TransitionRefusal? TransitionCheck(
    RegisterId register, ReadOnlyMemory<byte>? accepted, ReadOnlyMemory<byte> proposed);

/// <summary>Why a value may not be accepted; permanent, the same value will not pass later.</summary>
/// <param name="Code">One word for counters and answers: "signature", "owner".</param>
/// <param name="Reason">A sentence for the log.</param>
public sealed record TransitionRefusal(string Code, string Reason);
