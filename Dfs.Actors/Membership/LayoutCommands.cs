using Akka.Actor;
using Akka.Event;
using Dfs.Actors.Client;
using Dfs.Client;
using Dfs.Core.Placement;
using static Dfs.Actors.Membership.MembershipProtocol;

namespace Dfs.Actors.Membership;

// What a person asks for.
public sealed partial class LayoutKeeper
{
    private async Task RunCommandAsync(RunLayoutCommand command)
    {
        var asker = Sender;
        if (_options.Store.Layout is not { IsJoint: false } layout)
        {
            asker.Tell(new LayoutCommandEnded(DfsOutcome.NotReady, "A change of the layout is under way, or there is none yet; try again."));
            return;
        }

        // Without certificates nobody asks for the council's signatures, which are refused to it. It has not heard of the epochs since it left, and newcomers
        // would take its own for everyone's: they accepted heads whose chunks were collected.
        if (command.Command is LayoutCommand.Apply or LayoutCommand.Remove && layout.Find(_options.Self) is null)
        {
            var members = string.Join(", ", layout.Members.Where(member => IsHere(member.Id)).Select(member => member.Name));
            asker.Tell(new LayoutCommandEnded(DfsOutcome.PreconditionFailed, $"This node is not in the layout, and cannot change it. Ask one that is, with --node: {members}."));
            return;
        }

        if (command.Command == LayoutCommand.Apply)
        {
            asker.Tell(await ApplyAsync(layout));
            return;
        }

        var named = Facts().Where(fact => fact.Member.Name == command.Node || fact.Member.Id.ToString() == command.Node).ToList();
        var refusal = named.Count switch
        {
            0 => $"No node is called {command.Node}; `dfs peers` lists them.",
            > 1 => $"{named.Count} directories are called {command.Node}; give the replica id, which `dfs peers --json` shows.",
            _ => null,
        };
        if (refusal is not null)
        {
            asker.Tell(new LayoutCommandEnded(DfsOutcome.NotFound, refusal));
        }
        else if (command.Command == LayoutCommand.Remove)
        {
            asker.Tell(await RemoveAsync(layout, named[0]));
        }
        else
        {
            TellLeaving(layout, named[0], command.Command == LayoutCommand.Drain, asker);
        }
    }

    private async Task<LayoutCommandEnded> ApplyAsync(Layout layout)
    {
        var next = Decide(layout, Facts(), onCommand: true);
        if (next.Proposal is not { } proposal)
        {
            return new LayoutCommandEnded(
                DfsOutcome.PreconditionFailed, next.Waits.IsEmpty ? "There is nothing to change." : string.Join(' ', next.Waits));
        }

        var detail = await DecideAsync(layout, proposal);
        return _options.Store.Layout is { } decided && decided.Number == proposal.Number
            && decided.Members.SequenceEqual(proposal.Members)
                ? new LayoutCommandEnded(DfsOutcome.Done, "The change has begun; `dfs status` shows when it is finished.")
                : new LayoutCommandEnded(DfsOutcome.NoQuorum, NotDecided(detail));
    }

    private async Task<LayoutCommandEnded> RemoveAsync(Layout layout, DirectoryFact gone)
    {
        if (gone.IsHere || layout.Find(gone.Member.Id) is null)
        {
            return new LayoutCommandEnded(DfsOutcome.PreconditionFailed, gone.IsHere
                ? $"{gone.Member.Name} is here; use `dfs drain {gone.Member.Name}`, then stop it."
                : $"{gone.Member.Name} is not in the layout.");
        }

        var next = Decide(layout, [.. Facts().Where(fact => fact.Member.Id != gone.Member.Id), gone with { IsGone = true }], onCommand: false);
        if (next.Proposal is not { } proposal || proposal.Members.Any(member => member.Id == gone.Member.Id))
        {
            return new LayoutCommandEnded(DfsOutcome.PreconditionFailed, string.Join(' ', next.Waits));
        }

        var detail = await DecideAsync(layout, proposal);
        return _options.Store.Layout is { } decided && decided.Members.All(member => member.Id != gone.Member.Id)
            ? new LayoutCommandEnded(DfsOutcome.Done, $"{gone.Member.Name} is left out; what it held is being copied from the others.")
            : new LayoutCommandEnded(DfsOutcome.NoQuorum, NotDecided(detail));
    }

    // Whether it leaves is that node's own memory: it survives every keeper, and a node that is told twice does nothing new.
    private void TellLeaving(Layout layout, DirectoryFact fact, bool leaving, IActorRef asker)
    {
        var name = fact.Member.Name;
        var asIfLeaving = Facts().Select(other => other.Member.Id == fact.Member.Id ? other with { IsLeaving = true } : other).ToList();
        var refusal = !fact.IsHere ? $"{name} does not answer. If it is gone for good: `dfs layout remove {name}`."
            : !leaving || layout.Find(fact.Member.Id) is null ? null
            : Decide(layout, asIfLeaving, onCommand: false) is var next && next.Proposal?.Members.All(member => member.Id != fact.Member.Id) != true
                ? string.Join(' ', next.Waits)
            : LayoutPlans.NoRoom(next.Proposal, _view);
        if (refusal is not null)
        {
            asker.Tell(new LayoutCommandEnded(DfsOutcome.PreconditionFailed, refusal));
            return;
        }

        _askers[fact.Member.Id] = asker;
        KeeperAt(fact.Member.Address).Tell(new SetLeaving(fact.Member.Id, leaving));
    }

    private async Task SetLeavingAsync(SetLeaving order)
    {
        var sender = Sender;
        if (order.To == _options.Self)
        {
            _log.Info(order.Leaving ? "Gives its data away" : "Takes part again");
            sender.Tell(new LeavingIs(_options.Self, await _options.Store.SetLeavingAsync(order.Leaving)));
        }
    }

    private void OnLeavingIs(LeavingIs answer)
    {
        if (_askers.Remove(answer.Replica, out var asker))
        {
            asker.Tell(new LayoutCommandEnded(DfsOutcome.Done, ""));
        }
    }

    private static string NotDecided(string detail) =>
        detail.Length > 0 ? detail : "The layout was not changed, or was changed by another node meanwhile; look, and try again.";
}
