using System.Buffers;
using Akka.Actor;
using Akka.Event;

namespace Akka.Remote.Transport;

/// <summary>All that this system knows of one remote address: its incarnation, links, queue and gate.</summary>
/// <remarks>
/// States: idle (nothing to say) · dialing · active (messages leave over one link, <c>_outbound</c>) · gated (after a
/// failure: messages go to dead letters until the gate opens) · closed. Both sides may dial at once; both links are
/// then read, and each side keeps writing on its own. System messages outlive a gate and are sent again until the
/// incarnation that they are for acknowledges them; too many or too old ones quarantine it.
/// Two locks: <c>_inbound</c> orders what arrives, <c>_sync</c> guards the rest and is taken last; nothing outside is
/// called under <c>_sync</c>.
/// </remarks>
internal sealed class Association
{
    private enum State { Idle, Dialing, Active, Gated, Closed }

    private const long NoUid = -1;

    private readonly Lock _inbound = new();
    private readonly Lock _sync = new();
    private readonly Remoting _remoting;
    private readonly InboundDispatcher _dispatcher;
    private readonly List<Link> _links = [];
    private readonly Queue<OutboundMessage> _ordinary = new();
    private readonly Queue<OutboundMessage> _urgent = new();
    private readonly SystemMessageOutbox _outbox = new();
    private readonly HashSet<int> _quarantined = [];
    private InboundStream _stream = new();
    private long _inboundUid = NoUid;
    private State _state = State.Idle;
    private Link? _outbound;
    private bool _streamBegun;
    private ulong _streams;
    private int? _uid;
    private int _queuedSystemMessages;
    private long _gatedUntil;
    private long _systemMessagesWaitSince;
    private long _lastUsed = Now;
    private bool _hasReportedFull;

    public Association(Remoting remoting, Address remote)
    {
        (_remoting, Remote) = (remoting, remote);
        _dispatcher = new InboundDispatcher(remoting.Provider, remoting.System, remoting.Log);
    }

    public Address Remote { get; }

    private TransportOptions Options => _remoting.Options;

    // Outbound

    /// <summary>Queues the message, dialing if need be; while gated, a user message goes to dead letters.</summary>
    public void Send(in OutboundMessage message)
    {
        bool isTaken;
        var isFirstTooMany = false;
        var isHopeless = false;
        lock (_sync)
        {
            OpenGateWhenDue();
            var isOpen = _state is not (State.Gated or State.Closed);
            isTaken = _state != State.Closed && (message.IsSystem || (isOpen && HasRoom()));
            if (isTaken)
            {
                Enqueue(message);
                isHopeless = message.IsSystem && SystemMessages > Options.SystemMessageBufferSize;
            }
            else if (isOpen)
            {
                isFirstTooMany = !_hasReportedFull;
                _hasReportedFull = true;
            }
        }

        if (isHopeless)
        {
            GiveUp("too many system messages wait for acknowledgement");
        }
        else if (!isTaken)
        {
            _remoting.DeadLetter(message);
        }

        if (isFirstTooMany)
        {
            _remoting.Log.Warning("The queue for {0} is full with {1} messages: more go to dead letters",
                Remote, Options.QueueMessagesMax);
        }
    }

    /// <summary>Whether the link has messages to take.</summary>
    public bool HasWork(Link link)
    {
        lock (_sync)
        {
            return _outbound == link && (!_streamBegun || _urgent.Count + _ordinary.Count > 0);
        }
    }

    /// <summary>Moves the next messages to the link that we write on.</summary>
    public int Take(Link link, OutboundMessage[] chunk)
    {
        lock (_sync)
        {
            var count = 0;
            while (_outbound == link && _streamBegun && count < chunk.Length
                && (_urgent.TryDequeue(out var message) || _ordinary.TryDequeue(out message)))
            {
                if (!message.IsSystem)
                {
                    chunk[count++] = message;
                }
                else if (Number(message) is { } numbered)
                {
                    chunk[count++] = numbered;
                }
            }

            return count;
        }
    }

    /// <summary>On a link that we begin to write on: the number of the stream, and what the peer has not acknowledged.</summary>
    public void BeginStream(Link link, FrameBuffer buffer)
    {
        lock (_sync)
        {
            if (_outbound != link || _streamBegun)
            {
                return;
            }

            _streamBegun = true;
            buffer.AppendNumber(FrameKind.StreamStart, ++_streams);
            foreach (var (number, body) in _outbox.Unacknowledged)
            {
                buffer.AppendNumbered(FrameKind.SystemMessage, number, body);
            }
        }
    }

    public void Append(in OutboundMessage message, FrameBuffer buffer)
    {
        if (message.Body != null)
        {
            buffer.AppendNumbered(FrameKind.SystemMessage, message.SystemNumber, message.Body);
        }
        else
        {
            _remoting.Encoder.TryAppend(message, buffer);
        }
    }

    // Inbound

    /// <summary>Handles all complete frames in the buffer.</summary>
    /// <returns>The reason when the peer says goodbye.</returns>
    public GoodbyeReason? Receive(Link link, ref ReadOnlySequence<byte> buffer, int maximumFrameBytes)
    {
        lock (_inbound)
        {
            while (Frame.TryRead(ref buffer, maximumFrameBytes, out var frame))
            {
                if (link.Uid != Volatile.Read(ref _inboundUid))
                {
                    continue;
                }

                var bytes = frame.IsSingleSegment ? frame.FirstSpan : frame.ToArray();
                if ((FrameKind)bytes[0] == FrameKind.Goodbye)
                {
                    return bytes.Length == 2 ? (GoodbyeReason)bytes[1] : GoodbyeReason.Shutdown;
                }

                Handle(link, (FrameKind)bytes[0], bytes[1..]);
            }

            return null;
        }
    }

    private void Handle(Link link, FrameKind kind, ReadOnlySpan<byte> body)
    {
        switch (kind)
        {
            case FrameKind.Message when _stream.IsCurrent(link.InboundStream): _dispatcher.Deliver(body); break;
            case FrameKind.Message: break;
            case FrameKind.SystemMessage: HandleSystemMessage(link, body); break;
            case FrameKind.Ack: HandleAck(link, Frame.ReadNumber(body)); break;
            case FrameKind.Heartbeat: break;
            case FrameKind.StreamStart: _stream.Start(link.InboundStream = Frame.ReadNumber(body)); break;
            default: throw new MalformedFrameException($"unexpected frame of kind {kind}");
        }
    }

    private void HandleSystemMessage(Link link, ReadOnlySpan<byte> body)
    {
        if (!_stream.IsCurrent(link.InboundStream))
        {
            return;
        }

        if (_stream.TakeSystemMessage(Frame.ReadNumber(body[..Math.Min(body.Length, sizeof(ulong))])))
        {
            _dispatcher.Deliver(body[sizeof(ulong)..]);
        }

        link.Acknowledge(_stream.LastSystemMessage);
    }

    private void HandleAck(Link link, ulong upTo)
    {
        lock (_sync)
        {
            if (link.Uid == _uid)
            {
                _outbox.Acknowledge(upTo);
                _systemMessagesWaitSince = Now;
            }
        }
    }

    // Links

    /// <summary>Takes over a link after its handshake.</summary>
    /// <returns>Why the link is not ours, null when it is.</returns>
    public GoodbyeReason? Open(Link link)
    {
        List<Link> stale = [];
        lock (_inbound)
        {
            lock (_sync)
            {
                if (_state == State.Closed || _quarantined.Contains(link.Uid))
                {
                    return _state == State.Closed ? GoodbyeReason.Shutdown : GoodbyeReason.Quarantined;
                }

                if (_uid != link.Uid)
                {
                    stale.AddRange(_links);
                    BecomeIncarnation(link.Uid);
                }

                _links.Add(link);
                if (_state != State.Active && MayWriteOn(link))
                {
                    WriteOn(link);
                }
            }
        }

        stale.ForEach(old => old.Close(null, null));
        _remoting.Publish(new AssociatedEvent(_remoting.DefaultAddress, Remote, link.IsInbound));
        link.Start();
        return null;
    }

    /// <summary>A link has ended; goes on over another one to the same incarnation, else closes the gate.</summary>
    public void Closed(Link link, Exception? cause, GoodbyeReason? received)
    {
        List<OutboundMessage> dropped = [];
        var isGated = false;
        lock (_sync)
        {
            _links.Remove(link);
            _lastUsed = Now;
            if (_outbound == link && _state != State.Closed)
            {
                _outbound = null;
                var other = _links.Find(MayWriteOn);
                isGated = received != null || other == null;
                if (isGated)
                {
                    CloseGate(dropped);
                }
                else
                {
                    WriteOn(other!);
                }
            }
        }

        dropped.ForEach(_remoting.DeadLetter);
        _remoting.Publish(new DisassociatedEvent(_remoting.DefaultAddress, Remote, link.IsInbound));
        _remoting.ReportEnd(this, cause, received, isGated, link.IsInbound);
    }

    /// <summary>No connection came about: closes the gate.</summary>
    /// <returns>False when meanwhile the peer has dialed us, and all is well.</returns>
    public bool DialFailed()
    {
        List<OutboundMessage> dropped = [];
        lock (_sync)
        {
            if (_state != State.Dialing)
            {
                return false;
            }

            CloseGate(dropped);
        }

        dropped.ForEach(_remoting.DeadLetter);
        return true;
    }

    /// <summary>What time brings: gates open, silent links end, system messages that wait too long give up.</summary>
    /// <param name="heartbeat">Whether links are to send a heartbeat now.</param>
    public void Tick(bool heartbeat)
    {
        Link[] links = [];
        bool isHopeless;
        lock (_sync)
        {
            OpenGateWhenDue();
            if (_state == State.Idle && SystemMessages > 0)
            {
                Dial();
            }

            isHopeless = SystemMessages > 0 && _state is not (State.Active or State.Closed)
                && Now - _systemMessagesWaitSince > Options.SystemMessageDeliveryTimeout.TotalMilliseconds;
            if (heartbeat)
            {
                links = [.. _links];
            }
        }

        Array.ForEach(links, link => link.Heartbeat());
        if (isHopeless)
        {
            GiveUp("system messages could not be delivered in time");
        }
    }

    // Ends

    /// <summary>No more traffic with this incarnation, ever. Another one at the same address is welcome.</summary>
    /// <param name="uid">The incarnation; null when it never told us: then the address is only gated.</param>
    public void Quarantine(int? uid)
    {
        List<OutboundMessage> dropped = [];
        Link[] links;
        var isNew = false;
        lock (_sync)
        {
            if (_state == State.Closed)
            {
                return;
            }

            isNew = uid is { } known && _quarantined.Add(known);
            links = uid == null || uid == _uid ? [.. _links] : [];
            if (uid == null || uid == _uid)
            {
                dropped.AddRange(_ordinary);
                _ordinary.Clear();
                _queuedSystemMessages = 0;
                _outbox.Reset();
                _outbound = null;
                _uid = null;
                Volatile.Write(ref _inboundUid, NoUid);
                CloseGate(dropped);
            }
        }

        dropped.ForEach(_remoting.DeadLetter);
        Array.ForEach(links, link => link.SayGoodbye(
            uid == null ? GoodbyeReason.Shutdown : GoodbyeReason.Quarantined, TransportOptions.GoodbyeLimit));
        if (isNew)
        {
            _remoting.Publish(new QuarantinedEvent(Remote, uid!.Value));
        }
    }

    public bool IsQuarantined(int uid)
    {
        lock (_sync)
        {
            return _quarantined.Contains(uid);
        }
    }

    /// <summary>Ends when nothing has happened here for so long that the address is better forgotten.</summary>
    public bool TryForget()
    {
        lock (_sync)
        {
            var after = _quarantined.Count > 0 ? Options.ForgetQuarantineAfter : Options.ForgetAfter;
            if (_state != State.Idle || _links.Count > 0 || SystemMessages > 0 || Now - _lastUsed < after.TotalMilliseconds)
            {
                return false;
            }

            _state = State.Closed;
            return true;
        }
    }

    /// <summary>Sends what is queued, says goodbye and takes nothing more.</summary>
    public Task ShutdownAsync(TimeSpan limit)
    {
        Link[] links;
        lock (_sync)
        {
            _state = State.Closed;
            links = [.. _links];
        }

        Array.ForEach(links, link => link.SayGoodbye(GoodbyeReason.Shutdown, limit));
        return Task.WhenAll(links.Select(link => link.Completion));
    }

    // Under _sync

    private static long Now => FailureDetector.DefaultClock();

    /// <summary>Not yet acknowledged, whether sent or not.</summary>
    private int SystemMessages => _queuedSystemMessages + _outbox.Count;

    private bool MayWriteOn(Link link) => !link.IsInbound || Options.UsePassiveConnections;

    private bool HasRoom()
    {
        _hasReportedFull &= _ordinary.Count > Options.QueueMessagesMax / 2;
        return _ordinary.Count < Options.QueueMessagesMax;
    }

    private void Enqueue(in OutboundMessage message)
    {
        _lastUsed = Now;
        if (message.IsSystem)
        {
            _systemMessagesWaitSince = SystemMessages == 0 ? _lastUsed : _systemMessagesWaitSince;
            _queuedSystemMessages++;
        }

        (message.IsUrgent ? _urgent : _ordinary).Enqueue(message);
        if (_state == State.Idle)
        {
            Dial();
        }

        _outbound?.Signal();
    }

    private OutboundMessage? Number(in OutboundMessage message)
    {
        _queuedSystemMessages--;
        var body = _remoting.Encoder.TryEncode(message);
        return body == null ? null : message with { SystemNumber = _outbox.Add(body), Body = body };
    }

    private void Dial()
    {
        _state = State.Dialing;
        _remoting.Dial(this);
    }

    private void WriteOn(Link link)
    {
        _state = State.Active;
        _outbound = link;
        _streamBegun = false;
        link.Signal();
    }

    private void BecomeIncarnation(int uid)
    {
        if (_uid != null)
        {
            _outbox.Reset();
        }

        _uid = uid;
        Volatile.Write(ref _inboundUid, uid);
        _stream = new InboundStream();
        _outbound = null;
        _state = _state == State.Active ? State.Idle : _state;
    }

    private void CloseGate(List<OutboundMessage> dropped)
    {
        _state = State.Gated;
        _gatedUntil = Now + (long)Options.RetryGateClosedFor.TotalMilliseconds;
        dropped.AddRange(_urgent);
        _urgent.Clear();
        for (var left = _ordinary.Count; left > 0; left--)
        {
            var message = _ordinary.Dequeue();
            if (message.IsSystem)
            {
                _ordinary.Enqueue(message);
            }
            else
            {
                dropped.Add(message);
            }
        }
    }

    private void OpenGateWhenDue()
    {
        if (_state == State.Gated && Now >= _gatedUntil)
        {
            _state = State.Idle;
        }
    }

    private void GiveUp(string reason)
    {
        int? uid;
        lock (_sync)
        {
            uid = _uid;
        }

        _remoting.Log.Error("Giving up on {0}: {1}", Remote, reason);
        Quarantine(uid);
    }
}
