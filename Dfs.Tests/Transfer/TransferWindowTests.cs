using Dfs.Core.Transfer;

namespace Dfs.Tests.Transfer;

public sealed class TransferWindowTests
{
    private const int ChunkBytes = 1024 * 1024;

    private static readonly TimeSpan Quick = TimeSpan.FromMilliseconds(5), Fair = TimeSpan.FromSeconds(1), Creeping = TimeSpan.FromSeconds(4);

    [Fact]
    public void What_moves_quickly_makes_room_for_one_more_up_to_what_a_peer_is_sent_at_most()
    {
        var window = TransferWindow.First;
        for (var number = 2; number <= 2 * TransferWindow.SizeMax; number++)
        {
            window = window.After(ChunkBytes, Quick, TimeSpan.Zero, At(number));
            Assert.Equal(Math.Min(number, TransferWindow.SizeMax), window.Size);
        }
    }

    [Fact]
    public void What_creeps_halves_it_once_for_all_that_began_before()
    {
        var window = new TransferWindow(8, TimeSpan.Zero);

        window = window.After(ChunkBytes, Creeping, At(1), At(5));
        Assert.Equal(4, window.Size);
        window = window.After(ChunkBytes, Creeping, At(2), At(6));
        Assert.Equal(4, window.Size);
        window = window.After(ChunkBytes, Creeping, At(5), At(9));
        Assert.Equal(2, window.Size);
    }

    [Fact]
    public void One_is_always_allowed_and_stays_the_only_one_over_a_link_that_carries_no_more()
    {
        var window = TransferWindow.First;

        window = window.After(ChunkBytes, Creeping, At(1), At(5));
        Assert.Equal(1, window.Size);
        window = window.After(ChunkBytes, Fair, At(5), At(6));
        Assert.Equal(1, window.Size);
    }

    [Fact]
    public void One_that_stands_still_after_its_first_bytes_creeps_and_one_that_came_in_one_piece_is_quick()
    {
        var window = new TransferWindow(8, TimeSpan.Zero);

        Assert.Equal(4, window.After(0, TimeSpan.FromSeconds(3), At(1), At(4)).Size);
        Assert.Equal(9, window.After(0, TimeSpan.Zero, At(1), At(1)).Size);
    }

    private static TimeSpan At(int seconds) => TimeSpan.FromSeconds(seconds);
}
