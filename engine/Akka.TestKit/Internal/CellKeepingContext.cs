using Akka.Actor;
using Akka.Actor.Internal;

namespace Akka.TestKit.Internal;

/// <summary>After an await, too, what the test tells has its test actor as the sender.</summary>
internal sealed class CellKeepingContext(ActorCell cell) : SynchronizationContext
{
    public override void Post(SendOrPostCallback d, object state) =>
        ThreadPool.UnsafeQueueUserWorkItem(_ => Run(d, state), null);

    public override void Send(SendOrPostCallback d, object state) => Run(d, state);

    public override SynchronizationContext CreateCopy() => new CellKeepingContext(cell);

    private void Run(SendOrPostCallback d, object state)
    {
        var (outerCell, outerContext) = (InternalCurrentActorCellKeeper.Current, Current);
        InternalCurrentActorCellKeeper.Current = cell;
        SetSynchronizationContext(this);
        try
        {
            d(state);
        }
        finally
        {
            InternalCurrentActorCellKeeper.Current = outerCell;
            SetSynchronizationContext(outerContext);
        }
    }
}
