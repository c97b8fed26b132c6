namespace Akka.Remote.Transport;

/// <summary>Keeps what arrives from one incarnation of a peer in the order in which it was sent.</summary>
/// <remarks>
/// A peer that loses its connection goes on over another one, while we may still be reading the first. Each of its
/// streams has a number, and what comes from an older stream is late and dropped: at most once allows that, a wrong
/// order it does not. System messages are numbered through all streams, so that none is dropped or taken twice.
/// </remarks>
internal sealed class InboundStream
{
    private ulong _current;
    private ulong _lastSystemMessage;

    /// <summary>What we acknowledge.</summary>
    public ulong LastSystemMessage => _lastSystemMessage;

    public void Start(ulong stream) => _current = Math.Max(_current, stream);

    public bool IsCurrent(ulong stream) => stream == _current;

    /// <returns>False for one that has already been taken.</returns>
    /// <exception cref="MalformedFrameException">One before it is missing, which no correct peer can bring about.</exception>
    public bool TakeSystemMessage(ulong number)
    {
        if (number > _lastSystemMessage + 1)
        {
            throw new MalformedFrameException($"system message {number} after {_lastSystemMessage}");
        }

        var isNext = number == _lastSystemMessage + 1;
        _lastSystemMessage = Math.Max(_lastSystemMessage, number);
        return isNext;
    }
}
