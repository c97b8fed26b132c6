using Akka.Streams.Implementation;

namespace Akka.Streams.Dsl;

/// <summary>The operators on a flow: those of <see cref="SourceOperations"/>.</summary>
public static class FlowOperations
{
    public static Flow<TIn, TOut2, TMat> Aggregate<TIn, TOut1, TOut2, TMat>(
        this Flow<TIn, TOut1, TMat> flow, TOut2 zero, Func<TOut2, TOut1, TOut2> fold) =>
        flow.Via(Operators.Aggregate(zero, fold));
}
