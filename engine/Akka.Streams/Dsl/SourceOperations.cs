using Akka.Streams.Implementation;

namespace Akka.Streams.Dsl;

/// <summary>The operators on a source. Each keeps the value of the source unless it says otherwise.</summary>
public static class SourceOperations
{
    public static Source<TOut2, TMat> Batch<TOut, TOut2, TMat>(
        this Source<TOut, TMat> flow, long max, Func<TOut, TOut2> seed, Func<TOut2, TOut, TOut2> aggregate) =>
        flow.Via(Operators.Batch("Batch", max, static _ => 1L, seed, aggregate));

    public static Source<TOut, TMat> Buffer<TOut, TMat>(
        this Source<TOut, TMat> flow, int size, OverflowStrategy strategy) =>
        flow.Via(Operators.Buffer<TOut>(size, strategy));

    public static Source<TOut, TMat> Concat<TOut, TMat>(
        this Source<TOut, TMat> flow, IGraph<SourceShape<TOut>, TMat> other) =>
        flow.Via(Operators.Concat(other));

    public static Source<TOut2, TMat> Merge<TOut1, TOut2, TMat>(
        this Source<TOut1, TMat> flow, IGraph<SourceShape<TOut2>, TMat> other, bool eagerComplete = false)
        where TOut1 : TOut2 =>
        flow.Via(Operators.Merge<TOut1, TOut2, TMat>(other, eagerComplete));

    public static Source<TOut, TMat> Select<TIn, TOut, TMat>(
        this Source<TIn, TMat> flow, Func<TIn, TOut> mapper) =>
        flow.Via(Operators.Select(mapper));

    public static Source<TOut, TMat> SelectAsync<TIn, TOut, TMat>(
        this Source<TIn, TMat> flow, int parallelism, Func<TIn, Task<TOut>> asyncMapper) =>
        flow.Via(Operators.SelectAsync(parallelism, isOrdered: true, asyncMapper));

    public static Source<TOut, TMat> Throttle<TOut, TMat>(
        this Source<TOut, TMat> flow, int elements, TimeSpan per, int maximumBurst, ThrottleMode mode) =>
        flow.Via(Operators.Throttle<TOut>(elements, per, maximumBurst, static _ => 1, mode));
}
