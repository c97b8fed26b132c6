using Akka.Configuration;

namespace Akka.Actor;

/// <summary>Where actors may be placed.</summary>
public abstract class Scope : IEquatable<Scope>
{
    public static readonly LocalScope Local = LocalScope.Instance;

    public virtual bool Equals(Scope other) => other is not null && GetType() == other.GetType();

    public override bool Equals(object obj) => Equals(obj as Scope);

    public override int GetHashCode() => GetType().GetHashCode();
}

/// <summary>In this process.</summary>
public class LocalScope : Scope
{
    private LocalScope()
    {
    }

    public static LocalScope Instance { get; } = new();
}

/// <summary>The part of <see cref="Props"/> that the configuration may override: dispatcher, mailbox, stash, place.</summary>
public class Deploy : IEquatable<Deploy>
{
    public const int NoStashSize = -1;
    public static readonly string NoDispatcherGiven = string.Empty;
    public static readonly string NoMailboxGiven = string.Empty;
    public static readonly Scope NoScopeGiven;
    public static readonly Deploy Local = new(Akka.Actor.Scope.Local);
    public static readonly Deploy None;

    public Deploy(Scope scope) : this(string.Empty, scope)
    {
    }

    public Deploy(string path, Scope scope)
        : this(path, ConfigurationFactory.Empty, scope, NoDispatcherGiven, NoMailboxGiven, NoStashSize)
    {
    }

    internal Deploy(string path, Config config, Scope scope, string dispatcher, string mailbox, int stashCapacity)
    {
        Path = path;
        Config = config;
        Scope = scope;
        Dispatcher = dispatcher;
        Mailbox = mailbox;
        StashCapacity = stashCapacity;
    }

    public string Path { get; }

    public Config Config { get; }

    public Scope Scope { get; }

    public string Dispatcher { get; }

    public string Mailbox { get; }

    public int StashCapacity { get; }

    public virtual Deploy WithDispatcher(string dispatcher) =>
        new(Path, Config, Scope, dispatcher, Mailbox, StashCapacity);

    public virtual Deploy WithMailbox(string mailbox) => new(Path, Config, Scope, Dispatcher, mailbox, StashCapacity);

    public virtual Deploy WithFallback(Deploy other) => new(
        Path,
        Config,
        Scope ?? other.Scope,
        Dispatcher == NoDispatcherGiven ? other.Dispatcher : Dispatcher,
        Mailbox == NoMailboxGiven ? other.Mailbox : Mailbox,
        StashCapacity == NoStashSize ? other.StashCapacity : StashCapacity);

    public bool Equals(Deploy other) =>
        other is not null && Path == other.Path && Dispatcher == other.Dispatcher && Mailbox == other.Mailbox
        && StashCapacity == other.StashCapacity && Equals(Scope, other.Scope);

    public override bool Equals(object obj) => Equals(obj as Deploy);

    public override int GetHashCode() => HashCode.Combine(Path, Dispatcher, Mailbox);
}

/// <summary>Reads akka.actor.deployment: overrides for single paths below /user, by exact path.</summary>
public class Deployer
{
    private readonly Dictionary<string, Deploy> _byPath = [];

    public Deployer(Settings settings)
    {
        foreach (var (path, _) in settings.Config.GetConfig("akka.actor.deployment").AsEnumerable())
        {
            if (path.StartsWith('/'))
            {
                var config = settings.Config.GetConfig($"akka.actor.deployment.\"{path}\"");
                _byPath[path] = new Deploy(
                    path,
                    config,
                    Deploy.NoScopeGiven,
                    config.GetString("dispatcher", Deploy.NoDispatcherGiven),
                    config.GetString("mailbox", Deploy.NoMailboxGiven),
                    config.GetInt("stash-capacity", Deploy.NoStashSize));
            }
        }
    }

    /// <returns>None (null) without an override; paths outside of /user have none.</returns>
    public Deploy Lookup(ActorPath path) =>
        _byPath.Count > 0 && path.Elements is { Count: > 1 } elements && elements[0] == "user"
            ? _byPath.GetValueOrDefault("/" + string.Join('/', elements.Skip(1)), Deploy.None)
            : Deploy.None;
}
