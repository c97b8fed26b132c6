namespace Akka.Actor.Internal;

/// <summary>What a cell waits for when children of its are on their way out.</summary>
internal enum SuspendReason
{
    /// <summary>Nothing: a user stopped a child.</summary>
    UserRequest,
    Recreation,
    Creation,
    Termination,
}

/// <summary>The children of one cell, and which of them must die before the cell goes on.</summary>
/// <remarks>Under a lock, because top-level actors are made, and paths resolved, from any thread.</remarks>
internal sealed class Children
{
    private static readonly IReadOnlyList<ChildRestartStats> None = [];

    private readonly Lock _lock = new();
    private readonly HashSet<IActorRef> _toDie = [];
    // A reserved name has no child yet: null.
    private readonly Dictionary<string, ChildRestartStats> _byName = [];
    private SuspendReason _reason;
    private bool _terminated;

    public bool IsTerminating => _toDie.Count > 0 && _reason == SuspendReason.Termination;

    public bool IsNormal => !_terminated && (_toDie.Count == 0 || _reason == SuspendReason.UserRequest);

    public bool MayHaveNew => !_terminated && !IsTerminating;

    public bool IsWaitingForChildren =>
        _toDie.Count > 0 && _reason is SuspendReason.Recreation or SuspendReason.Creation;

    public IReadOnlyList<ChildRestartStats> All
    {
        get
        {
            lock (_lock)
            {
                return _byName.Count == 0 ? None : [.. _byName.Values.Where(stats => stats is not null)];
            }
        }
    }

    /// <exception cref="InvalidActorNameException">A sibling has the name.</exception>
    /// <exception cref="InvalidOperationException">The cell is ending.</exception>
    public void Reserve(string name)
    {
        lock (_lock)
        {
            if (!MayHaveNew)
            {
                throw new InvalidOperationException($"Cannot reserve actor name '{name}': terminating or terminated");
            }

            if (!_byName.TryAdd(name, null))
            {
                throw new InvalidActorNameException($"Actor name \"{name}\" is not unique!");
            }
        }
    }

    public void Unreserve(string name)
    {
        lock (_lock)
        {
            if (_byName.TryGetValue(name, out var stats) && stats is null)
            {
                _byName.Remove(name);
            }
        }
    }

    public ChildRestartStats Add(IInternalActorRef child)
    {
        lock (_lock)
        {
            return _byName[child.Path.Name] = new ChildRestartStats(child);
        }
    }

    public ChildRestartStats ByName(string name)
    {
        lock (_lock)
        {
            return _byName.GetValueOrDefault(name);
        }
    }

    public ChildRestartStats ByRef(IActorRef child) =>
        ByName(child.Path.Name) is { } stats && stats.Child.Equals(child) ? stats : null;

    /// <summary>Notes that this child is being stopped.</summary>
    public void ShallDie(IActorRef child)
    {
        lock (_lock)
        {
            if (_toDie.Count == 0)
            {
                _reason = SuspendReason.UserRequest;
            }

            _toDie.Add(child);
        }
    }

    /// <summary>From now on the cell waits, with this reason, for what is being stopped.</summary>
    /// <returns>False when nothing is.</returns>
    public bool WaitFor(SuspendReason reason)
    {
        lock (_lock)
        {
            if (_toDie.Count == 0)
            {
                return false;
            }

            _reason = reason;
            return true;
        }
    }

    /// <returns>The reason that is satisfied by the end of this child.</returns>
    public SuspendReason? Remove(IActorRef child)
    {
        lock (_lock)
        {
            if (_byName.TryGetValue(child.Path.Name, out var stats) && stats is not null && stats.Child.Equals(child))
            {
                _byName.Remove(child.Path.Name);
            }

            if (!_toDie.Remove(child) || _toDie.Count > 0)
            {
                return null;
            }

            _terminated |= _reason == SuspendReason.Termination;
            return _reason;
        }
    }

    public void SetTerminated()
    {
        lock (_lock)
        {
            _terminated = true;
        }
    }
}
