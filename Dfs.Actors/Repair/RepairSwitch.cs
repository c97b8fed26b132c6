using Dfs.Actors.Client;
using Dfs.Client;
using Dfs.Core.Membership;
using Dfs.Storage.Disk;

namespace Dfs.Actors.Repair;

/// <summary>The newest order about repair that this node knows, durable: a restart does not end a pause.</summary>
/// <remarks>Thread-safe; outlives the actor system. The order reaches every node with greetings, also one that comes back later.</remarks>
public sealed class RepairSwitch : IRepairClient
{
    private readonly IDisk _disk;
    private readonly string _path;
    // The first is held while the disk works, the second never: whoever asks for the order, as actors do, does not wait for a disk.
    private readonly Lock _writing = new(), _lock = new();
    private RepairOrder _order;
    private TaskCompletionSource _changed = New();
    private int _isHearing;

    /// <param name="path">Of the note; beside it another one is written.</param>
    /// <exception cref="DiskException">The note is there and cannot be read.</exception>
    public RepairSwitch(IDisk disk, string path)
    {
        (_disk, _path) = (disk, path);
        using var file = disk.Open(path, writable: false);
        Span<byte> bytes = stackalloc byte[RepairOrder.EncodedBytes + 1];
        _order = file is null ? default : RepairOrder.Decode(bytes[..file.Read(0, bytes)]);
    }

    public RepairOrder Order
    {
        get
        {
            lock (_lock)
            {
                return _order;
            }
        }
    }

    public LayoutResult Run(RepairCommand command)
    {
        try
        {
            Change(order => command switch
            {
                RepairCommand.Pause => order.Pause(),
                RepairCommand.Resume => order.Resume(),
                _ => order.RunNow(),
            });
            return new LayoutResult(DfsOutcome.Done, command switch
            {
                RepairCommand.Pause => "Repair pauses on every node that answers within seconds, and on others when they are back, until `dfs repair --resume`.",
                RepairCommand.Resume => "Repair goes on, on every node.",
                _ => "Every node that answers compares what it has with the others now.",
            });
        }
        catch (DiskException failure)
        {
            return new LayoutResult(DfsOutcome.Failed, $"The order could not be kept: {failure.Message}");
        }
    }

    /// <summary>Another node knows this order. Returns at once; what is new is in force when it is durable here.</summary>
    public void Hear(RepairOrder order)
    {
        var own = Order;
        if (own.Merge(order) != own && Interlocked.Exchange(ref _isHearing, 1) == 0)
        {
            _ = Task.Run(() => Take(order));
        }
    }

    /// <summary>Returns at once unless repair is paused.</summary>
    public async ValueTask WhenRunningAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (!_order.IsPaused)
                {
                    return;
                }

                changed = _changed.Task;
            }

            await changed.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Take(RepairOrder order)
    {
        try
        {
            Change(own => own.Merge(order));
        }
        catch (DiskException)
        {
            // Full or failing. The next greeting brings it again.
        }
        finally
        {
            Volatile.Write(ref _isHearing, 0);
        }
    }

    private void Change(Func<RepairOrder, RepairOrder> change)
    {
        lock (_writing)
        {
            var next = change(Order);
            if (next == Order)
            {
                return;
            }

            // Durable first: who is told that repair pauses may rely on it.
            WholeFile.Replace(_disk, _path, next.Encode());
            lock (_lock)
            {
                _order = next;
                _changed.SetResult();
                _changed = New();
            }
        }
    }
}
