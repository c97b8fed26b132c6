using Dfs.Core.Catalog;
using Dfs.Core.Primitives;
using Dfs.Tests.Placement;

namespace Dfs.Tests.Catalog;

public class LateAcceptsTests
{
    private static readonly ReplicaId A = Members.Id(1), B = Members.Id(2);

    private static readonly RegisterId Register = TestReplicas.Key.Register;

    private static readonly TimeSpan Begin = TimeSpan.FromSeconds(100), Due = Begin + LateAccepts.Patience;

    private readonly LateAccepts _late = new();

    [Fact]
    public void Who_answers_in_time_has_missed_nothing_and_who_does_not_is_said_once()
    {
        _late.Add(1, 2, Register, [A, B], Begin);
        _late.Accepted(1, 2, A);

        Assert.Empty(_late.TakeMissed(Due - TimeSpan.FromTicks(1)));
        Assert.Equal((B, Register), Assert.Single(_late.TakeMissed(Due)));
        Assert.Empty(_late.TakeMissed(Due));
        Assert.True(_late.IsEmpty);
    }

    [Fact]
    public void An_answer_to_an_earlier_attempt_or_to_another_operation_is_none()
    {
        _late.Add(1, 2, Register, [A], Begin);
        _late.Accepted(1, 1, A);
        _late.Accepted(2, 2, A);
        _late.Accepted(1, 2, B);

        Assert.Equal((A, Register), Assert.Single(_late.TakeMissed(Due)));
    }

    [Fact]
    public void Of_too_many_that_wait_the_oldest_count_as_missed()
    {
        for (var operation = 1; operation <= LateAccepts.OpenMax + 3; operation++)
        {
            _late.Add((ulong)operation, 1, Register, [A], Begin);
        }

        Assert.Equal(3, _late.TakeMissed(Begin).Count);
        Assert.Equal(LateAccepts.OpenMax, _late.TakeMissed(Due).Count);
    }
}
