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
    public async Task The_asynchronous_forms_do_the_same()
    {
        TestActor.Tell("one");
        TestActor.Tell("two");

        Assert.Equal("one", await ExpectMsgAsync<string>());
        await ExpectMsgAsync("two");
        await ExpectNoMsgAsync(Short);
        await Assert.ThrowsAnyAsync<XunitException>(async () => await ExpectMsgAsync<string>(Short));
    }

    [Fact]
    public void All_of_several_may_come_in_any_order()
    {
        TestActor.Tell("b");
        TestActor.Tell("a");
        ExpectMsgAllOf("a", "b");

        TestActor.Tell("a");
        TestActor.Tell("c");
        Assert.ThrowsAny<XunitException>(() => ExpectMsgAllOf("a", "b"));
    }

    [Fact]
    public void One_of_several_is_enough()
    {
        TestActor.Tell("b");
        Assert.Equal("b", ExpectMsgAnyOf((string[])["a", "b"]));

        TestActor.Tell("c");
        Assert.ThrowsAny<XunitException>(() => ExpectMsgAnyOf((string[])["a", "b"]));
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
    public void Fishing_skips_what_does_not_match()
    {
        foreach (var message in (object[])[1, "small", "large", 2])
        {
            TestActor.Tell(message);
        }

        Assert.Equal("large", FishForMessage<string>(text => text.Length > 4 && text[0] == 'l'));
        ExpectMsg(2);
        Assert.ThrowsAny<XunitException>(() => FishForMessage(_ => true, Short));
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
    public void Ignored_messages_do_not_show()
    {
        IgnoreMessages<string>();
        TestActor.Tell("noise");
        TestActor.Tell(1);
        ExpectMsg(1);

        IgnoreNoMessages();
        TestActor.Tell("noise");
        ExpectMsg("noise");
    }

    [Fact]
    public void A_block_that_takes_too_long_or_is_too_quick_fails()
    {
        Within(TimeSpan.FromSeconds(5), () => Assert.InRange(Remaining, TimeSpan.Zero, TimeSpan.FromSeconds(5)));
        Assert.ThrowsAny<XunitException>(() => Within(Short, () => ExpectMsg<string>()));
        Assert.ThrowsAny<XunitException>(() => Within(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2), () => { }));
        Within(Short, () => ExpectNoMsg());
    }

    [Fact]
    public void Conditions_and_assertions_are_awaited()
    {
        var looks = 0;
        AwaitCondition(() => ++looks == 3);
        AwaitAssert(() => Assert.Equal(5, ++looks));

        Assert.ThrowsAny<XunitException>(() => AwaitCondition(() => false, Short));
        Assert.ThrowsAny<XunitException>(() => AwaitAssert(() => Assert.Equal(1, 2), Short));
    }

    [Fact]
    public async Task Conditions_and_assertions_are_awaited_without_blocking()
    {
        var looks = 0;
        await AwaitConditionAsync(() => ++looks == 3);
        await AwaitAssertAsync(() => Assert.Equal(5, ++looks));

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
        await ExpectMsgAsync("hello");
        echo.Tell("again");

        await ExpectMsgAsync("again");
    }
}

public sealed class Echo : UntypedActor
{
    protected override void OnReceive(object message) => Sender.Tell(message);
}
