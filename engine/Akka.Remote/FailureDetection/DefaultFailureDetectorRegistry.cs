using System.Collections.Concurrent;

namespace Akka.Remote;

/// <summary>A thread-safe registry whose detectors all come from one factory.</summary>
public class DefaultFailureDetectorRegistry<T> : IFailureDetectorRegistry<T>
    where T : notnull
{
    private readonly Func<FailureDetector> _factory;
    private readonly ConcurrentDictionary<T, Lazy<FailureDetector>> _detectors = new();

    public DefaultFailureDetectorRegistry(Func<FailureDetector> factory) => _factory = factory;

    public bool IsAvailable(T resource) => GetFailureDetector(resource)?.IsAvailable ?? true;

    public bool IsMonitoring(T resource) => GetFailureDetector(resource)?.IsMonitoring ?? false;

    public void Heartbeat(T resource) =>
        _detectors.GetOrAdd(resource, key => new Lazy<FailureDetector>(() => Create(key))).Value.HeartBeat();

    public void Remove(T resource) => _detectors.TryRemove(resource, out _);

    public void Reset() => _detectors.Clear();

    internal FailureDetector? GetFailureDetector(T resource) =>
        _detectors.TryGetValue(resource, out var detector) ? detector.Value : null;

    private FailureDetector Create(T resource)
    {
        var detector = _factory();
        if (detector is PhiAccrualFailureDetector phi)
        {
            phi.Address = resource.ToString()!;
        }

        return detector;
    }
}
