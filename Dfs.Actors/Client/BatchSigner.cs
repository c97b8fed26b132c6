using System.Security.Cryptography;
using Dfs.Core.Crypto;
using Dfs.Core.Primitives;

namespace Dfs.Actors.Client;

/// <summary>Signs for many callers with few signatures: each covers everything that waits for it (SEAL.md, S8).</summary>
/// <remarks>
/// After a pause the first caller is signed for at once; whoever comes within <see cref="GatherTime"/> of a signature
/// waits for the next, with everyone else who does. So a lone put pays nothing, and many at once make their replicas
/// verify at most one signature in that time. Thread-safe; signs on a thread of the pool. Owns the signer.
/// </remarks>
public sealed class BatchSigner(OwnerSigner signer, TimeProvider time) : IDisposable
{
    /// <summary>256 transitions a signature: eight hashes of path, 256 bytes, in each head.</summary>
    public const int BatchMax = 256;

    /// <summary>5 ms between two signatures: about the commit that follows, and 200 verifications a second at a replica.</summary>
    public static readonly TimeSpan GatherTime = TimeSpan.FromMilliseconds(5);

    private readonly Lock _lock = new();
    private readonly Queue<Waiting> _waiting = new();
    private bool _isRunning, _isDisposed;
    private long _lastSigned = time.GetTimestamp() - time.TimestampFrequency;

    /// <param name="transition">The hash of what is signed.</param>
    /// <exception cref="ObjectDisposedException">The owner's keys are locked.</exception>
    public Task<BatchSignature> SignAsync(Bytes32 transition)
    {
        // Continued on the signing thread: what follows is short, and the thread is one of the pool.
        var waiting = new Waiting(transition, new TaskCompletionSource<BatchSignature>());
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            _waiting.Enqueue(waiting);
            if (!_isRunning)
            {
                _isRunning = true;
                _ = RunAsync();
            }
        }

        return waiting.Answer.Task;
    }

    /// <summary>Takes no more; who waits already is still signed for.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _isDisposed = true;
            if (!_isRunning)
            {
                signer.Dispose();
            }
        }
    }

    // One of these runs while anyone waits.
    private async Task RunAsync()
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        do
        {
            if (GatherTime - time.GetElapsedTime(_lastSigned) is var rest && rest > TimeSpan.Zero)
            {
                await Task.Delay(rest, time).ConfigureAwait(false);
            }

            Sign(TakeBatch());
            _lastSigned = time.GetTimestamp();
        }
        while (HasMore());
    }

    private List<Waiting> TakeBatch()
    {
        lock (_lock)
        {
            var batch = new List<Waiting>(Math.Min(_waiting.Count, BatchMax));
            while (batch.Count < BatchMax && _waiting.TryDequeue(out var waiting))
            {
                batch.Add(waiting);
            }

            return batch;
        }
    }

    private void Sign(List<Waiting> batch)
    {
        try
        {
            var signatures = signer.Sign(batch.Select(waiting => waiting.Transition).ToArray());
            for (var i = 0; i < signatures.Length; i++)
            {
                batch[i].Answer.SetResult(signatures[i]);
            }
        }
        catch (CryptographicException error)
        {
            batch.ForEach(waiting => waiting.Answer.SetException(error));
        }
    }

    private bool HasMore()
    {
        lock (_lock)
        {
            _isRunning = _waiting.Count > 0;
            if (!_isRunning && _isDisposed)
            {
                signer.Dispose();
            }

            return _isRunning;
        }
    }

    private sealed record Waiting(Bytes32 Transition, TaskCompletionSource<BatchSignature> Answer);
}
