using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Dfs.Actors.Client;

namespace Dfs.Tests.Trust;

/// <summary>What the meter has counted of refusals since this was made.</summary>
/// <remarks>Of the process: what runs beside a test is counted with it.</remarks>
internal sealed class TrustCounts : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _counted = new();

    public TrustCounts()
    {
        _listener.InstrumentPublished = static (instrument, listener) =>
        {
            if (instrument.Meter.Name == OperationMetrics.MeterName && instrument.Name.StartsWith("dfs.trust.", StringComparison.Ordinal))
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, count, tags, _) =>
        {
            // Nodes declare their series at zero.
            if (count > 0)
            {
                Of(instrument.Name, tags.ToArray().Select(tag => (tag.Key, tag.Value as string ?? ""))).TrySetResult();
            }
        });
        _listener.Start();
    }

    /// <param name="tags">All that it has.</param>
    public Task UntilAsync(string name, params IEnumerable<(string Key, string Value)> tags) => Of(name, tags).Task.WaitAsync(Patience);

    public void Dispose() => _listener.Dispose();

    private TaskCompletionSource Of(string name, IEnumerable<(string Key, string Value)> tags) => _counted.GetOrAdd(
        $"{name} {string.Join(' ', tags.Order().Select(tag => $"{tag.Key}={tag.Value}"))}",
        static _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
}
