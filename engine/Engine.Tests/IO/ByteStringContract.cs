using Akka.IO;

namespace Engine.Tests.IO;

public sealed class ByteStringContract
{
    [Fact]
    public void It_holds_what_it_was_made_of()
    {
        var some = ByteString.FromBytes([0, 4, 5, 0], 1, 2);

        Assert.Equal(2, some.Count);
        Assert.Equal(new byte[] { 4, 5 }, some.ToArray());
        Assert.Equal(new byte[] { 4, 5 }, some.AsEnumerable());
        Assert.Equal(ByteString.FromBytes([4, 5]), some);
        Assert.Equal(ByteString.FromBytes([4, 5]).GetHashCode(), some.GetHashCode());
        Assert.Equal("héllo", ByteString.FromBytes("héllo"u8.ToArray()).ToString());
    }

    [Fact]
    public void Taking_an_array_does_not_copy_it()
    {
        byte[] array = [1, 2];
        var taken = ByteString.FromBytes(array);

        array[0] = 9;

        Assert.Equal(9, taken.First());
    }
}
