using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Configuration;
using Akka.Util;

namespace Akka.Dispatch;

/// <summary>Chooses the mailbox of an actor from its props, its dispatcher, what it requires, and the default, in this order.</summary>
public class Mailboxes
{
    public static readonly string DefaultMailboxId = "akka.actor.default-mailbox";

    private readonly ActorSystem _system;
    private readonly ConcurrentDictionary<string, MailboxType> _byId = new();
    private readonly ConcurrentDictionary<Type, Type> _requirements = new();
    private readonly Dictionary<Type, string> _idByQueueType;

    public Mailboxes(ActorSystem system)
    {
        _system = system;
        DeadLetterMailbox = new DeadLetterMailbox(system.DeadLetters);
        _idByQueueType = system.Settings.Config.GetConfig("akka.actor.mailbox.requirements").AsEnumerable()
            .ToDictionary(
                entry => TypeNames.Require(entry.Key, "akka.actor.mailbox.requirements"),
                entry => entry.Value.GetString());
    }

    public DeadLetterMailbox DeadLetterMailbox { get; }

    /// <returns>The T of IRequiresMessageQueue; null when the actor requires nothing.</returns>
    public Type GetRequiredType(Type actorType) => _requirements.GetOrAdd(actorType, static type =>
        type.GetInterfaces().FirstOrDefault(IsRequirement)?.GetGenericArguments()[0] ?? typeof(void)) is var required
        && required == typeof(void) ? null : required;

    public MailboxType LookupByQueueType(Type queueType) =>
        _idByQueueType.TryGetValue(queueType, out var id)
            ? Lookup(id)
            : throw new ConfigurationException($"Mailbox Mapping for [{queueType}] not configured");

    public MailboxType Lookup(string id) => _byId.GetOrAdd(id, Create);

    /// <exception cref="ArgumentException">The mailbox that was asked for does not do what the actor requires.</exception>
    public MailboxType GetMailboxType(Props props, Config dispatcherConfig)
    {
        var required = GetRequiredType(props.Type);
        var type = Choose(props, dispatcherConfig ?? ConfigurationFactory.Empty, required);
        if (required is null || ProducedQueue(type) is not { } queue || required.IsAssignableFrom(queue))
        {
            return type;
        }

        throw new ArgumentException(
            $"produced message queue type [{queue}] does not fulfill requirement for actor class [{props.Type}]");
    }

    /// <returns>-1 when there is no limit.</returns>
    internal int StashCapacity(Props props)
    {
        if (props.Deploy.StashCapacity != Deploy.NoStashSize)
        {
            return props.Deploy.StashCapacity;
        }

        var config = ConfigOf(props.Mailbox == Deploy.NoMailboxGiven ? DefaultMailboxId : props.Mailbox);
        return config.GetInt("stash-capacity", Deploy.NoStashSize);
    }

    private MailboxType Choose(Props props, Config dispatcherConfig, Type required)
    {
        if (props.Mailbox != Deploy.NoMailboxGiven)
        {
            return Lookup(props.Mailbox);
        }

        if (dispatcherConfig.HasPath("mailbox-type"))
        {
            return Lookup(dispatcherConfig.GetString("id", "") is { Length: > 0 } id ? id : DefaultMailboxId);
        }

        var byDispatcher = dispatcherConfig.GetString("mailbox-requirement", "");
        return required is not null ? LookupByQueueType(required)
            : byDispatcher.Length > 0 ? LookupByQueueType(TypeNames.Require(byDispatcher, "mailbox-requirement"))
            : Lookup(DefaultMailboxId);
    }

    private MailboxType Create(string id)
    {
        if (id == "unbounded")
        {
            return new UnboundedMailbox();
        }

        var config = ConfigOf(id);
        var type = config.GetString("mailbox-type", "");
        return type.Length == 0
            ? throw new ConfigurationException($"The setting mailbox-type defined in [{id}] is empty")
            : TypeNames.Create<MailboxType>(type, id + ".mailbox-type", _system.Settings, config);
    }

    private Config ConfigOf(string id)
    {
        var all = _system.Settings.Config;
        if (!all.HasPath(id))
        {
            throw new ConfigurationException($"Mailbox Type [{id}] not configured");
        }

        return all.GetConfig(id).WithFallback(all.GetConfig(DefaultMailboxId));
    }

    private static bool IsRequirement(Type type) =>
        type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IRequiresMessageQueue<>);

    private static Type ProducedQueue(MailboxType mailboxType) => mailboxType.GetType().GetInterfaces()
        .FirstOrDefault(type => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IProducesMessageQueue<>))
        ?.GetGenericArguments()[0];
}
