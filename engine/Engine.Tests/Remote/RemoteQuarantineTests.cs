using Akka.Actor;
using Akka.Event;
using Akka.Remote;

namespace Engine.Tests.Remote;

public class RemoteQuarantineTests : RemoteFixture
{
    [Fact]
    public async Task Both_sides_learn_of_a_quarantine()
    {
        var (a, b) = (Start("a"), Start("b"));
        await ResolveAsync(a, Echo(b), b);
        var mine = Collect(a, typeof(QuarantinedEvent));
        var theirs = Collect(b, typeof(ThisActorSystemQuarantinedEvent));

        Quarantine(a, b);

        var quarantined = await mine.NextAsync<QuarantinedEvent>();
        Assert.Equal((AddressOf(b), AddressUidExtension.Uid(b)), (quarantined.Address, quarantined.Uid));
        Assert.Equal(AddressOf(a), (await theirs.NextAsync<ThisActorSystemQuarantinedEvent>()).RemoteAddress);
    }

    [Fact]
    public async Task Messages_to_a_quarantined_system_are_dead_letters()
    {
        var (a, b) = (Start("a"), Start("b"));
        var remote = await ResolveAsync(a, Echo(b), b);
        var mine = Collect(a, typeof(QuarantinedEvent), typeof(DeadLetter));
        Quarantine(a, b);
        await mine.NextAsync<QuarantinedEvent>();

        remote.Tell("lost");

        Assert.Equal("lost", (await mine.NextAsync<DeadLetter>()).Message);
    }

    [Fact]
    public async Task A_quarantined_system_does_not_get_through_by_calling_itself()
    {
        var (a, b) = (Start("a"), Start("b"));
        await ResolveAsync(a, Echo(b), b);
        var there = Collect(a);
        var mine = Collect(a, typeof(QuarantinedEvent));
        Quarantine(a, b);
        await mine.NextAsync<QuarantinedEvent>();

        var selection = b.ActorSelection(new RootActorPath(AddressOf(a)) / there.Actor.Path.Elements);
        for (var attempt = 0; attempt < 10; attempt++)
        {
            selection.Tell("let me in");
            await Task.Delay(50);
        }

        Assert.False(there.Messages.TryRead(out _));
    }

    [Fact]
    public async Task The_next_incarnation_at_the_address_is_welcome()
    {
        var (a, b) = (Start("a"), Start("b"));
        await ResolveAsync(a, Echo(b), b);
        Quarantine(a, b);
        var port = AddressOf(b).Port!.Value;
        await b.Terminate();

        var next = Start("b", port);
        var theirs = Collect(a);
        next.ActorSelection(new RootActorPath(AddressOf(a)) / theirs.Actor.Path.Elements).Tell("new here");

        Assert.Equal("new here", await theirs.NextAsync<string>());
    }
}
