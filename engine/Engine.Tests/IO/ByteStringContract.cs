using Akka.IO;

namespace Engine.Tests.IO;

public sealed class ByteStringContract
{
    private static readonly ByteString Rope = ByteString.FromBytes([1, 2, 3]) + ByteString.FromBytes([0, 4, 5, 0], 1, 2);

    [Fact]
    public void Joined_pieces_read_as_one()
    {
        Assert.Equal(5, Rope.Count);
        Assert.Equal(new byte[] { 1, 2, 3, 4, 5 }, Rope.ToArray());
        Assert.Equal(new byte[] { 1, 2, 3, 4, 5 }, Rope.AsEnumerable());
        Assert.Equal(4, Rope[3]);
        Assert.Equal(ByteString.CopyFrom(Rope.ToArray()), Rope);
        Assert.Equal(ByteString.CopyFrom(Rope.ToArray()).GetHashCode(), Rope.Compact().GetHashCode());
    }

    [Theory]
    [InlineData(0, 5), InlineData(1, 3), InlineData(3, 2), InlineData(2, 1), InlineData(4, 0)]
    public void Slices_cross_the_pieces(int index, int count)
    {
        Assert.Equal(Rope.ToArray().AsSpan(index, count).ToArray(), Rope.Slice(index, count).ToArray());
    }

    [Fact]
    public void Taking_an_array_does_not_copy_it_and_copying_does()
    {
        byte[] array = [1, 2];
        var (taken, copied) = (ByteString.FromBytes(array), ByteString.CopyFrom(array));

        array[0] = 9;

        Assert.Equal(9, taken[0]);
        Assert.Equal(1, copied[0]);
    }

    [Fact]
    public void Text_and_targets()
    {
        var target = new byte[4];

        Assert.Equal("héllo", ByteString.FromString("héllo").ToString());
        Assert.Equal(3, Rope.CopyTo(target, 1, 3));
        Assert.Equal(new byte[] { 0, 1, 2, 3 }, target);
        Assert.True((ByteString.Empty + Rope) == Rope);
        Assert.Throws<ArgumentOutOfRangeException>(() => Rope.Slice(4, 2));
    }
}
