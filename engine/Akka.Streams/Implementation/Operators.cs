using Akka.Streams.Dsl;
using Akka.Streams.Implementation.Stages;
using Akka.Streams.Stage;

namespace Akka.Streams.Implementation;

/// <summary>The operators as flows; <see cref="SourceOperations"/> and <see cref="FlowOperations"/> attach them.</summary>
internal static class Operators
{
    public static GraphStageLogic Identity<T>(FlowShape<T, T> shape) => new SelectLogic<T, T>(shape, static element => element);

    public static IGraph<FlowShape<TIn, TOut>, NotUsed> Select<TIn, TOut>(Func<TIn, TOut> mapper) =>
        StageOf.Flow<TIn, TOut>("Select", shape => new SelectLogic<TIn, TOut>(shape, mapper));

    public static IGraph<FlowShape<TIn, TOut>, NotUsed> SelectAsync<TIn, TOut>(
        int parallelism, bool isOrdered, Func<TIn, Task<TOut>> mapper)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(parallelism, 1);
        return StageOf.Flow<TIn, TOut>(
            isOrdered ? "SelectAsync" : "SelectAsyncUnordered",
            shape => new SelectAsyncLogic<TIn, TOut>(shape, parallelism, isOrdered, mapper));
    }

    public static IGraph<FlowShape<TIn, TOut>, NotUsed> Aggregate<TIn, TOut>(TOut zero, Func<TOut, TIn, TOut> fold) =>
        StageOf.Flow<TIn, TOut>("Aggregate", shape => new AggregateLogic<TIn, TOut>(shape, zero, fold));

    public static IGraph<FlowShape<T, T>, NotUsed> Buffer<T>(int size, OverflowStrategy strategy)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        return StageOf.Flow<T, T>("Buffer", shape => new BufferLogic<T>(shape, size, strategy));
    }

    public static IGraph<FlowShape<TIn, TOut>, NotUsed> Batch<TIn, TOut>(
        string name, long max, Func<TIn, long> cost, Func<TIn, TOut> seed, Func<TOut, TIn, TOut> aggregate) =>
        StageOf.Flow<TIn, TOut>(name, shape => new BatchLogic<TIn, TOut>(shape, max, cost, seed, aggregate));

    public static IGraph<FlowShape<T, T>, NotUsed> Throttle<T>(
        int cost, TimeSpan per, int maximumBurst, Func<T, int> costOf, ThrottleMode mode)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(cost, 1);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(per, TimeSpan.Zero);
        if (mode == ThrottleMode.Enforcing && maximumBurst < 0)
        {
            throw new ArgumentException("maximumBurst must be > 0 in Enforcing mode", nameof(maximumBurst));
        }

        return StageOf.Flow<T, T>("Throttle", shape => new ThrottleLogic<T>(shape, cost, per, maximumBurst, costOf, mode));
    }

    public static IGraph<FlowShape<T, T>, TMat> Concat<T, TMat>(IGraph<SourceShape<T>, TMat> other)
    {
        var junction = new Concat<T, T>();
        return Linking.Join<T, T, T, TMat>(junction, junction.In(0), junction.In(1), other);
    }

    public static IGraph<FlowShape<TIn, TOut>, TMat> Merge<TIn, TOut, TMat>(
        IGraph<SourceShape<TOut>, TMat> other, bool eagerComplete)
        where TIn : TOut
    {
        var widened = Flow.FromFunction<TIn, TOut>(static element => element);
        var junction = new Merge<TOut>(2, eagerComplete);
        return widened.ViaMaterialized(
            Linking.Join<TOut, TOut, TOut, TMat>(junction, junction.In(0), junction.In(1), other), Keep.Right);
    }
}
