using Akka.Actor;
using Xunit.Sdk;

namespace Engine.Tests.TestKit;

public sealed class ExpectSpec() : Akka.TestKit.Xunit2.TestKit("akka.loglevel = WARNING")
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(20);

    [Fact]
    public void Messages_are_expected_in_the_order_in_which_they_came()
    {
        TestActor.Tell("one");
        TestActor.Tell(2);
        TestActor.Tell(3L);

        Assert.Equal("one", ExpectMsg<string>());
        ExpectMsg(2);
        ExpectMsg<long>(number => number > 2);
        ExpectNoMsg(Short);
    }

    [Fact]
    public void What_does_not_come_or_is_another_message_fails()
    {
        Assert.ThrowsAny<XunitException>(() => ExpectMsg<string>(Short));
        TestActor.Tell("one");
        Assert.ThrowsAny<XunitException>(() => ExpectMsg<int>());
        TestActor.Tell("one");
        Assert.ThrowsAny<XunitException>(() => ExpectMsg("two"));
        TestActor.Tell("one");
        Assert.ThrowsAny<XunitException>(() => ExpectMsg<string>(text => text == "two"));
        TestActor.Tell("one");
        Assert.ThrowsAny<XunitException>(() => ExpectNoMsg(Short));
    }

    [Fact]
    public void The_sender_can_be_expected_too()
    {
        var probe = CreateTestProbe();
        probe.Send(TestActor, "hello");

        ExpectMsgFrom<string>(probe.Ref, "hello");
        Assert.Equal(probe.Ref, LastSender);

        TestActor.Tell("hello");
        Assert.ThrowsAny<XunitException>(() => ExpectMsgFrom<string>(probe.Ref, "hello"));
    }

    [Fact]
    public void The_end_of_a_watched_actor_is_expected()
    {
        var actor = Sys.ActorOf(Props.Create(() => new Echo()));
        Watch(actor);
        Sys.Stop(actor);

        ExpectTerminated(actor);
    }

    [Fact]
    public void Assertions_are_awaited()
    {
        var looks = 0;
        AwaitAssert(() => Assert.Equal(3, ++looks));

        Assert.ThrowsAny<XunitException>(() => AwaitAssert(() => Assert.Equal(1, 2), Short));
    }

    [Fact]
    public async Task Assertions_are_awaited_without_blocking()
    {
        var looks = 0;
        await AwaitAssertAsync(() => Assert.Equal(3, ++looks));

        await Assert.ThrowsAnyAsync<XunitException>(() => AwaitAssertAsync(() => Assert.Equal(1, 2), Short));
    }

    [Fact]
    public void Without_a_sender_the_test_actor_is_the_sender()
    {
        Sys.ActorOf(Props.Create(() => new Echo())).Tell("hello");

        ExpectMsg("hello");
    }

    [Fact]
    public async Task After_an_await_the_test_actor_is_still_the_sender()
    {
        var echo = Sys.ActorOf(Props.Create(() => new Echo()));

        await Task.Delay(1);
        echo.Tell("hello");
        ExpectMsg("hello");
        echo.Tell("again");

        ExpectMsg("again");
    }
}

public sealed class Echo : UntypedActor
{
    protected override void OnReceive(object message) => Sender.Tell(message);
}
