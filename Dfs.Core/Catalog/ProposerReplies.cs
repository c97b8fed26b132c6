using Dfs.Core.Primitives;
using static Dfs.Core.Catalog.CatalogProtocol;

namespace Dfs.Core.Catalog;

// What a proposer makes of answers.
public sealed partial record Proposer
{
    private sealed partial class Run
    {
        public void Take(ReplicaId from, Reply reply)
        {
            if (reply is LayoutRefused { Known: var known } && TakeLayoutRefusal(from, known))
            {
                return;
            }

            _p = _p with { Replies = _p.Replies.SetItem(from, reply) };
            Learn(reply);
            switch (_p.Now)
            {
                case Phase.Reading: ConcludeRead(); break;
                case Phase.Touching: ConcludeTouch(); break;
                case Phase.Claiming: ConcludeClaim(); break;
                case Phase.Preparing: ConcludePrepare(); break;
                case Phase.Accepting: ConcludeAccept(); break;
                default: break;
            }
        }

        /// <returns>Whether to wait for a newer layout.</returns>
        private bool TakeLayoutRefusal(ReplicaId from, LayoutNumber known)
        {
            if (known.CompareTo(_p.Ground.Number) < 0)
            {
                Effects.Add(new TeachLayout(from));
                return false;
            }

            if (_p.Now != Phase.LearningLayout)
            {
                NextAttempt(Phase.LearningLayout);
                Effects.Add(new LearnLayout(from, known));
                Effects.Add(new SetTimer(_p.Times.RoundTimeout, _p.Attempt));
            }

            return true;
        }

        private void Learn(Reply reply)
        {
            switch (reply)
            {
                case Current current: See(current.State.Promise, current.State.PartitionPromise); break;
                case Promised promised: See(promised.State.Promise, promised.State.PartitionPromise); break;
                case BallotRefused refused: See(refused.Promise, refused.PartitionPromise); break;
                case PartitionHeld held: See(held.PartitionPromise, held.PartitionPromise); break;
                default: break;
            }
        }

        private void See(Ballot promise, Ballot partitionPromise)
        {
            _p = _p with { RoundSeen = Math.Max(_p.RoundSeen, promise.Round) };
            if (!Key.IsCouncil && LeasesApply)
            {
                // A register's own higher round is remembered by the operation, not for the whole partition.
                _leases = _leases.Saw(Key.Partition, partitionPromise, partitionPromise);
            }
        }

        private void ConcludeRead()
        {
            var answers = States(_ => true);
            foreach (var group in answers.GroupBy(answer => answer.State.Accepted))
            {
                if (Quorum.IsMet(group.Select(answer => answer.Replica).ToHashSet()))
                {
                    End(new ReadDone(View([.. group]), group.Key));
                    return;
                }
            }

            if (_p.Replies.Count == Quorum.Replicas.Length)
            {
                TakeTimer();
            }
            else if (HasQuorum<Current>())
            {
                Effects.Add(new SetTimer(_p.Times.ReadPatience, _p.Attempt));
            }
        }

        private void ConcludeTouch()
        {
            if (_leases.Held(Key.Partition) is not { } held || !LeasesApply)
            {
                Prepare(PrepareScope.Register);
                return;
            }

            var covered = States(state => state.Promise.SharesPromiseWith(held));
            if (Quorum.IsMet(covered.Select(answer => answer.Replica).ToHashSet()))
            {
                TakeBallot(held.Round);
                Decide(covered);
            }
            else if (!CanStillBeMet(reply => reply is Current { State: var s } && s.Promise.SharesPromiseWith(held)))
            {
                Prepare(PrepareScope.Register);
            }
        }

        private void ConcludeClaim()
        {
            var ballot = _p.Ballot;
            var covered = States(state => state.Promise.SharesPromiseWith(ballot));
            var isHeld = HasQuorum<Promised>();
            if (isHeld && LeasesApply)
            {
                _leases = _leases.Hold(Key.Partition, ballot);
            }

            if (IsAhead)
            {
                ConcludeAhead(isHeld);
            }
            else if (Quorum.IsMet(covered.Select(answer => answer.Replica).ToHashSet()))
            {
                Decide(covered);
            }
            else if (!CanStillBeMet(reply => reply is Promised { State: var s } && s.Promise.SharesPromiseWith(ballot)))
            {
                Prepare(PrepareScope.Register);
            }
        }

        private void ConcludeAhead(bool isHeld)
        {
            if (isHeld)
            {
                End(new PartitionClaimed());
            }
            else if (!CanStillBeMet(reply => reply is Promised))
            {
                EndWithoutAnswer();
            }
        }

        private void ConcludePrepare()
        {
            if (HasQuorum<Promised>())
            {
                Decide(States(_ => true));
            }
            else if (!CanStillBeMet(reply => reply is Promised))
            {
                BackOffUnlessFull();
            }
        }

        // Waiting makes no room. With an own accept on its way it must be found out what became of it, full or not.
        private void BackOffUnlessFull()
        {
            if (!IsRead && _p.Doubt is null && !Quorum.CanBeMetWithout(Who(reply => reply is StorageFull)))
            {
                End(new NoRoom());
            }
            else
            {
                BackOff();
            }
        }

        private void ConcludeAccept()
        {
            if (HasQuorum<Accepted>())
            {
                var pending = _p.Pending!;
                var isUndisputed = _p.Replies.Values.All(reply => reply is Accepted);
                _leases = isUndisputed && LeasesApply
                    ? _leases.Keep(Key, new RegisterLease(_p.Ballot.Next, pending.Value, pending.CounterFloor))
                    : _leases.Drop(Key);
                End(pending.Outcome, [.. Quorum.Replicas.Where(replica => _p.Replies.GetValueOrDefault(replica) is not Accepted)]);
            }
            else if (!CanStillBeMet(reply => reply is Accepted))
            {
                ConcludeRefusedAccept();
            }
        }

        // Others may have accepted, and a message may be on its way twice: only what never left is certain to be nothing.
        private void ConcludeRefusedAccept()
        {
            if (_p.Replies.Values.OfType<ValueRefused>().FirstOrDefault() is { } value)
            {
                End(new ValueNotAllowed(value.Reason, MayHaveTakenEffect: _p.Doubt is not null));
            }
            else if (_p.Replies.Values.OfType<EpochRefused>().FirstOrDefault() is { } epoch)
            {
                End(new EpochPassed(epoch.Current, MayHaveTakenEffect: _p.Doubt is not null));
            }
            else
            {
                BackOff();
            }
        }

        /// <summary>A majority has promised the ballot and shown what it accepted: now the change may be applied.</summary>
        private void Decide(List<(ReplicaId Replica, RegisterState State)> promised)
        {
            var view = View(promised);
            var highest = promised.Max(answer => answer.State.Accepted);
            var isChosen = promised.All(answer => answer.State.Accepted == highest);
            if (IsRead)
            {
                Settle(view, isChosen, new ReadDone(view, isChosen ? highest : _p.Ballot));
            }
            else if (view.Value is { } value && Has(value))
            {
                Settle(view, isChosen, new ChangeDone(value, isChosen ? highest : _p.Ballot));
            }
            else if (IsLost(promised, highest, view))
            {
                End(new Indeterminate());
            }
            else
            {
                Apply(view, isChosen);
            }
        }

        private void Apply(RegisterView view, bool isChosen)
        {
            var decision = _p.Operation.Change!(view);
            if (decision is RefuseChange refused)
            {
                SettleRefusal(view, isChosen, refused);
            }
            else
            {
                Write(decision, view);
            }
        }

        /// <summary>Says the outcome when its value is chosen, and makes it so first when it is not.</summary>
        private void Settle(RegisterView view, bool isChosen, ProposerOutcome outcome)
        {
            if (isChosen)
            {
                End(outcome);
            }
            else
            {
                Accept(view.Value!.Value, view, isOwnChange: false, outcome);
            }
        }

        private void SettleRefusal(RegisterView view, bool isChosen, RefuseChange refused)
        {
            if (_p.Doubt is null)
            {
                Settle(view, isChosen, new ChangeRefused(refused.Reason, view));
            }
            else if (view.Value is null)
            {
                // Nothing could be written over the lost accept, so a replica that has it may still bring it up.
                End(new Indeterminate());
            }
            else
            {
                Settle(view, isChosen: false, new ChangeRefused(refused.Reason, view));
            }
        }

        /// <summary>Whether an earlier accept may have been chosen and be out of sight by now.</summary>
        private bool IsLost(
            List<(ReplicaId Replica, RegisterState State)> promised, Ballot highest, RegisterView view)
        {
            if (_p.Doubt is not { } doubt || _p.Operation.Id is null)
            {
                return false;
            }

            // A majority promised this round without having accepted at or after the first lost one: it was not chosen.
            var floor = promised.Max(answer => answer.State.Floor);
            if (highest < doubt.Lowest && floor < doubt.Lowest)
            {
                return false;
            }

            return view.Value is not { } value || floor >= doubt.Lowest || !ShowsAllSince(doubt.Base, value);
        }

        /// <summary>Whether every operation since the base is among the value's last ones.</summary>
        private bool ShowsAllSince(ReadOnlyMemory<byte>? basis, ReadOnlyMemory<byte> value)
        {
            var shown = _p.Rules.Operations(value);
            return basis is { } earlier
                ? _p.Rules.Operations(earlier).Take(1).Any(shown.Contains)
                : shown.Count < _p.Rules.OperationsKept;
        }

        private List<(ReplicaId Replica, RegisterState State)> States(Func<RegisterState, bool> condition) =>
        [
            .. _p.Replies
                .Select(entry => (entry.Key, State: entry.Value switch
                {
                    Current current => current.State,
                    Promised promised => promised.State,
                    _ => null,
                }))
                .Where(answer => answer.State is not null && condition(answer.State))
                .Select(answer => (answer.Key, answer.State!)),
        ];

        private static RegisterView View(List<(ReplicaId Replica, RegisterState State)> answers)
        {
            var highest = answers.MaxBy(answer => answer.State.Accepted).State;
            return new RegisterView(
                // Named, because a bare null would become empty memory.
                highest.Accepted == Ballot.None ? default(ReadOnlyMemory<byte>?) : highest.Value,
                answers.Max(answer => answer.State.CounterFloor));
        }

        // Whoever has not answered may still say yes.
        private bool CanStillBeMet(Func<Reply, bool> isYes) => Quorum.CanBeMetWithout(Who(reply => !isYes(reply)));
    }
}
