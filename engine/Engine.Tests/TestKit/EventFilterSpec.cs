using Akka.Actor;
using Akka.Event;
using Xunit.Sdk;

namespace Engine.Tests.TestKit;

public sealed class EventFilterSpec() : Akka.TestKit.Xunit2.TestKit(
    "akka { loglevel = DEBUG, stdout-loglevel = OFF, test.filter-leeway = 2s }")
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(50);

    [Fact]
    public void Events_are_told_apart_by_level_text_and_count()
    {
        EventFilter.Info("hello").ExpectOne(() => Sys.Log.Info("hello"));
        EventFilter.Warning(start: "he").ExpectOne(() => Sys.Log.Warning("hello {0}", 1));
        EventFilter.Error(contains: "ell").Expect(2, () =>
        {
            Sys.Log.Error("hello");
            Sys.Log.Warning("hello");
            Sys.Log.Error("hello");
        });
    }

    [Fact]
    public void What_does_not_come_or_comes_too_often_fails()
    {
        Assert.ThrowsAny<XunitException>(() => EventFilter.Info("x").ExpectOne(Short, () => Sys.Log.Info("y")));
        Assert.ThrowsAny<XunitException>(() => EventFilter.Info("x").Expect(0, () => Sys.Log.Info("x")));
        EventFilter.Info("x").Expect(0, Short, () => Sys.Log.Info("y"));
    }

    [Fact]
    public void An_exception_is_caught_by_its_type_and_message()
    {
        EventFilter.Exception<InvalidOperationException>("broken").ExpectOne(() =>
            Sys.Log.Error(new InvalidOperationException("broken"), "it is"));
        Assert.ThrowsAny<XunitException>(() => EventFilter.Exception<ArgumentException>().ExpectOne(Short, () =>
            Sys.Log.Error(new InvalidOperationException("broken"), "it is")));
    }

    [Fact]
    public void An_actor_that_fails_is_logged_with_its_path()
    {
        var actor = Sys.ActorOf(Props.Create(() => new Failing()), "failing");

        EventFilter.Exception<InvalidOperationException>(source: "/user/failing").ExpectOne(() => actor.Tell("boom"));
    }

    [Fact]
    public void A_dead_letter_is_caught_by_its_type()
    {
        var actor = Sys.ActorOf(Props.Create(() => new Echo()));
        Watch(actor);
        Sys.Stop(actor);
        ExpectTerminated(actor);

        EventFilter.DeadLetter<string>(text => text == "late").ExpectOne(() => actor.Tell("late"));
    }

    [Fact]
    public async Task The_asynchronous_forms_do_the_same()
    {
        await EventFilter.Info("hello").ExpectOneAsync(async () =>
        {
            await Task.Delay(1);
            Sys.Log.Info("hello");
        });
        await Assert.ThrowsAnyAsync<XunitException>(() =>
            EventFilter.Info("x").ExpectOneAsync(Short, () => Task.CompletedTask));
    }

    private sealed class Failing : UntypedActor
    {
        protected override void OnReceive(object message) => throw new InvalidOperationException("failed as told");
    }
}
