using Akka.Remote.Transport;

namespace Engine.Tests.Embedded.Remote;

public class HalfOpenConnectionsTests
{
    private sealed class Connection : IDisposable
    {
        public bool IsClosed { get; private set; }

        public void Dispose() => IsClosed = true;
    }

    [Fact]
    public void One_too_many_closes_the_oldest()
    {
        var halfOpen = new HalfOpenConnections(limit: 2);
        Connection[] all = [new(), new(), new()];

        Array.ForEach(all, connection => halfOpen.Add(connection));

        Assert.Equal([true, false, false], all.Select(connection => connection.IsClosed));
    }

    [Fact]
    public void One_that_has_spoken_counts_no_more()
    {
        var halfOpen = new HalfOpenConnections(limit: 1);
        var first = new Connection();
        var second = new Connection();

        halfOpen.Remove(halfOpen.Add(first));
        halfOpen.Add(second);

        Assert.False(first.IsClosed || second.IsClosed);
    }
}
