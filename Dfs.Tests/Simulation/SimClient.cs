using Dfs.Core.Catalog;
using Dfs.Core.Primitives;

namespace Dfs.Tests.Simulation;

/// <summary>Calls one operation after the other, on any node, and writes down what it was told.</summary>
internal sealed class SimClient(SimCluster cluster, List<ClientCall> history, int callsMax)
{
    private readonly int[] _lastSeen = new int[SimCluster.Keys.Length];
    private int _calls;

    private SimWorld World => cluster.World;

    public void Start() => World.After(World.Random.Next(100), Next);

    /// <summary>Reads until it is answered; for the end, when all is calm.</summary>
    public void ReadUntilAnswered(int key, SimNode node, Action onAnswer) =>
        Call(key, CallKind.Read, node, call =>
        {
            if (call is null)
            {
                World.After(50, () => ReadUntilAnswered(key, node, onAnswer));
            }
            else
            {
                onAnswer();
            }
        });

    /// <summary>Lists until it is answered; likewise.</summary>
    public void ListUntilAnswered(SimNode node, Action onAnswer) => List(node, isAnswered =>
    {
        if (isAnswered)
        {
            onAnswer();
        }
        else
        {
            World.After(50, () => ListUntilAnswered(node, onAnswer));
        }
    });

    private void Next()
    {
        if (_calls++ >= callsMax || World.IsCalm)
        {
            return;
        }

        if (cluster.AnyUp() is { } node)
        {
            if (World.Chance(8))
            {
                List(node, _ => World.After(World.Random.Next(80), Next));
                return;
            }

            var kind = World.Random.Next(100) switch
            {
                < 25 => CallKind.Put,
                < 55 => CallKind.Swap,
                < 70 => CallKind.Remove,
                _ => CallKind.Read,
            };
            Upload(World.Random.Next(SimCluster.Keys.Length), kind, node, () => World.After(World.Random.Next(80), Next));
        }
        else
        {
            World.After(50, Next);
        }
    }

    // What is put refers to a chunk, which is placed first.
    private void Upload(int key, CallKind kind, SimNode node, Action then)
    {
        var id = (int)cluster.NextNumber();
        if (kind is CallKind.Put or CallKind.Swap && cluster.HasChunks)
        {
            new SimUpload(cluster, node, id, pin => Call(key, kind, node, _ => then(), id, pin), then).Start();
        }
        else
        {
            Call(key, kind, node, _ => then(), id, null);
        }
    }

    // Of each key a read, at one moment of its own: a listing is no snapshot of all.
    private void List(SimNode node, Action<bool> onAnswer)
    {
        if (!node.IsUp)
        {
            onAnswer(false);
            return;
        }

        var invoked = World.Now;
        node.Index.List(names =>
        {
            for (var key = 0; key < (names?.Length ?? 0); key++)
            {
                history.Add(new ClientCall((int)cluster.NextNumber(), key, CallKind.Listed, 0, 0, CallEnd.Done, names![key], invoked, World.Now));
            }

            onAnswer(names is not null);
        });
    }

    private void Call(int key, CallKind kind, SimNode node, Action<ClientCall?> onAnswer) =>
        Call(key, kind, node, onAnswer, (int)cluster.NextNumber(), null);

    private void Call(int key, CallKind kind, SimNode node, Action<ClientCall?> onAnswer, int id, Epoch? pin)
    {
        if (!node.IsUp)
        {
            onAnswer(null);
            return;
        }

        var started = new ClientCall(
            id, key, kind, id, _lastSeen[key], CallEnd.Indeterminate, 0, World.Now, long.MaxValue);
        var operationId = cluster.NextOperationId();
        if (cluster.ClaimsAhead && World.Chance(12))
        {
            node.Submit(cluster.ClaimAhead(SimCluster.Keys[key].Partition), static _ => { });
        }

        RegisterChange? change = kind == CallKind.Read ? null : view => Change(started, view, operationId);
        node.Submit(cluster.Operation(SimCluster.Keys[key], kind == CallKind.Read ? null : operationId, change, pin ?? node.Chunks.Epoch), outcome =>
        {
            var call = Ended(started, outcome);
            if (call is not null)
            {
                history.Add(call);
            }

            onAnswer(call);
        });
    }

    private static ChangeDecision Change(ClientCall call, RegisterView view, OperationId operation)
    {
        var seen = SimValue.Seen(view);
        var applies = call.Kind switch
        {
            CallKind.Swap => seen == call.Expected,
            CallKind.Remove => seen != 0,
            _ => true,
        };
        return applies
            ? new WriteDraft(new SimDraft(SimValue.After(view, call.Kind == CallKind.Remove ? 0 : call.Argument, operation)))
            : new RefuseChange(seen);
    }

    /// <summary>Null for what had no effect and says nothing.</summary>
    private ClientCall? Ended(ClientCall call, ProposerOutcome outcome)
    {
        switch (outcome)
        {
            case ReadDone read:
                return Answered(call, CallEnd.Done, SimValue.Seen(read.View));
            case ChangeDone:
                _lastSeen[call.Key] = call.Kind == CallKind.Remove ? 0 : call.Argument;
                return call with { End = CallEnd.Done, Returned = World.Now };
            case ChangeRefused refused:
                return Answered(call, CallEnd.Refused, (int)refused.Reason);
            case Unavailable or NoRoom:
                return null;
            default:
                return call.Kind == CallKind.Read ? null : call;
        }
    }

    private ClientCall Answered(ClientCall call, CallEnd end, int result)
    {
        _lastSeen[call.Key] = result;
        return call with { End = end, Result = result, Returned = World.Now };
    }
}
