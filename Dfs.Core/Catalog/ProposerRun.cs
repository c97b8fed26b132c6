using System.Collections.Immutable;
using Dfs.Core.Placement;
using Dfs.Core.Primitives;
using static Dfs.Core.Catalog.CatalogProtocol;

namespace Dfs.Core.Catalog;

// One input to a proposer: what it changes is gathered here, and handed out as a step.
public sealed partial record Proposer
{
    private sealed partial class Run(Proposer proposer, PartitionLeases leases)
    {
        private Proposer _p = proposer;
        private PartitionLeases _leases = leases;

        public List<ProposerEffect> Effects { get; } = [];

        private RowKey Key => _p.Key;

        // Leases of another layout say nothing about this one's promises; ballots still come from them.
        private bool LeasesApply => _leases.Layout == _p.Ground.Number;

        private QuorumSet Quorum => _p.Ground.Quorum;

        private bool IsAhead => _p.Operation.Claim == PartitionClaim.Ahead;

        private bool IsRead => _p.Operation.Change is null;

        public ProposerStep ToStep() => new(_p, _leases, Effects);

        /// <summary>The first attempt: the cheapest way that the leases allow.</summary>
        public void Begin()
        {
            if (IsAhead)
            {
                BeginAhead();
            }
            else if (IsRead)
            {
                SendRead(Phase.Reading);
            }
            else if (!LeasesApply)
            {
                Prepare(PrepareScope.Register);
            }
            else if (_leases.Find(Key) is { } lease)
            {
                BeginWithLease(lease);
            }
            else
            {
                BeginWithPartition();
            }
        }

        public void GoOnUnder(ProposerGround ground)
        {
            _p = _p with { Ground = ground };

            // What the council of the layout before was to decide is decided; the next one's register is another.
            if (IsAhead || Key.IsCouncil)
            {
                EndWithoutAnswer();
            }
            else if (IsRead)
            {
                SendRead(Phase.Reading);
            }
            else
            {
                Prepare(PrepareScope.Register);
            }
        }

        public void TakeTimer()
        {
            switch (_p.Now)
            {
                case var _ when IsAhead:
                    EndWithoutAnswer();
                    break;
                case Phase.Reading when HasQuorum<Current>():
                    Prepare(PrepareScope.Register);
                    break;
                case Phase.BackingOff or Phase.LearningLayout when IsRead && _p.Ballot == Ballot.None:
                    SendRead(Phase.Reading);
                    break;
                case Phase.BackingOff or Phase.LearningLayout:
                    Prepare(PrepareScope.Register);
                    break;
                case Phase.Accepting:
                    _leases = _leases.Drop(Key.Partition);
                    BackOff();
                    break;
                default:
                    BackOff();
                    break;
            }
        }

        public void EndWithoutAnswer() => End(_p.Doubt is null ? new Unavailable() : new Indeterminate());

        // A refusal that only the cached value justifies is no answer: others may have written since.
        private void BeginWithLease(RegisterLease lease)
        {
            var view = new RegisterView(lease.Value, lease.CounterFloor);
            if (!Has(lease.Value) && _p.Operation.Change!(view) is var decision and not RefuseChange)
            {
                TakeBallot(lease.Next.Round);
                Write(decision, view);
            }
            else
            {
                Prepare(PrepareScope.Register);
            }
        }

        private void BeginWithPartition()
        {
            if (!Key.IsCouncil && _leases.Held(Key.Partition) is not null)
            {
                SendRead(Phase.Touching);
            }
            else if (Key.IsCouncil || _p.Operation.Claim == PartitionClaim.Never
                || (_p.Operation.Claim == PartitionClaim.IfFree && _leases.HeldByOther(Key.Partition) is not null))
            {
                Prepare(PrepareScope.Register);
            }
            else
            {
                Prepare(_p.Operation.Claim == PartitionClaim.IfFree
                    ? PrepareScope.PartitionIfFree
                    : PrepareScope.Partition);
            }
        }

        // Nobody waits for it: whatever speaks against it ends it, and the first write does what it would have done without.
        private void BeginAhead()
        {
            if (LeasesApply && _leases.IsUnclaimed(Key.Partition))
            {
                Prepare(PrepareScope.PartitionIfFree);
            }
            else
            {
                EndWithoutAnswer();
            }
        }

        private void SendRead(Phase phase) =>
            SendAll(phase, _p.Times.RoundTimeout, header => new Read(header));

        private void Prepare(PrepareScope scope)
        {
            TakeBallot(Math.Max(_p.RoundSeen, _leases.RoundSeen(Key.Partition)) + 1);
            var ballot = _p.Ballot;
            SendAll(
                scope == PrepareScope.Register ? Phase.Preparing : Phase.Claiming,
                _p.Times.RoundTimeout,
                header => new Prepare(header, ballot, scope));
        }

        /// <summary>Proposes a change's value under the ballot that was taken, when it is finished.</summary>
        private void Write(ChangeDecision decision, RegisterView basis)
        {
            switch (decision)
            {
                case WriteValue write:
                    AcceptOwn(write.Value, basis);
                    break;
                case WriteDraft write:
                    // Without a timer: the deadline bounds it, and nothing of it has left yet.
                    NextAttempt(Phase.Finishing);
                    _p = _p with { DraftedFrom = basis };
                    Effects.Add(new FinishDraft(write.Draft, _p.Attempt));
                    break;
                default:
                    throw new InvariantException($"a change writes or refuses ({decision.GetType().Name})");
            }
        }

        public void TakeFinished(ReadOnlyMemory<byte> value) => AcceptOwn(value, _p.DraftedFrom!);

        private void AcceptOwn(ReadOnlyMemory<byte> value, RegisterView basis) =>
            Accept(value, basis, isOwnChange: true, DoneWith(value));

        private void Accept(ReadOnlyMemory<byte> value, RegisterView basis, bool isOwnChange, ProposerOutcome outcome)
        {
            _p = _p with
            {
                Pending = new Intent(value, basis.CounterFloor, outcome),
                Doubt = isOwnChange ? _p.Doubt ?? new Fate(_p.Ballot, basis.Value) : _p.Doubt,
            };
            var ballot = _p.Ballot;
            SendAll(Phase.Accepting, _p.Times.RoundTimeout, header => new Accept(header, ballot, value));
        }

        private void BackOff()
        {
            _leases = _leases.Drop(Key);
            var growing = _p.Times.BackoffMin * Math.Pow(2, Math.Min(_p.Retries, 16));
            var longest = growing < _p.Times.BackoffMax ? growing : _p.Times.BackoffMax;
            var part = unchecked((_p.Operation.Jitter + (uint)_p.Attempt) * 2654435761U) / (double)uint.MaxValue;
            NextAttempt(Phase.BackingOff);
            _p = _p with { Retries = _p.Retries + 1 };
            Effects.Add(new SetTimer(longest * (0.5 + (part / 2)), _p.Attempt));
        }

        private void SendAll(Phase phase, TimeSpan timeout, Func<Header, Request> request)
        {
            NextAttempt(phase);
            var sent = request(new Header(Key, _p.Ground.Number, _p.Operation.Epoch));
            Effects.AddRange(Quorum.Replicas.Select(replica => new SendRequest(replica, sent, _p.Attempt)));
            Effects.Add(new SetTimer(timeout, _p.Attempt));
        }

        private void NextAttempt(Phase phase) => _p = _p with
        {
            Now = phase,
            Attempt = _p.Attempt + 1,
            Replies = ImmutableSortedDictionary<ReplicaId, Reply>.Empty,
        };

        private void TakeBallot(ulong round)
        {
            (_leases, var ballot) = _leases.TakeBallot(round);
            _p = _p with { Ballot = ballot, RoundSeen = Math.Max(_p.RoundSeen, round) };
        }

        /// <param name="behind">See <see cref="Finished.Behind"/>.</param>
        private void End(ProposerOutcome outcome, IReadOnlyList<ReplicaId>? behind = null)
        {
            var isCertain = outcome is ReadDone or ChangeDone or ChangeRefused;
            if (_p.Doubt is not null && !isCertain)
            {
                _leases = _leases.Drop(Key).Drop(Key.Partition);
            }

            _p = _p with { Now = Phase.Ended };
            Effects.Add(new Finished(outcome, _p.Attempt) { Behind = behind ?? [] });
        }

        private ChangeDone DoneWith(ReadOnlyMemory<byte> value) => new(value, _p.Ballot);

        private bool Has(ReadOnlyMemory<byte> value) =>
            _p.Operation.Id is { } id && _p.Rules.Operations(value).Contains(id);

        private bool HasQuorum<TReply>() where TReply : Reply => Quorum.IsMet(Who(reply => reply is TReply));

        private HashSet<ReplicaId> Who(Func<Reply, bool> condition) =>
            [.. _p.Replies.Where(entry => condition(entry.Value)).Select(entry => entry.Key)];
    }
}
