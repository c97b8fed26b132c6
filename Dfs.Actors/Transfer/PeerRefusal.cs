namespace Dfs.Actors.Transfer;

/// <summary>Why a peer said no; travels as a status and, by this name, in the header <c>Dfs-Refusal</c>.</summary>
public enum PeerRefusal
{
    /// <summary>A request that cannot be understood, or a refusal that this version does not know.</summary>
    Malformed,
    WrongCluster,
    WrongReplica,
    UnknownSender,

    /// <summary>The sender's certificate is of a node that only stores, and this is a gateway's to ask.</summary>
    WrongRole,

    /// <summary>The reserve is reached; another node must take the chunk.</summary>
    DiskFull,

    /// <summary>The peer's disk failed; it reads but does not write until it is started again.</summary>
    ReadOnly,

    /// <summary>Not now: no memory for the body, or the node is not serving yet.</summary>
    Busy,

    /// <summary>It does not know the sender's layout yet, and asks for it; the same request works in a moment.</summary>
    Behind,
    TooLarge,

    /// <summary>The body came too slowly, or not at all.</summary>
    TooSlow,
}
