using Akka.Actor;

namespace Engine.Tests.TestKit;

public sealed class ProbeSpec : Akka.TestKit.Xunit2.TestKit
{
    [Fact]
    public void A_probe_has_messages_of_its_own()
    {
        var (one, two) = (CreateTestProbe(), CreateTestProbe("two"));

        one.Send(two, "question");
        two.ExpectMsg("question");
        two.Reply("answer");

        one.ExpectMsg("answer");
        Assert.Equal(two.Ref, one.LastSender);
        Assert.False(HasMessages);
    }

    [Fact]
    public void A_probe_is_a_reference_to_itself()
    {
        var probe = CreateTestProbe();
        IActorRef reference = probe;

        reference.Tell("hello");

        probe.ExpectMsg("hello");
        Assert.Equal(probe.Ref, reference);
        Assert.Equal(probe.Ref.Path, reference.Path);
        Assert.Equal(probe.Ref.GetHashCode(), probe.GetHashCode());
    }

    [Fact]
    public void Making_a_probe_does_not_change_the_sender_of_the_test()
    {
        CreateTestProbe();

        Sys.ActorOf(Props.Create(() => new Echo())).Tell("hello");

        ExpectMsg("hello");
    }

    [Fact]
    public void A_probe_watches()
    {
        var probe = CreateTestProbe();
        var echo = Sys.ActorOf(Props.Create(() => new Echo()));
        probe.Watch(echo);

        echo.Tell(PoisonPill.Instance);

        probe.ExpectTerminated(echo);
    }
}
