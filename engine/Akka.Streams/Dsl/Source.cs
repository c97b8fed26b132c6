using Akka.Streams.Implementation;
using Akka.Streams.Implementation.Stages;
using Akka.Streams.Stage;
using Akka.Util;

namespace Akka.Streams.Dsl;

public static class Source
{
    public static Source<T, TMat> FromGraph<T, TMat>(IGraph<SourceShape<T>, TMat> source) =>
        source as Source<T, TMat> ?? new Source<T, TMat>(Module.Of(source));

    /// <param name="enumerable">Enumerated anew for each run, and only as far as there is demand (and one more).</param>
    public static Source<T, NotUsed> From<T>(IEnumerable<T> enumerable) => FromEnumerator(enumerable.GetEnumerator);

    public static Source<T, NotUsed> FromEnumerator<T>(Func<IEnumerator<T>> enumeratorFactory) =>
        Of<T>("EnumerableSource", shape => new EnumerableLogic<T>(shape, enumeratorFactory, isAhead: true));

    /// <summary>Cancels the token of the enumeration when the stream wants no more.</summary>
    public static Source<T, NotUsed> From<T>(Func<IAsyncEnumerable<T>> asyncEnumerable) =>
        Of<T>("AsyncEnumerable", shape =>
        {
            var stop = new CancellationTokenSource();
            IAsyncEnumerator<T>? elements = null;
            return new AsyncPullLogic<T>(shape, NextAsync, CloseAsync, stop.Cancel);

            async Task<Option<T>> NextAsync()
            {
                elements ??= asyncEnumerable().GetAsyncEnumerator(stop.Token);
                return await elements.MoveNextAsync() ? Option<T>.Create(elements.Current) : Option<T>.None;
            }

            async Task CloseAsync()
            {
                if (elements != null)
                {
                    await elements.DisposeAsync();
                }

                stop.Dispose();
            }
        });

    public static Source<T, NotUsed> Single<T>(T element) => From([element]);

    public static Source<T, ISourceQueueWithComplete<T>> Queue<T>(int bufferSize, OverflowStrategy overflowStrategy) =>
        FromGraph(StageOf.Source<T, ISourceQueueWithComplete<T>>("QueueSource", shape =>
        {
            var logic = new QueueSourceLogic<T>(shape, bufferSize, overflowStrategy);
            return (logic, logic);
        }));

    public static Source<TElem, NotUsed> UnfoldAsync<TState, TElem>(
        TState state, Func<TState, Task<Option<(TState, TElem)>>> unfoldAsync) =>
        UnfoldResourceAsync<TElem, Option<TState>[]>(
            () => Task.FromResult<Option<TState>[]>([Option<TState>.Create(state)]),
            async current =>
            {
                var step = await unfoldAsync(current[0].Value);
                current[0] = step.HasValue ? Option<TState>.Create(step.Value.Item1) : Option<TState>.None;
                return step.HasValue ? Option<TElem>.Create(step.Value.Item2) : Option<TElem>.None;
            },
            _ => Task.FromResult(Done.Instance));

    /// <summary>Reads a resource until it gives none; closes it once, however the stream ends.</summary>
    public static Source<T, NotUsed> UnfoldResourceAsync<T, TSource>(
        Func<Task<TSource>> create, Func<TSource, Task<Option<T>>> read, Func<TSource, Task<Done>> close) =>
        Of<T>("UnfoldResourceSourceAsync", shape =>
        {
            var resource = Option<TSource>.None;
            return new AsyncPullLogic<T>(shape, ReadAsync, CloseAsync);

            async Task<Option<T>> ReadAsync()
            {
                if (!resource.HasValue)
                {
                    resource = Option<TSource>.Create(await create());
                }

                return await read(resource.Value);
            }

            async Task CloseAsync()
            {
                if (resource.HasValue)
                {
                    await close(resource.Value);
                }
            }
        });

    private static Source<T, NotUsed> Of<T>(string name, Func<SourceShape<T>, GraphStageLogic> create) =>
        FromGraph(StageOf.Source<T, NotUsed>(name, shape => (create(shape), NotUsed.Instance)));
}
