using Dfs.Tests.Kit;

namespace Dfs.Tests.Simulation;

public class LinearizabilityCheckerTests
{
    [Fact]
    public void A_read_may_see_either_side_of_a_put_that_is_under_way_but_not_go_back()
    {
        Assert.True(Holds(Put(1, 0, 10), Read(0, 1, 3), Read(1, 4, 6)));
        Assert.False(Holds(Put(1, 0, 10), Read(1, 1, 3), Read(0, 4, 6)));
    }

    [Fact]
    public void A_put_without_an_answer_may_come_late_or_never()
    {
        Assert.True(Holds(Put(1, 0, 1), Put(2, 2, long.MaxValue), Read(1, 3, 4), Read(2, 90, 91)));
        Assert.True(Holds(Put(1, 0, 1), Put(2, 2, long.MaxValue), Read(1, 3, 4), Read(1, 90, 91)));
        Assert.False(Holds(Put(1, 0, 1), Put(2, 2, long.MaxValue), Read(2, 3, 4), Read(1, 90, 91)));
    }

    [Fact]
    public void An_acknowledged_put_is_not_lost_and_a_removed_value_not_back()
    {
        Assert.False(Holds(Put(1, 0, 1), Read(0, 2, 3)));
        Assert.False(Holds(Put(1, 0, 1), Remove(2, 3), Read(1, 4, 5)));
    }

    [Fact]
    public void A_listing_shows_what_a_read_would_and_where_it_does_not_say_what_that_something_is_there()
    {
        Assert.False(Holds(Put(1, 0, 1), Listed(0, 2, 3)));
        Assert.True(Holds(Put(1, 0, 9), Listed(0, 2, 3), Listed(1, 4, 5)));
        Assert.False(Holds(Put(1, 0, 9), Listed(ClientCall.Untold, 2, 3), Read(0, 4, 5)));
        Assert.False(Holds(Put(1, 0, 1), Remove(2, 3), Listed(ClientCall.Untold, 4, 5)));
        Assert.True(Holds(Put(2, 0, long.MaxValue), Listed(ClientCall.Untold, 4, 5), Read(2, 6, 7)));
    }

    [Fact]
    public void Two_swaps_from_one_value_cannot_both_be_done()
    {
        Assert.False(Holds(Put(1, 0, 1), Swap(1, 2, 2, 9), Swap(1, 3, 2, 9)));
        Assert.True(Holds(Put(1, 0, 1), Swap(1, 2, 2, 9), Swap(1, 3, 2, 9) with { End = CallEnd.Refused, Result = 2 }));
        Assert.False(Holds(Put(1, 0, 1), Swap(1, 2, 2, 3), Swap(1, 3, 4, 9) with { End = CallEnd.Refused, Result = 1 }));
    }

    // Oracle: for few calls, try all orders of all subsets that contain the answered ones.
    [Theory, Seeds(100)]
    public void It_agrees_with_trying_every_order(int seed)
    {
        var random = new Random(seed);
        var calls = Enumerable.Range(0, 5).Select(id =>
        {
            var invoked = random.Next(20);
            var kind = (CallKind)random.Next(4);
            var isLost = kind != CallKind.Read && random.Next(4) == 0;
            return new ClientCall(
                id, 0, kind, 1 + random.Next(2), random.Next(3), isLost ? CallEnd.Indeterminate : CallEnd.Done,
                random.Next(3), invoked, isLost ? long.MaxValue : invoked + random.Next(1, 12));
        }).ToArray();

        Assert.Equal(TryEveryOrder([], calls, 0), LinearizabilityChecker.IsLinearizable(calls));
    }

    private static bool TryEveryOrder(ClientCall[] before, ClientCall[] rest, int state)
    {
        if (rest.All(call => call.Returned == long.MaxValue))
        {
            return true;
        }

        return rest.Any(call => rest.All(other => other.Returned >= call.Invoked)
            && Apply(call, state) is { } next
            && TryEveryOrder([.. before, call], [.. rest.Where(other => other != call)], next));
    }

    private static int? Apply(ClientCall call, int state) => call.Kind switch
    {
        CallKind.Read => state == call.Result ? state : null,
        CallKind.Put => call.Argument,
        CallKind.Swap => state == call.Expected ? call.Argument : null,
        _ => state != 0 ? 0 : null,
    };

    private static bool Holds(params ClientCall[] calls) => LinearizabilityChecker.IsLinearizable(calls);

    private static ClientCall Put(int value, long from, long to) => Call(CallKind.Put, value, 0, 0, from, to);

    private static ClientCall Swap(int expected, int value, long from, long to) =>
        Call(CallKind.Swap, value, expected, 0, from, to);

    private static ClientCall Remove(long from, long to) => Call(CallKind.Remove, 0, 0, 0, from, to);

    private static ClientCall Read(int value, long from, long to) => Call(CallKind.Read, 0, 0, value, from, to);

    private static ClientCall Listed(int value, long from, long to) => Call(CallKind.Listed, 0, 0, value, from, to);

    private static ClientCall Call(CallKind kind, int value, int expected, int result, long from, long to) => new(
        0, 0, kind, value, expected, to == long.MaxValue ? CallEnd.Indeterminate : CallEnd.Done, result, from, to);
}
