using System.Collections.Concurrent;
using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using Akka.Remote.Transport;

namespace Akka.Remote;

/// <summary>Brings the parts together: one listener, one association per remote address, one timer.</summary>
internal sealed class Remoting : RemoteTransport
{
    private readonly ConcurrentDictionary<Address, Association> _associations = new();
    private readonly TcpTransport _tcp;
    private readonly TlsOptions? _tls;
    private readonly LogLevel _eventLogLevel;
    private readonly int _uid;
    private ImmutableHashSet<Address> _addresses = [];
    private Address? _defaultAddress;
    private volatile bool _isClosed;
    private long _heartbeatAt;
    private long _rejected;

    public Remoting(ExtendedActorSystem system, RemoteActorRefProvider provider)
        : base(system, provider)
    {
        Log = Logging.GetLogger(system, "remoting");
        Options = new TransportOptions(provider.RemoteSettings);
        _tls = TlsOptions.Create(system, provider.RemoteSettings.Config.GetConfig("akka.remote.dot-netty.tcp"));
        _tcp = new TcpTransport(Options, _tls);
        _uid = AddressUidExtension.Uid(system);
        _eventLogLevel = Enum.TryParse<LogLevel>(
            provider.RemoteSettings.RemoteLifecycleEventsLogLevel + "Level", ignoreCase: true, out var level)
            ? level
            : (LogLevel)int.MaxValue;
    }

    public TransportOptions Options { get; }

    /// <summary>There since <see cref="Start"/>: it needs our address.</summary>
    public EnvelopeEncoder Encoder { get; private set; } = null!;

    /// <summary>Behind a public port it is not the one that peers dial.</summary>
    public int BoundPort { get; private set; }

    public override ISet<Address> Addresses => _addresses;

    public override Address DefaultAddress => _defaultAddress!;

    public override Address LocalAddressForRemote(Address remote) => remote.Protocol == DefaultAddress.Protocol
        ? DefaultAddress
        : throw new RemoteTransportException($"No transport is responsible for [{remote}]; there is [{DefaultAddress}]");

    public override void Start()
    {
        BoundPort = _tcp.Listen();
        _defaultAddress = new Address(
            _tls == null ? "akka.tcp" : "akka.ssl.tcp", System.Name, Options.PublicHostname, Options.PublicPort > 0 ? Options.PublicPort : BoundPort);
        _addresses = [_defaultAddress];
        Encoder = new EnvelopeEncoder(System, _defaultAddress, Options.MaximumFrameBytes, Log);
        _ = _tcp.AcceptAsync(AnswerAsync, error => Publish(new RemotingErrorEvent(error)));
        _ = TickAsync();
        Publish(new RemotingListenEvent([_defaultAddress]));
    }

    public override async Task Shutdown()
    {
        _isClosed = true;
        _tcp.Close();
        var limit = Provider.RemoteSettings.FlushWait;
        await Task.WhenAll(_associations.Values.Select(association => association.ShutdownAsync(limit)));
        Publish(new RemotingShutdownEvent());
    }

    public override void Send(object message, IActorRef sender, RemoteActorRef recipient) =>
        AssociationWith(recipient.Path.Address).Send(new OutboundMessage(message, sender, recipient));

    public override void Quarantine(Address address, int? uid) => AssociationWith(address).Quarantine(uid);

    public Association AssociationWith(Address remote) => _associations.TryGetValue(remote, out var known)
        ? known
        : _associations.GetOrAdd(remote, static (address, self) => new Association(self, address), this);

    public void DeadLetter(OutboundMessage message)
    {
        if (!message.IsSystem)
        {
            System.DeadLetters.Tell(
                new DeadLetter(message.Message, message.Sender ?? System.DeadLetters, message.Recipient));
        }
    }

    public void Publish(RemotingLifecycleEvent what)
    {
        System.EventStream.Publish(what);
        if (what.LogLevel() >= _eventLogLevel)
        {
            Log.Log(what.LogLevel(), what.ToString());
        }
    }

    /// <summary>Connects in the background; the association hears of the outcome.</summary>
    public void Dial(Association association) => _ = Task.Run(() => DialAsync(association));

    /// <summary>Says why a link ended, and what that means.</summary>
    public void ReportEnd(Association association, Exception? cause, GoodbyeReason? received, bool isGated, bool inbound)
    {
        if (received == GoodbyeReason.Quarantined)
        {
            Publish(new ThisActorSystemQuarantinedEvent(DefaultAddress, association.Remote));
        }

        if (cause is MalformedFrameException)
        {
            Interlocked.Increment(ref _rejected);
        }

        if (cause != null)
        {
            Publish(new AssociationErrorEvent(cause, DefaultAddress, association.Remote, inbound, LogLevel.WarningLevel));
        }

        if (isGated)
        {
            // A fault has been logged above; an orderly end is none.
            var level = cause == null && received == null ? LogLevel.WarningLevel : LogLevel.InfoLevel;
            Log.Log(level, $"Association with remote system {association.Remote} has ended "
                + $"({received?.ToString() ?? cause?.Message ?? "closed by the peer"}); address is now gated for "
                + $"{Options.RetryGateClosedFor.TotalMilliseconds} ms");
        }
    }

    private async Task DialAsync(Association association)
    {
        Channel? channel = null;
        try
        {
            using var connectLimit = new CancellationTokenSource(Options.ConnectionTimeout);
            channel = await _tcp.DialAsync(association.Remote, connectLimit.Token);
            using var limit = new CancellationTokenSource(Options.HandshakeTimeout);
            await channel.SendAsync(new Hello(_uid, DefaultAddress.ToString(), association.Remote.ToString()), limit.Token);
            var (hello, refusal) = await channel.ReceiveAsync(limit.Token);
            if (hello == null)
            {
                channel.Dispose();
                FailDial(association, new RemoteTransportException($"refused: {refusal}"), refusal);
            }
            else if (association.Open(NewLink(association, channel, hello.Uid, isInbound: false)) is { } reason)
            {
                FailDial(association, new RemoteTransportException($"not wanted any more: {reason}"), null);
                await channel.DismissAsync(reason, limit.Token);
            }
        }
        catch (Exception e)
        {
            channel?.Dispose();
            FailDial(association, e is OperationCanceledException ? new TimeoutException("no answer in time", e) : e, null);
        }
    }

    private void FailDial(Association association, Exception cause, GoodbyeReason? refusal)
    {
        if (association.DialFailed())
        {
            ReportEnd(association, cause, refusal, isGated: true, inbound: false);
        }
    }

    private async Task AnswerAsync(Channel channel, CancellationToken limit)
    {
        try
        {
            var (hello, _) = await channel.ReceiveAsync(limit);
            if (hello == null)
            {
                channel.Dispose();
                return;
            }

            if (!IsOurs(hello.To) || AddressOf(hello.From) is not { } peer)
            {
                Reject(channel, $"a handshake from [{hello.From}] to [{hello.To}], which is not us");
                await channel.DismissAsync(GoodbyeReason.WrongAddress, limit);
                return;
            }

            if (_tls is { ChecksNames: true } && channel.Certificate?.MatchesHostname(peer.Host!) != true)
            {
                Reject(channel, $"a handshake from [{hello.From}], which is not in its certificate");
                await channel.DismissAsync(GoodbyeReason.WrongAddress, limit);
                return;
            }

            var association = AssociationWith(peer);
            if (association.IsQuarantined(hello.Uid))
            {
                await channel.DismissAsync(GoodbyeReason.Quarantined, limit);
                return;
            }

            await channel.SendAsync(new Hello(_uid, DefaultAddress.ToString(), hello.From), limit);
            if (association.Open(NewLink(association, channel, hello.Uid, isInbound: true)) is { } reason)
            {
                await channel.DismissAsync(reason, limit);
            }
        }
        catch (Exception e) when (e is MalformedFrameException or OperationCanceledException)
        {
            Reject(channel, e is MalformedFrameException ? e.Message : "no handshake within its time");
            channel.Dispose();
        }
    }

    private void Reject(Channel channel, string reason)
    {
        Interlocked.Increment(ref _rejected);
        Log.Warning("Closing a connection from {0}: {1}", channel.PeerName, reason);
    }

    private Link NewLink(Association association, Channel channel, int uid, bool isInbound)
    {
        var failureDetector = FailureDetectorLoader.Load(
            Options.FailureDetectorConfig.GetString("implementation-class"), Options.FailureDetectorConfig, System);
        return new Link(association, channel, isInbound, uid, failureDetector, Options.MaximumFrameBytes);
    }

    private bool IsOurs(string address) => AddressOf(address) is { } parsed && Provider.HasAddress(parsed);

    private static Address? AddressOf(string text) =>
        ActorPath.TryParseAddress(text, out var address) && address is { Host: not null, Port: not null } ? address : null;

    private async Task TickAsync()
    {
        var period = TimeSpan.FromMilliseconds(Math.Clamp(
            Math.Min(Options.RetryGateClosedFor.TotalMilliseconds, Options.HeartbeatInterval.TotalMilliseconds) / 4, 10, 250));
        while (!_isClosed)
        {
            await Task.Delay(period);
            Tick();
        }
    }

    private void Tick()
    {
        var now = FailureDetector.DefaultClock();
        var isHeartbeat = now >= _heartbeatAt;
        if (isHeartbeat)
        {
            _heartbeatAt = now + (long)Options.HeartbeatInterval.TotalMilliseconds;
        }

        foreach (var association in _associations.Values)
        {
            association.Tick(isHeartbeat);
            if (isHeartbeat && association.TryForget())
            {
                _associations.TryRemove(new KeyValuePair<Address, Association>(association.Remote, association));
            }
        }
    }
}
