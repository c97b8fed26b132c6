using Akka.Remote.Transport;

namespace Engine.Tests.Embedded.Remote;

public class SystemMessageDeliveryTests
{
    [Fact]
    public void What_is_acknowledged_is_forgotten_and_the_rest_is_kept_in_order()
    {
        var outbox = new SystemMessageOutbox();
        for (byte body = 1; body <= 5; body++)
        {
            Assert.Equal(body, outbox.Add([body]));
        }

        outbox.Acknowledge(3);

        Assert.Equal([4ul, 5ul], outbox.Unacknowledged.Select(message => message.Number));
    }

    [Fact]
    public void A_new_incarnation_starts_from_one_without_the_past()
    {
        var outbox = new SystemMessageOutbox();
        outbox.Add([1]);

        outbox.Reset();

        Assert.Equal(0, outbox.Count);
        Assert.Equal(1ul, outbox.Add([2]));
    }

    [Fact]
    public void A_gap_is_a_fault_of_the_peer()
    {
        var stream = new InboundStream();
        stream.TakeSystemMessage(1);

        Assert.Throws<MalformedFrameException>(() => stream.TakeSystemMessage(3));
    }

    [Fact]
    public void An_older_stream_is_not_current_whichever_is_heard_of_first()
    {
        var stream = new InboundStream();
        stream.Start(2);
        stream.Start(1);

        Assert.True(stream.IsCurrent(2));
        Assert.False(stream.IsCurrent(1));
    }

    // Property: over links that break at random, each system message arrives exactly once and in order.
    [Theory, InlineData(1), InlineData(2), InlineData(3), InlineData(4)]
    public void Each_message_arrives_once_and_in_order_over_broken_links(int seed)
    {
        var random = new Random(seed);
        var outbox = new SystemMessageOutbox();
        var stream = new InboundStream();
        var arrived = new List<byte>();
        var wire = new Queue<(ulong Number, byte[] Body)>();

        for (byte message = 0; message < 200; message++)
        {
            wire.Enqueue((outbox.Add([message]), [message]));
            if (random.Next(10) == 0)
            {
                wire = new Queue<(ulong, byte[])>(outbox.Unacknowledged);
            }

            for (var left = random.Next(4); left > 0 && wire.TryDequeue(out var next); left--)
            {
                Take(next);
            }

            if (random.Next(3) == 0)
            {
                outbox.Acknowledge(stream.LastSystemMessage);
            }
        }

        outbox.Unacknowledged.ToList().ForEach(Take);
        Assert.Equal(Enumerable.Range(0, 200).Select(message => (byte)message), arrived);

        void Take((ulong Number, byte[] Body) message)
        {
            if (stream.TakeSystemMessage(message.Number))
            {
                arrived.Add(message.Body[0]);
            }
        }
    }
}
