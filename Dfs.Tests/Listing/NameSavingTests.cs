using Dfs.Core.Listing;

namespace Dfs.Tests.Listing;

/// <summary>When an index of names is worth another file: what it costs against what it saves.</summary>
public sealed class NameSavingTests
{
    private static readonly TimeSpan Moment = TimeSpan.FromTicks(1);

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0, 1_000_000)]
    [InlineData(-1, 0)]
    public void What_has_not_changed_is_never_written(long rows, long registers)
    {
        Assert.False(NameSaving.IsDue(rows, registers, null));
        Assert.False(NameSaving.IsDue(rows, registers, NameSaving.EveryMax));
    }

    [Fact]
    public void The_first_file_is_written_with_the_first_row() => Assert.True(NameSaving.IsDue(1, 1_000_000, null));

    [Fact]
    public void After_an_hour_one_row_is_enough()
    {
        Assert.False(NameSaving.IsDue(1, 0, NameSaving.EveryMax - Moment));
        Assert.True(NameSaving.IsDue(1, 1_000_000, NameSaving.EveryMax));
    }

    [Theory]
    [InlineData(0, NameSaving.RowsMin)]
    [InlineData(16 * NameSaving.RowsMin, NameSaving.RowsMin)]
    [InlineData(1_000_000, 62_500)]
    [InlineData(30_000_000, 1_875_000)]
    public void After_five_minutes_a_sixteenth_of_the_registers_and_at_least_a_thousand_rows_are(long registers, long rows)
    {
        Assert.True(NameSaving.IsDue(rows, registers, NameSaving.EveryMin));
        Assert.False(NameSaving.IsDue(rows - 1, registers, NameSaving.EveryMin));
        Assert.False(NameSaving.IsDue(rows, registers, NameSaving.EveryMin - Moment));
    }
}
