using Akka.Streams.Implementation;
using Akka.Streams.Implementation.Stages;

namespace Akka.Streams.Dsl;

/// <summary>The operators on a source. Each keeps the value of the source unless it says otherwise.</summary>
public static class SourceOperations
{
    public static Source<TOut2, TMat> Aggregate<TOut1, TOut2, TMat>(
        this Source<TOut1, TMat> flow, TOut2 zero, Func<TOut2, TOut1, TOut2> fold) =>
        flow.Via(Operators.Aggregate(zero, fold));

    public static Source<TOut, TMat> AlsoTo<TOut, TMat>(
        this Source<TOut, TMat> flow, IGraph<SinkShape<TOut>, TMat> that) =>
        flow.Via(Linking.Fork(that));

    public static Source<TOut, TMat3> AlsoToMaterialized<TOut, TMat, TMat2, TMat3>(
        this Source<TOut, TMat> flow,
        IGraph<SinkShape<TOut>, TMat2> that, Func<TMat, TMat2, TMat3> materializerFunction) =>
        flow.ViaMaterialized(Linking.Fork(that), materializerFunction);

    public static Source<TOut2, TMat> Batch<TOut, TOut2, TMat>(
        this Source<TOut, TMat> flow, long max, Func<TOut, TOut2> seed, Func<TOut2, TOut, TOut2> aggregate) =>
        flow.Via(Operators.Batch("Batch", max, static _ => 1L, seed, aggregate));

    public static Source<TOut2, TMat> BatchWeighted<TOut, TOut2, TMat>(
        this Source<TOut, TMat> flow,
        long max, Func<TOut, long> costFunction, Func<TOut, TOut2> seed, Func<TOut2, TOut, TOut2> aggregate) =>
        flow.Via(Operators.Batch("BatchWeighted", max, costFunction, seed, aggregate));

    public static Source<TOut, TMat> Buffer<TOut, TMat>(
        this Source<TOut, TMat> flow, int size, OverflowStrategy strategy) =>
        flow.Via(Operators.Buffer<TOut>(size, strategy));

    public static Source<TOut, TMat> CompletionTimeout<TOut, TMat>(
        this Source<TOut, TMat> flow, TimeSpan timeout) =>
        flow.Via(Operators.Timeout<TOut>(TimeoutKind.Completion, timeout));

    public static Source<TOut, TMat> Concat<TOut, TMat>(
        this Source<TOut, TMat> flow, IGraph<SourceShape<TOut>, TMat> other) =>
        flow.Via(Operators.Concat(other));

    public static Source<TOut, TMat> IdleTimeout<TOut, TMat>(this Source<TOut, TMat> flow, TimeSpan timeout) =>
        flow.Via(Operators.Timeout<TOut>(TimeoutKind.Idle, timeout));

    public static Source<TOut2, TMat> Merge<TOut1, TOut2, TMat>(
        this Source<TOut1, TMat> flow, IGraph<SourceShape<TOut2>, TMat> other, bool eagerComplete = false)
        where TOut1 : TOut2 =>
        flow.Via(Operators.Merge<TOut1, TOut2, TMat>(other, eagerComplete));

    public static Source<TOut2, TMat> Scan<TOut1, TOut2, TMat>(
        this Source<TOut1, TMat> flow, TOut2 zero, Func<TOut2, TOut1, TOut2> scan) =>
        flow.Via(Operators.Scan(zero, scan));

    public static Source<TOut, TMat> Select<TIn, TOut, TMat>(
        this Source<TIn, TMat> flow, Func<TIn, TOut> mapper) =>
        flow.Via(Operators.Select(mapper));

    public static Source<TOut, TMat> SelectAsync<TIn, TOut, TMat>(
        this Source<TIn, TMat> flow, int parallelism, Func<TIn, Task<TOut>> asyncMapper) =>
        flow.Via(Operators.SelectAsync(parallelism, isOrdered: true, asyncMapper));

    public static Source<TOut, TMat> SelectAsyncUnordered<TIn, TOut, TMat>(
        this Source<TIn, TMat> flow, int parallelism, Func<TIn, Task<TOut>> asyncMapper) =>
        flow.Via(Operators.SelectAsync(parallelism, isOrdered: false, asyncMapper));

    public static Source<TOut2, TMat> SelectMany<TOut1, TOut2, TMat>(
        this Source<TOut1, TMat> flow, Func<TOut1, IEnumerable<TOut2>> mapConcater) =>
        flow.Via(Operators.SelectMany(mapConcater));

    public static Source<TOut, TMat> Skip<TOut, TMat>(this Source<TOut, TMat> flow, long n) =>
        flow.Via(Operators.Skip<TOut>(n));

    public static Source<TOut, TMat> Take<TOut, TMat>(this Source<TOut, TMat> flow, long n) =>
        flow.Via(Operators.Take<TOut>(n));

    public static Source<TOut, TMat> TakeWhile<TOut, TMat>(
        this Source<TOut, TMat> flow, Predicate<TOut> predicate, bool inclusive = false) =>
        flow.Via(Operators.TakeWhile(predicate, inclusive));

    public static Source<TOut, TMat> Throttle<TOut, TMat>(
        this Source<TOut, TMat> flow, int elements, TimeSpan per, int maximumBurst, ThrottleMode mode) =>
        flow.Via(Operators.Throttle<TOut>(elements, per, maximumBurst, static _ => 1, mode));

    public static Source<TOut, TMat2> WatchTermination<TOut, TMat, TMat2>(
        this Source<TOut, TMat> flow, Func<TMat, Task<Done>, TMat2> materializerFunction) =>
        flow.ViaMaterialized(Operators.WatchTermination<TOut>(), materializerFunction);

    public static Source<TOut, TMat> Where<TOut, TMat>(
        this Source<TOut, TMat> flow, Predicate<TOut> predicate) =>
        flow.Via(Operators.Where(predicate));
}
