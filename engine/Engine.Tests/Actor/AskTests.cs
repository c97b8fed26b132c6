using Akka.Actor;

namespace Engine.Tests.Actor;

public class AskTests : ActorTest
{
    [Fact]
    public async Task An_answer_completes_it()
    {
        var echo = Actor((context, message) => context.Sender.Tell(message));

        Assert.Equal("hello", await echo.Ask<string>("hello", Patience));
        Assert.Equal("hello", await echo.Ask("hello", Patience, CancellationToken.None));
    }

    [Fact]
    public async Task It_ends_at_its_timeout_when_nobody_answers()
    {
        var silent = Actor((_, _) => { });

        await Assert.ThrowsAsync<AskTimeoutException>(() => silent.Ask<string>("?", TimeSpan.FromMilliseconds(30)));
    }

    [Fact]
    public async Task A_cancelled_token_cancels_it()
    {
        var silent = Actor((_, _) => { });
        using var cancellation = new CancellationTokenSource();
        var asking = silent.Ask<string>("?", Patience, cancellation.Token);

        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
    }

    [Fact]
    public async Task A_failure_as_answer_fails_it()
    {
        var failing = Actor((context, _) => context.Sender.Tell(new Status.Failure(new InvalidOperationException("no"))));

        var exception = await Assert.ThrowsAsync<InvalidOperationException>(() => failing.Ask<string>("?", Patience));

        Assert.Equal("no", exception.Message);
    }

    [Fact]
    public async Task An_answer_of_another_type_fails_it()
    {
        var wrong = Actor((context, _) => context.Sender.Tell(42));

        await Assert.ThrowsAsync<ArgumentException>(() => wrong.Ask<string>("?", Patience));
    }

    [Fact]
    public async Task The_question_can_carry_the_receiver_of_the_answer()
    {
        var answering = Actor((_, message) => ((IActorRef)message).Tell("here"));

        Assert.Equal("here", await answering.Ask<string>(replyTo => replyTo, Patience, CancellationToken.None));
    }

    [Fact]
    public async Task A_task_is_piped_as_its_result_or_as_a_failure()
    {
        var probe = NewProbe();

        await Task.FromResult(5).PipeTo(probe.Ref);
        await Task.FromResult(5).PipeTo(probe.Ref, success: number => number + 1);
        await Task.FromException<int>(new InvalidOperationException("no")).PipeTo(probe.Ref);
        await Task.FromException(new InvalidOperationException("no")).PipeTo(probe.Ref, failure: cause => cause.Message);
        await Task.CompletedTask.PipeTo(probe.Ref, success: () => "done");

        await probe.ExpectAll(5, 6);
        Assert.Equal("no", (await probe.Expect<Status.Failure>()).Cause.Message);
        await probe.ExpectAll("no", "done");
    }

    [Fact]
    public async Task Forward_keeps_the_first_sender()
    {
        var echo = Actor((context, message) => context.Sender.Tell(message));
        var between = Actor((_, message) => echo.Forward(message));

        Assert.Equal("through", await between.Ask<string>("through", Patience));
    }

    [Fact]
    public async Task A_selection_finds_by_path_and_by_pattern()
    {
        var probe = NewProbe();
        var parent = Actor((context, message) =>
        {
            var child = context.ActorOf(Props.Create(() => new Scripted((inner, text) => inner.Sender.Tell($"{inner.Self.Path.Name} {text}"))), (string)message);
            context.Sender.Tell(child);
        }, "parent");
        var child = await parent.Ask<IActorRef>("anna", Patience);
        await parent.Ask<IActorRef>("otto", Patience);

        Assert.Equal("anna hi", await System.ActorSelection("/user/parent/anna").Ask<string>("hi", Patience));
        Assert.Equal(child, await System.ActorSelection(child.Path).ResolveOne(Patience));
        Assert.Equal("otto hi", await System.ActorSelection("/user/parent/anna/../otto").Ask<string>("hi", Patience));
        await Assert.ThrowsAsync<ActorNotFoundException>(
            () => System.ActorSelection("/user/parent/nobody").ResolveOne(Patience));
        System.ActorSelection("/user/parent/*").Tell("all", probe.Ref);
        var answers = new[] { await probe.Expect<string>(), await probe.Expect<string>() };
        Assert.Equal(["anna all", "otto all"], answers.Order());
    }

    [Fact]
    public async Task Identify_is_answered_with_the_reference()
    {
        var actor = Actor((_, _) => { });

        var identity = await actor.Ask<ActorIdentity>(new Identify(7), Patience);

        Assert.Equal(7, identity.MessageId);
        Assert.Equal(actor, identity.Subject);
    }
}
