using Akka.Actor;
using Akka.Configuration;

namespace Akka.Remote;

/// <summary>The keys of akka.remote that are not the transport's own.</summary>
public class RemoteSettings
{
    public RemoteSettings(Config config)
    {
        Config = config;
        Dispatcher = config.GetString("akka.remote.use-dispatcher");
        RemoteLifecycleEventsLogLevel = config.GetString("akka.remote.log-remote-lifecycle-events").ToUpperInvariant() switch
        {
            "ON" or "YES" or "TRUE" => "DEBUG",
            var level => level,
        };
        FlushWait = config.GetTimeSpan("akka.remote.flush-wait-on-shutdown");
        UsePassiveConnections = config.GetBoolean("akka.remote.use-passive-connections");
        UntrustedMode = config.GetBoolean("akka.remote.untrusted-mode");
        TrustedSelectionPaths = [.. config.GetStringList("akka.remote.trusted-selection-paths")];
        RetryGateClosedFor = config.GetTimeSpan("akka.remote.retry-gate-closed-for");
        SysMsgBufferSize = config.GetInt("akka.remote.system-message-buffer-size");
        InitialSysMsgDeliveryTimeout = config.GetTimeSpan("akka.remote.initial-system-message-delivery-timeout");
        QuarantineSilentSystemTimeout = config.GetTimeSpan("akka.remote.quarantine-after-silence");
        QuarantineDuration = config.GetTimeSpan("akka.remote.prune-quarantine-marker-after");
        WatchFailureDetectorConfig = config.GetConfig("akka.remote.watch-failure-detector");
        WatchFailureDetectorImplementationClass = WatchFailureDetectorConfig.GetString("implementation-class");
        WatchHeartBeatInterval = WatchFailureDetectorConfig.GetTimeSpan("heartbeat-interval");
        WatchUnreachableReaperInterval = WatchFailureDetectorConfig.GetTimeSpan("unreachable-nodes-reaper-interval");
        WatchHeartbeatExpectedResponseAfter = WatchFailureDetectorConfig.GetTimeSpan("expected-response-after");
    }

    public Config Config { get; }

    /// <summary>For the actors of the remoting.</summary>
    public string Dispatcher { get; set; }

    /// <summary>OFF, or the level from which lifecycle events are logged too.</summary>
    public string RemoteLifecycleEventsLogLevel { get; set; }

    public TimeSpan FlushWait { get; set; }

    /// <summary>Whether we write over connections that the peer has made.</summary>
    public bool UsePassiveConnections { get; set; }

    /// <summary>Whether commands of other systems are dropped.</summary>
    public bool UntrustedMode { get; set; }

    /// <summary>What other systems may select then, from the root: "/user/name".</summary>
    public HashSet<string> TrustedSelectionPaths { get; set; }

    public TimeSpan RetryGateClosedFor { get; set; }

    public int SysMsgBufferSize { get; set; }

    public TimeSpan InitialSysMsgDeliveryTimeout { get; set; }

    public TimeSpan QuarantineSilentSystemTimeout { get; set; }

    public TimeSpan? QuarantineDuration { get; set; }

    public Config WatchFailureDetectorConfig { get; set; }

    public string WatchFailureDetectorImplementationClass { get; set; }

    public TimeSpan WatchHeartBeatInterval { get; set; }

    public TimeSpan WatchUnreachableReaperInterval { get; set; }

    public TimeSpan WatchHeartbeatExpectedResponseAfter { get; set; }

    public Props ConfigureDispatcher(Props props) =>
        string.IsNullOrEmpty(Dispatcher) ? props : props.WithDispatcher(Dispatcher);
}
