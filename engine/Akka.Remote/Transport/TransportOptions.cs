using Akka.Configuration;

namespace Akka.Remote.Transport;

/// <summary>What the transport and the associations are told by configuration.</summary>
internal sealed record TransportOptions
{
    /// <summary>Connections that may be in their handshake at once; one more ends the oldest of them.</summary>
    public const int HalfOpenMax = 256;

    /// <summary>Time for the last words on a connection to a peer that we part from.</summary>
    public static readonly TimeSpan GoodbyeLimit = TimeSpan.FromSeconds(1);

    public TransportOptions(RemoteSettings settings)
    {
        var remote = settings.Config.GetConfig("akka.remote");
        var tcp = remote.GetConfig("dot-netty.tcp");
        var hostname = tcp.GetString("hostname");
        Hostname = string.IsNullOrEmpty(hostname) ? "0.0.0.0" : hostname;
        Port = tcp.GetInt("port");
        var publicHostname = tcp.GetString("public-hostname");
        PublicHostname = string.IsNullOrEmpty(publicHostname) ? Hostname : publicHostname;
        PublicPort = tcp.GetInt("public-port");
        MaximumFrameBytes = checked((int)(tcp.GetByteSize("maximum-frame-size") ?? 0));
        if (MaximumFrameBytes < Hello.FrameBytesMax)
        {
            throw new ConfigurationException($"akka.remote.dot-netty.tcp.maximum-frame-size must be at least {Hello.FrameBytesMax} bytes");
        }

        SendBufferBytes = checked((int)(tcp.GetByteSize("send-buffer-size") ?? 0));
        ReceiveBufferBytes = checked((int)(tcp.GetByteSize("receive-buffer-size") ?? 0));
        Backlog = tcp.GetInt("backlog");
        NoDelay = tcp.GetBoolean("tcp-nodelay");
        KeepAlive = tcp.GetBoolean("tcp-keepalive");
        ConnectionTimeout = tcp.GetTimeSpan("connection-timeout");
        HandshakeTimeout = remote.GetTimeSpan("handshake-timeout");
        FailureDetectorConfig = remote.GetConfig("transport-failure-detector");
        HeartbeatInterval = FailureDetectorConfig.GetTimeSpan("heartbeat-interval");
        QueueMessagesMax = remote.GetInt("outbound-message-queue-size");
        UsePassiveConnections = settings.UsePassiveConnections;
        RetryGateClosedFor = settings.RetryGateClosedFor;
        SystemMessageBufferSize = settings.SysMsgBufferSize;
        SystemMessageDeliveryTimeout = settings.InitialSysMsgDeliveryTimeout;
        ForgetAfter = settings.QuarantineSilentSystemTimeout;
        ForgetQuarantineAfter = settings.QuarantineDuration ?? TimeSpan.MaxValue;
    }

    public string Hostname { get; }

    public int Port { get; }

    /// <summary>What peers dial when it differs from what we bind.</summary>
    public string PublicHostname { get; }

    /// <summary>0: the port that we bind.</summary>
    public int PublicPort { get; }

    public int MaximumFrameBytes { get; }

    public int SendBufferBytes { get; }

    public int ReceiveBufferBytes { get; }

    public int Backlog { get; }

    public bool NoDelay { get; }

    public bool KeepAlive { get; }

    public TimeSpan ConnectionTimeout { get; }

    public TimeSpan HandshakeTimeout { get; }

    public Config FailureDetectorConfig { get; }

    public TimeSpan HeartbeatInterval { get; }

    public int QueueMessagesMax { get; }

    public bool UsePassiveConnections { get; }

    public TimeSpan RetryGateClosedFor { get; }

    public int SystemMessageBufferSize { get; }

    public TimeSpan SystemMessageDeliveryTimeout { get; }

    /// <summary>An address without traffic for so long is no longer remembered.</summary>
    public TimeSpan ForgetAfter { get; }

    public TimeSpan ForgetQuarantineAfter { get; }
}
