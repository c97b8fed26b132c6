using Dfs.Tests.Kit;

namespace Dfs.Tests.Fuzz;

/// <summary>Every parser of bytes from outside, with as many inputs as CI has time for; long runs by hand: docs/reliability.md.</summary>
public sealed class FuzzTests
{
    /// <summary>Makes it a minute of a processor for all parsers together.</summary>
    private const int Rounds = 15;

    public static TheoryData<string> Groups => [.. FuzzTargets.Groups];

    // Always the same inputs: a change of the parsers makes it fail, not the day.
    private static int Seed => Environment.GetEnvironmentVariable("DFS_SEED") is { } seed ? int.Parse(seed, null) : 1;

    [Theory, MemberData(nameof(Groups))]
    public void Parsers_refuse_as_they_say_and_end_within_their_memory(string group)
    {
        foreach (var target in FuzzTargets.Of(group))
        {
            Assert.All(target.Seeds, seed => Assert.NotEqual(0, target.Parse(seed)));
            var run = new FuzzRun(target, Seed);

            Assert.Null(run.Run(inputs => inputs < Rounds * target.InputsInCi));
            Assert.True(run.Outcomes > 1, $"all inputs of {target} came to the same: nothing is refused");
        }
    }

    // A run that cannot find a mistake proves nothing.
    [Fact]
    public void A_parser_that_believes_a_length_is_found_out_and_the_input_made_short()
    {
        var broken = new FuzzTarget("broken", ["DFS\x04data"u8.ToArray()], input =>
            input.AsSpan().StartsWith("DFS"u8) && input.Length > 3 ? FuzzTarget.Shape(input.AsSpan(4, input[3]).Length) : 0);

        var failure = new FuzzRun(broken, 1).Run(inputs => inputs < 10_000);

        Assert.NotNull(failure);
        Assert.Contains(nameof(ArgumentOutOfRangeException), failure.What, StringComparison.Ordinal);
        Assert.Equal("44465301", Convert.ToHexStringLower([.. failure.Input[..3], 1]));
        Assert.Equal(4, failure.Input.Length);
    }

    [Fact]
    public void A_parser_that_allocates_what_an_input_says_is_found_out()
    {
        var broken = new FuzzTarget("broken", [[0, 16]], input => input.Length < 2 ? 0 : FuzzTarget.Shape(new byte[(input[0] << 8 | input[1]) * 64].Length));

        var failure = new FuzzRun(broken, 1).Run(inputs => inputs < 10_000);

        Assert.StartsWith("allocates", failure?.What, StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_seed_gives_the_same_inputs()
    {
        Assert.Equal(Inputs(7), Inputs(7));
        Assert.NotEqual(Inputs(7), Inputs(8));

        static List<string> Inputs(int seed)
        {
            var seen = new List<string>();
            var target = new FuzzTarget("seen", [TestBytes.Pattern(40)], input =>
            {
                seen.Add(Convert.ToHexString(input));
                return input.Length;
            });
            Assert.Null(new FuzzRun(target, seed).Run(inputs => inputs < 200));
            return seen;
        }
    }
}
