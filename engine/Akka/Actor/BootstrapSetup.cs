using Akka.Configuration;
using Akka.Util;

namespace Akka.Actor;

/// <summary>Which references a system gives out: of this process only, across processes, or as a member of a cluster.</summary>
public abstract class ProviderSelection
{
    private ProviderSelection(string identifier, string typeName, bool hasCluster)
    {
        Identifier = identifier;
        TypeName = typeName;
        HasCluster = hasCluster;
    }

    internal string Identifier { get; }

    internal string TypeName { get; }

    internal bool HasCluster { get; }

    internal static ProviderSelection For(string name) => name switch
    {
        "local" => Local.Instance,
        "remote" => Remote.Instance,
        "cluster" => Cluster.Instance,
        _ => new Custom(name),
    };

    public sealed class Local : ProviderSelection
    {
        public static readonly Local Instance = new();

        private Local() : base("local", "Akka.Actor.LocalActorRefProvider", false)
        {
        }
    }

    public sealed class Remote : ProviderSelection
    {
        public static readonly Remote Instance = new();

        private Remote() : base("remote", "Akka.Remote.RemoteActorRefProvider, Akka.Remote", false)
        {
        }
    }

    public sealed class Cluster : ProviderSelection
    {
        public static readonly Cluster Instance = new();

        private Cluster() : base("cluster", "Akka.Cluster.ClusterActorRefProvider, Akka.Cluster", true)
        {
        }
    }

    public sealed class Custom(string fqn, string identifier = null, bool hasCluster = false)
        : ProviderSelection(identifier ?? fqn, fqn, hasCluster);
}

/// <summary>Configuration and provider of a new system.</summary>
public sealed class BootstrapSetup : Setup.Setup
{
    private BootstrapSetup(Option<Config> config, Option<ProviderSelection> provider)
    {
        Config = config;
        ActorRefProvider = provider;
    }

    public Option<Config> Config { get; }

    public Option<ProviderSelection> ActorRefProvider { get; }

    public static BootstrapSetup Create() => new(Option<Config>.None, Option<ProviderSelection>.None);

    public BootstrapSetup WithConfig(Config config) => new(config, ActorRefProvider);
}
