using Dfs.Core.Catalog;
using Dfs.Core.Placement;
using Dfs.Core.Primitives;
using Dfs.Tests.Placement;
using Dfs.Tests.Simulation;
using static Dfs.Core.Catalog.CatalogProtocol;

namespace Dfs.Tests.Catalog;

/// <summary>Replicas in memory, for schedules written out by hand: each test says who gets which message.</summary>
internal sealed class TestReplicas
{
    public static readonly RowKey Key = new(false, new RegisterId(new byte[32]));

    private readonly Dictionary<ReplicaId, AcceptorRows> _rows = [];

    public Layout Layout { get; set; } = Members.First(3);

    /// <summary>Their disks take no more: they answer reads alone.</summary>
    public HashSet<int> Full { get; } = [];

    public ProposerGround Ground => ProposerGround.Of(Layout, Key);

    /// <summary>Where the layout after this one is decided.</summary>
    public RowKey NextLayout => CouncilRegisters.Layout(Layout.Cluster, Layout.Number.Next);

    public AcceptorRows Rows(int replica) => _rows.TryGetValue(Members.Id(replica), out var rows)
        ? rows
        : new AcceptorRows(PartitionRow.Empty(Key.Partition), RegisterRow.Absent(Key));

    public void Put(int replica, RegisterRow? register, PartitionRow? partition) => _rows[Members.Id(replica)] =
        new AcceptorRows(partition ?? Rows(replica).Partition, register ?? Rows(replica).Register);

    public Reply Handle(int replica, Request request, int sender, Epoch? epoch = null)
    {
        if (Full.Contains(replica) && request is not Read)
        {
            return new StorageFull();
        }

        var facts = new ReplicaFacts(Members.Id(replica), Layout, epoch ?? Epoch.First);
        var step = Acceptor.Handle(Rows(replica), request, Members.Id(sender), facts, SimValue.Rules);
        Put(replica, step.Register, step.Partition);
        return step.Reply;
    }

    public Prepare Prepare(Ballot ballot, PrepareScope scope = PrepareScope.Register) => new(Header(), ballot, scope);

    public Accept Accept(Ballot ballot, int payload) =>
        new(Header(), ballot, SimValue.After(new RegisterView(null, 0), payload, new OperationId(new Bytes16(0, (ulong)payload))));

    public Header Header() => new(Key, Layout.Number, Epoch.First);

    public static Ballot Ballot(ulong round, int replica, ulong sequence = 1) => new(round, Members.Id(replica), 1, sequence);
}

/// <summary>One node's proposer over such replicas.</summary>
internal sealed class TestProposer(TestReplicas replicas, int node)
{
    private Proposer _proposer = null!;

    public PartitionLeases Leases { get; private set; } =
        PartitionLeases.Empty(Members.Id(node), 1, replicas.Layout.Number);

    public List<SendRequest> Sent { get; } = [];

    public List<FinishDraft> Drafts { get; } = [];

    public ProposerOutcome? Outcome => End?.Outcome;

    public Finished? End { get; private set; }

    public static ProposerTimes Times => ProposerTimes.Default;

    public void Start(int operation, RegisterChange? change, PartitionClaim claim = PartitionClaim.Never)
    {
        End = null;
        var id = new OperationId(new Bytes16(0, (ulong)operation));
        var run = new RegisterOperation(TestReplicas.Key, id, change, claim, Epoch.First, 0);
        Take(Proposer.Start(run, replicas.Ground, Times, SimValue.Rules, Leases));
    }

    /// <summary>Proposes the next layout to the council.</summary>
    public void ProposeLayout()
    {
        End = null;
        var key = replicas.NextLayout;
        var run = new RegisterOperation(key, null, _ => new WriteValue(new byte[12]), PartitionClaim.Never, Epoch.First, 0);
        Take(Proposer.Start(run, ProposerGround.Of(replicas.Layout, key), Times, SimValue.Rules, Leases));
    }

    /// <summary>The replicas' layout is heard of.</summary>
    public void LearnLayout()
    {
        Leases = Leases.UnderLayout(replicas.Layout.Number);
        Take(_proposer.OnLayout(Leases, ProposerGround.Of(replicas.Layout, _proposer.Operation.Key)));
    }

    public void ClaimAhead()
    {
        End = null;
        var claim = new RegisterOperation(RowKey.OfClaim(TestReplicas.Key.Partition), null, null, PartitionClaim.Ahead, Epoch.First, 0);
        Take(Proposer.Start(claim, replicas.Ground, Times, SimValue.Rules, Leases));
    }

    public void Put(int operation, int payload, PartitionClaim claim = PartitionClaim.Never) =>
        Start(operation, view => new WriteValue(SimValue.After(view, payload, new(new Bytes16(0, (ulong)operation)))), claim);

    /// <summary>As <see cref="Put"/>, but what is to be written waits until it is finished.</summary>
    public void Draft(int operation, int payload) => Start(
        operation,
        view => new WriteDraft(new SimDraft(SimValue.After(view, payload, new(new Bytes16(0, (ulong)operation))))));

    public void Finish(FinishDraft finish) => Take(_proposer.OnFinished(Leases, finish.Attempt, ((SimDraft)finish.Draft).Value));

    /// <summary>Delivers the last messages to these replicas, and their answers.</summary>
    public void Deliver(params int[] to)
    {
        var sent = Sent.ToList();
        Sent.Clear();
        foreach (var message in sent.Where(message => to.Select(Members.Id).Contains(message.To)))
        {
            var replica = to.Single(number => Members.Id(number) == message.To);
            var reply = replicas.Handle(replica, message.Request, node);
            Take(_proposer.OnReply(Leases, message.To, message.Attempt, reply));
        }
    }

    /// <summary>Delivers the last messages; the answers are lost.</summary>
    public void DeliverWithoutAnswer(params int[] to)
    {
        foreach (var message in Sent.Where(message => to.Select(Members.Id).Contains(message.To)))
        {
            replicas.Handle(to.Single(number => Members.Id(number) == message.To), message.Request, node);
        }

        Sent.Clear();
    }

    public void Timer(int attempt) => Take(_proposer.OnTimer(Leases, attempt));

    private void Take(ProposerStep step)
    {
        (_proposer, Leases) = (step.Proposer, step.Leases);
        Sent.AddRange(step.Effects.OfType<SendRequest>());
        Drafts.AddRange(step.Effects.OfType<FinishDraft>());
        End = step.Effects.OfType<Finished>().SingleOrDefault() ?? End;
    }
}
