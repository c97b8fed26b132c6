using Akka.Streams.Implementation;

namespace Akka.Streams.Dsl;

/// <summary>The operators on a flow: those of <see cref="SourceOperations"/>.</summary>
public static class FlowOperations
{
    public static Flow<TIn, TOut2, TMat> Aggregate<TIn, TOut1, TOut2, TMat>(
        this Flow<TIn, TOut1, TMat> flow, TOut2 zero, Func<TOut2, TOut1, TOut2> fold) =>
        flow.Via(Operators.Aggregate(zero, fold));

    public static Flow<TIn, TOut2, TMat> Batch<TIn, TOut, TOut2, TMat>(
        this Flow<TIn, TOut, TMat> flow, long max, Func<TOut, TOut2> seed, Func<TOut2, TOut, TOut2> aggregate) =>
        flow.Via(Operators.Batch("Batch", max, static _ => 1L, seed, aggregate));

    public static Flow<TIn, TOut, TMat> Buffer<TIn, TOut, TMat>(
        this Flow<TIn, TOut, TMat> flow, int size, OverflowStrategy strategy) =>
        flow.Via(Operators.Buffer<TOut>(size, strategy));

    public static Flow<TIn, TOut, TMat> Concat<TIn, TOut, TMat>(
        this Flow<TIn, TOut, TMat> flow, IGraph<SourceShape<TOut>, TMat> other) =>
        flow.Via(Operators.Concat(other));

    public static Flow<TIn, TOut2, TMat> Merge<TIn, TOut1, TOut2, TMat>(
        this Flow<TIn, TOut1, TMat> flow, IGraph<SourceShape<TOut2>, TMat> other, bool eagerComplete = false)
        where TOut1 : TOut2 =>
        flow.Via(Operators.Merge<TOut1, TOut2, TMat>(other, eagerComplete));

    public static Flow<T, TOut, TMat> Select<T, TIn, TOut, TMat>(
        this Flow<T, TIn, TMat> flow, Func<TIn, TOut> mapper) =>
        flow.Via(Operators.Select(mapper));

    public static Flow<T, TOut, TMat> SelectAsync<T, TIn, TOut, TMat>(
        this Flow<T, TIn, TMat> flow, int parallelism, Func<TIn, Task<TOut>> asyncMapper) =>
        flow.Via(Operators.SelectAsync(parallelism, isOrdered: true, asyncMapper));

    public static Flow<T, TOut, TMat> SelectAsyncUnordered<T, TIn, TOut, TMat>(
        this Flow<T, TIn, TMat> flow, int parallelism, Func<TIn, Task<TOut>> asyncMapper) =>
        flow.Via(Operators.SelectAsync(parallelism, isOrdered: false, asyncMapper));

    public static Flow<T, TOut, TMat> SelectMany<T, TIn, TOut, TMat>(
        this Flow<T, TIn, TMat> flow, Func<TIn, IEnumerable<TOut>> mapConcater) =>
        flow.Via(Operators.SelectMany(mapConcater));

    public static Flow<TIn, TOut, TMat> Take<TIn, TOut, TMat>(this Flow<TIn, TOut, TMat> flow, long n) =>
        flow.Via(Operators.Take<TOut>(n));

    public static Flow<TIn, TOut, TMat> TakeWhile<TIn, TOut, TMat>(
        this Flow<TIn, TOut, TMat> flow, Predicate<TOut> predicate, bool inclusive = false) =>
        flow.Via(Operators.TakeWhile(predicate, inclusive));

    public static Flow<TIn, TOut, TMat> Throttle<TIn, TOut, TMat>(
        this Flow<TIn, TOut, TMat> flow, int elements, TimeSpan per, int maximumBurst, ThrottleMode mode) =>
        flow.Via(Operators.Throttle<TOut>(elements, per, maximumBurst, static _ => 1, mode));

    public static Flow<TIn, TOut, TMat> Throttle<TIn, TOut, TMat>(
        this Flow<TIn, TOut, TMat> flow,
        int cost, TimeSpan per, int maximumBurst, Func<TOut, int> calculateCost, ThrottleMode mode) =>
        flow.Via(Operators.Throttle(cost, per, maximumBurst, calculateCost, mode));

    public static Flow<TIn, TOut, TMat> Where<TIn, TOut, TMat>(
        this Flow<TIn, TOut, TMat> flow, Predicate<TOut> predicate) =>
        flow.Via(Operators.Where(predicate));
}
