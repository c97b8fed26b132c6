using Dfs.Core.Primitives;

namespace Dfs.Actors.Transfer;

/// <summary>Decides which requests a node's peer endpoint answers; asked once for each, before its body is read.</summary>
/// <remarks>Called from many threads; must answer from memory.</remarks>
public interface IPeerGate
{
    PeerVerdict Judge(PeerCall call);
}

/// <summary>The gate's answer.</summary>
public abstract record PeerVerdict
{
    private PeerVerdict() { }

    public sealed record Welcome : PeerVerdict
    {
        public static readonly Welcome Instance = new();
    }

    /// <summary>The sender has to learn of this layout first.</summary>
    public sealed record StaleLayout(LayoutNumber Current) : PeerVerdict;

    /// <param name="Refusal">
    /// <see cref="PeerRefusal.WrongCluster"/>, <see cref="PeerRefusal.WrongReplica"/>,
    /// <see cref="PeerRefusal.UnknownSender"/>, <see cref="PeerRefusal.Behind"/> or <see cref="PeerRefusal.Busy"/>.
    /// </param>
    public sealed record Refused(PeerRefusal Refusal) : PeerVerdict;
}
