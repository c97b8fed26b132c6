namespace Dfs.Actors.Transfer;

/// <summary>What placing chunks on other nodes has cost this one since its start. Thread-safe.</summary>
public sealed class PlaceCounters
{
    private long _sentBytes;
    private long _resentBytes;
    private long _sparedBytes;

    /// <summary>Ciphertext that was sent to peers, as often as it was sent.</summary>
    public long SentBytes => Interlocked.Read(ref _sentBytes);

    /// <summary>Of these, those that the peer had already.</summary>
    public long ResentBytes => Interlocked.Read(ref _resentBytes);

    /// <summary>Ciphertext that was not sent, because the peer proved that it has it.</summary>
    public long SparedBytes => Interlocked.Read(ref _sparedBytes);

    internal void Send(int bytes) => Interlocked.Add(ref _sentBytes, bytes);

    internal void Resend(int bytes) => Interlocked.Add(ref _resentBytes, bytes);

    internal void Spare(int bytes) => Interlocked.Add(ref _sparedBytes, bytes);
}
