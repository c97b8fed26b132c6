using Akka.Actor;
using Dfs.Actors.Client;
using Dfs.Client;
using static Dfs.Actors.Membership.MembershipProtocol;

namespace Dfs.Actors.Membership;

/// <summary>Hands a person's wishes about the layout to this node's <see cref="LayoutKeeper"/>.</summary>
public sealed class LayoutClient(IActorRef keeper) : ILayoutClient
{
    /// <summary>Ten seconds: a keeper that decides waits at most five for the council.</summary>
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(10);

    public async Task<LayoutPlan?> PlanAsync(CancellationToken cancellationToken)
    {
        try
        {
            return (await keeper.Ask<PlanIs>(new GetPlan(), AnswerTimeout, cancellationToken)).Plan;
        }
        catch (AskTimeoutException)
        {
            return null;
        }
    }

    public async Task<LayoutResult> RunAsync(LayoutCommand command, string node, CancellationToken cancellationToken)
    {
        try
        {
            var ended = await keeper.Ask<LayoutCommandEnded>(new RunLayoutCommand(command, node), AnswerTimeout, cancellationToken);
            return new LayoutResult(ended.Outcome, ended.Detail);
        }
        catch (AskTimeoutException)
        {
            return new LayoutResult(DfsOutcome.Indeterminate, "There was no answer in time; `dfs status` shows whether it was done.");
        }
    }
}
