using System.Buffers;
using System.Diagnostics;
using Dfs.Core.Transfer;

namespace Dfs.Actors.Transfer;

/// <summary>Small chunks on their way to one peer: those that wait while requests are under way go together in the next.</summary>
/// <remarks>
/// Thread-safe. One that finds a place goes at once, in a request of its own; so does what waited alone. Those that go together are copied, at most
/// <see cref="PutBatch.EncodedBytesMax"/> a request: so each caller can stop waiting at any time, and the others' request goes on. It ends when nobody waits
/// for it any more. A peer of a version that does not know such requests gets one for each chunk.
/// </remarks>
internal sealed class PutLane(Uri peer, PeerClient client, PeerClientOptions options)
{
    /// <summary>One minute, then a peer that knew no such requests is tried again: it may have another version by now.</summary>
    private static readonly TimeSpan AskedAgainAfter = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly LinkedList<WaitingPut> _waiting = new();
    private int _underWay;
    private long? _refusedAt;

    /// <param name="alone">Sends the chunk in a request of its own, and says of bytes that moved slowly.</param>
    public async Task<PeerOutcome> PutAsync(WaitingPut put, Func<Action, Task<PeerOutcome>> alone, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var turn = Enter(put, cancellation) ?? await WaitAsync(put, cancellation).ConfigureAwait(false);
        if (turn.Outcome is { } outcome)
        {
            return outcome;
        }

        try
        {
            return await alone(() => SayMoved([put])).ConfigureAwait(false);
        }
        finally
        {
            if (turn.HoldsPlace && Next() is { Count: > 0 } puts)
            {
                _ = SendAllAsync(puts);
            }
        }
    }

    private PutTurn? Enter(WaitingPut put, CancellationToken cancellation)
    {
        lock (_lock)
        {
            if (_refusedAt is { } at)
            {
                if (options.Time.GetElapsedTime(at) < AskedAgainAfter)
                {
                    return PutTurn.Apart;
                }

                _refusedAt = null;
            }

            if (_underWay < SmallPuts.RequestsMax)
            {
                _underWay++;
                return PutTurn.Alone;
            }

            put.Watch = new ProgressWatch(options.IdleMax, options.CallMax, cancellation);
            put.Place = _waiting.AddLast(put);
            return null;
        }
    }

    private async Task<PutTurn> WaitAsync(WaitingPut put, CancellationToken cancellation)
    {
        using var watch = put.Watch!;
        await using var registration = watch.Token.UnsafeRegister(static state => ((WaitingPut)state!).GiveUp(), put).ConfigureAwait(false);
        try
        {
            return await put.Task.ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (watch.IsExpired)
        {
            return PutTurn.Said(PeerOutcome.TimedOut.Instance);
        }
        catch (OperationCanceledException)
        {
            throw new OperationCanceledException(cancellation);
        }
        finally
        {
            lock (_lock)
            {
                if (put.Place!.List is not null)
                {
                    _waiting.Remove(put.Place);
                }
            }
        }
    }

    /// <summary>Hands the place of a request that has ended to those that wait.</summary>
    /// <returns>Those that go together with it; empty when nobody waits, or the only one goes alone.</returns>
    private List<WaitingPut> Next()
    {
        lock (_lock)
        {
            while (_waiting.First is { Value: var first })
            {
                var count = SmallPuts.CountNext(_waiting.TakeWhile(put => put.Call == first.Call && put.Pin == first.Pin).Select(put => put.SizeBytes));
                var puts = _waiting.Take(count).ToList();
                puts.ForEach(Leave);
                if (count > 1)
                {
                    return puts;
                }

                if (first.TrySetResult(PutTurn.Alone))
                {
                    return [];
                }
            }

            _underWay--;
            return [];
        }
    }

    // Its turn has come: now only its time in all counts.
    private void Leave(WaitingPut put)
    {
        _waiting.Remove(put.Place!);
        put.Watch!.AwaitAnswer();
    }

    private async Task SendAllAsync(List<WaitingPut> puts)
    {
        // Part of the traces of those who wait, not of the one who happened to start it.
        Activity.Current = null;
        for (; puts.Count > 0; puts = Next())
        {
            var buffer = ArrayPool<byte>.Shared.Rent(puts.Sum(put => PutBatch.EntryBytes + put.SizeBytes));
            try
            {
                await SendAsync(puts, buffer).ConfigureAwait(false);
            }
            catch (Exception failure)
            {
                // Each caller has it; nobody waits for this task.
                puts.ForEach(put => put.TrySetException(failure));
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }

    private async Task SendAsync(List<WaitingPut> puts, byte[] buffer)
    {
        var sizeBytes = 0;
        var sent = new List<WaitingPut>(puts.Count);
        foreach (var put in puts)
        {
            var copied = put.CopyTo(buffer.AsSpan(sizeBytes));
            sizeBytes += copied;
            if (copied > 0)
            {
                sent.Add(put);
            }
        }

        if (sent.Count == 0)
        {
            return;
        }

        var nobodyWaits = new CancellationTokenSource();
        _ = Task.WhenAll(sent.Select(put => put.Task)).ContinueWith(
            _ => nobodyWaits.Cancel(), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        try
        {
            Answer(sent, await client.PutTogetherAsync(
                peer, sent[0].Call, sent[0].Pin, buffer.AsMemory(0, sizeBytes), sent.Count, nobodyWaits.Token, () => SayMoved(sent)).ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (nobodyWaits.IsCancellationRequested)
        {
            // The place is free for others.
        }
    }

    // Who waits for a turn waits for a link that carries what was before it.
    private void SayMoved(List<WaitingPut> sent)
    {
        List<WaitingPut> all = [.. sent];
        lock (_lock)
        {
            foreach (var put in _waiting)
            {
                put.Watch!.Progress(SlowLinks.PieceBytes);
                all.Add(put);
            }
        }

        all.ForEach(put => put.Moved());
    }

    private void Answer(List<WaitingPut> sent, PeerOutcome outcome)
    {
        // As a peer answers whose version does not know the request, or takes less in one.
        var isUnknown = outcome is PeerOutcome.Refused { Refusal: PeerRefusal.Malformed or PeerRefusal.TooLarge };
        if (isUnknown)
        {
            SendApart();
        }

        var each = (outcome as PeerOutcome.ToEach)?.Outcomes;
        for (var i = 0; i < sent.Count; i++)
        {
            sent[i].TrySetResult(isUnknown ? PutTurn.Apart : PutTurn.Said(each is { } outcomes ? outcomes[i] : outcome));
        }
    }

    private void SendApart()
    {
        lock (_lock)
        {
            _refusedAt = options.Time.GetTimestamp();
            foreach (var put in _waiting)
            {
                put.TrySetResult(PutTurn.Apart);
            }

            _waiting.Clear();
        }
    }
}
