namespace Dfs.Tests.Simulation;

/// <summary>What a client did to one key, and what it was told.</summary>
/// <param name="Id">Order of invocation; for the story.</param>
/// <param name="Argument">The new value of a put or a swap.</param>
/// <param name="Expected">What a swap asked for; 0 is absent.</param>
/// <param name="Result">What a read or a refusal saw; 0 is absent.</param>
/// <param name="Returned">long.MaxValue when no answer came, or "indeterminate": it may take effect later, or never.</param>
internal sealed record ClientCall(
    int Id, int Key, CallKind Kind, int Argument, int Expected, CallEnd End, int Result, long Invoked, long Returned)
{
    /// <summary>As a <see cref="Result"/>: the refusal did not say what it saw, or the listing what the name stands for.</summary>
    public const int Untold = -1;

    public override string ToString() =>
        $"{Invoked,6} – {(Returned == long.MaxValue ? "?" : Returned.ToString(null, null)),-6} #{Id} "
        + Kind switch
        {
            CallKind.Put => $"put {Argument}",
            CallKind.Swap => $"swap {Expected} for {Argument}",
            CallKind.Remove => "remove",
            CallKind.Listed => "listed",
            _ => "read",
        }
        + $": {End}" + (End == CallEnd.Refused || Kind is CallKind.Read or CallKind.Listed ? $" {Result}" : "");
}

internal enum CallKind
{
    Put,
    Swap,
    Remove,
    Read,

    /// <summary>A read of what stands in a listing.</summary>
    Listed,
}

internal enum CallEnd
{
    Done,
    Refused,
    Indeterminate,
}

/// <summary>Whether some order of a key's calls, each at one moment between call and answer, explains every answer.</summary>
/// <remarks>
/// Wing and Gong (J. Parallel Distrib. Comput. 17, 1993) with Lowe's memory of configurations seen (Concurrency
/// and Computation 29(4), 2017). Depth first; at most 128 calls, so that a set of calls is two words.
/// </remarks>
internal sealed class LinearizabilityChecker
{
    /// <summary>Two million, some 100 MB: histories that can be explained need thousands.</summary>
    private const int ConfigurationsMax = 2_000_000;

    private readonly ClientCall[] _calls;
    private readonly UInt128 _answered;
    private readonly HashSet<(UInt128 Done, int State)> _seen = [];

    private LinearizabilityChecker(IEnumerable<ClientCall> calls)
    {
        _calls = [.. calls.OrderBy(call => call.Invoked).ThenBy(call => call.Id)];
        Assert.InRange(_calls.Length, 0, 128);
        for (var index = 0; index < _calls.Length; index++)
        {
            _answered |= _calls[index].Returned == long.MaxValue ? 0 : UInt128.One << index;
        }
    }

    /// <returns>False also when the search is given up.</returns>
    public static bool IsLinearizable(IEnumerable<ClientCall> calls)
    {
        // Most of what was not answered never took effect; each that is tried doubles the search.
        var all = calls.ToList();
        var seen = all.Where(call => call.Returned < long.MaxValue).SelectMany(call => new[] { call.Result, call.Expected }).ToHashSet();
        var likely = all.Where(call => call.Returned < long.MaxValue || call.Kind == CallKind.Remove || seen.Contains(call.Argument));
        return new LinearizabilityChecker(likely).Search(0, 0) || new LinearizabilityChecker(all).Search(0, 0);
    }

    private bool Search(UInt128 done, int state)
    {
        if ((done & _answered) == _answered)
        {
            return true;
        }

        if (_seen.Count >= ConfigurationsMax || !_seen.Add((done, state)))
        {
            return false;
        }

        // What was answered first: of what was not, most never took effect, and each that is tried doubles the search.
        return SearchAmong(_answered & ~done, done, state) || SearchAmong(~_answered & ~done, done, state);
    }

    private bool SearchAmong(UInt128 candidates, UInt128 done, int state)
    {
        var firstAnswer = FirstAnswerOutside(done);
        for (var index = 0; index < _calls.Length && _calls[index].Invoked <= firstAnswer; index++)
        {
            var bit = UInt128.One << index;
            if ((candidates & bit) != 0 && Next(_calls[index], state) is { } next && Search(done | bit, next))
            {
                return true;
            }
        }

        return false;
    }

    // No call may come before one that had been answered when it was made.
    private long FirstAnswerOutside(UInt128 done)
    {
        var first = long.MaxValue;
        for (var index = 0; index < _calls.Length; index++)
        {
            first = (done & (UInt128.One << index)) == 0 ? Math.Min(first, _calls[index].Returned) : first;
        }

        return first;
    }

    /// <summary>The state after the call, null when its answer is impossible in this state.</summary>
    private static int? Next(ClientCall call, int state) => (call.Kind, call.End) switch
    {
        (CallKind.Listed, _) when call.Result == ClientCall.Untold => state != 0 ? state : null,
        (CallKind.Read or CallKind.Listed, _) => call.Result == state ? state : null,
        (_, CallEnd.Refused) => call.Result is ClientCall.Untold || call.Result == state ? Applies(call, state) ? null : state : null,
        _ when !Applies(call, state) => null,
        (CallKind.Remove, _) => 0,
        _ => call.Argument,
    };

    private static bool Applies(ClientCall call, int state) => call.Kind switch
    {
        CallKind.Swap => state == call.Expected,
        CallKind.Remove => state != 0,
        _ => true,
    };
}
