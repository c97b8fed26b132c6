using Akka.Actor;
using Akka.Configuration;

namespace Akka.Remote;

/// <summary>One failure detector per resource, made at its first heartbeat.</summary>
public interface IFailureDetectorRegistry<in T>
{
    /// <summary>True also for a resource that is not monitored.</summary>
    bool IsAvailable(T resource);

    bool IsMonitoring(T resource);

    void Heartbeat(T resource);

    void Remove(T resource);
}

public static class FailureDetectorLoader
{
    /// <param name="fqcn">A <see cref="FailureDetector"/> with a constructor (Config, EventStream).</param>
    public static FailureDetector Load(string fqcn, Config config, ActorSystem system)
    {
        var type = Type.GetType(fqcn)
            ?? throw new ConfigurationException($"Could not create custom FailureDetector {fqcn}");
        return (FailureDetector)Activator.CreateInstance(type, config, system.EventStream)!;
    }
}
