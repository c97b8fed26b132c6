using Akka.Actor;

namespace Akka.Cluster.SBR;

/// <summary>The default: downs by the strategy that <see cref="SplitBrainResolverSettings"/> names.</summary>
public class SplitBrainResolverProvider : IDowningProvider
{
    private readonly Cluster _cluster;
    private readonly SplitBrainResolverSettings _settings;

    public SplitBrainResolverProvider(ActorSystem system, Cluster cluster) =>
        (_cluster, _settings) = (cluster, new SplitBrainResolverSettings(system.Settings.Config));

    public Props DowningActorProps => SplitBrainResolver.Props(_cluster, _settings);
}
