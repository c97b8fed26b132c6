using Akka.Configuration;
using Akka.Util;

namespace Akka.Actor;

/// <summary>Which references a system gives out: of this process only, across processes, or as a member of a cluster.</summary>
public abstract class ProviderSelection
{
    private ProviderSelection(string typeName) => TypeName = typeName;

    internal string TypeName { get; }

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

        private Local() : base("Akka.Actor.LocalActorRefProvider")
        {
        }
    }

    public sealed class Remote : ProviderSelection
    {
        public static readonly Remote Instance = new();

        private Remote() : base("Akka.Remote.RemoteActorRefProvider, Akka.Remote")
        {
        }
    }

    public sealed class Cluster : ProviderSelection
    {
        public static readonly Cluster Instance = new();

        private Cluster() : base("Akka.Cluster.ClusterActorRefProvider, Akka.Cluster")
        {
        }
    }

    public sealed class Custom : ProviderSelection
    {
        internal Custom(string typeName) : base(typeName)
        {
        }
    }
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
