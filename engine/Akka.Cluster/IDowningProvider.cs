using Akka.Actor;

namespace Akka.Cluster;

/// <summary>Decides when unreachable members are downed; named by <c>akka.cluster.downing-provider-class</c>.</summary>
/// <remarks>Created by reflection with the constructor (ActorSystem, Cluster).</remarks>
public interface IDowningProvider
{
    /// <summary>The actor that decides, started with the cluster; null for none.</summary>
    Props? DowningActorProps { get; }
}

/// <summary>Nobody is downed but by hand.</summary>
public sealed class NoDowning : IDowningProvider
{
    public NoDowning(ActorSystem system, Cluster cluster)
    {
    }

    public Props? DowningActorProps => null;
}
