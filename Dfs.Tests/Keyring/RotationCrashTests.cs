using System.Collections.Immutable;
using Dfs.Actors.Client;
using Dfs.Actors.Transfer;
using Dfs.Client;
using Dfs.Core.Crypto;
using Dfs.Core.Manifests;
using Dfs.Core.Sharing;
using Dfs.Node.Hosting;
using Dfs.Storage.Keyring;
using Dfs.Tests.Kit;
using Dfs.Tests.Manifests;

namespace Dfs.Tests.Keyring;

/// <summary>A rotation of keys whose process ends at every step of it, one run each: before and after each head, each question and each change of the keyring.</summary>
/// <remarks>What a crash within the change of the keyring's file leaves is in <see cref="KeyringChangeTests"/>.</remarks>
public sealed class RotationCrashTests : IDisposable
{
    private const int Files = 3;

    private readonly TempFolder _folder = new();

    public static TheoryData<int, int, int> Orders => new() { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 }, { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };

    private string Keyring => Path.Combine(_folder.Path, "keyring");

    public void Dispose() => _folder.Dispose();

    // All orders of the heads: so every subset of them is what a crash leaves wrapped anew. And a second crash in what ends the first.
    [Theory, MemberData(nameof(Orders))]
    public async Task After_a_crash_at_any_step_every_file_opens_with_the_keyring_that_is_there_and_running_it_again_ends_it(int first, int second, int third)
    {
        int[] order = [first, second, third];
        var steps = 0;
        for (var step = 0; ; step++)
        {
            var heads = Begin(order);
            if (await RunAsync(heads, crashAt: step) is not null)
            {
                AssertEnded(heads);
                Assert.True(step > 3 * Files, $"a rotation has steps to end at ({step})");
                steps = step;
                break;
            }

            AssertOpens(heads, step);
            Assert.Equal(DfsOutcome.Done, (await RunAsync(heads, crashAt: int.MaxValue))!.Outcome);
            AssertEnded(heads);
        }

        for (var again = 0; first == 0 && again < steps * steps; again++)
        {
            var heads = Begin(order);
            await RunAsync(heads, again / steps);
            await RunAsync(heads, again % steps);
            AssertOpens(heads, again);
            await RunAsync(heads, crashAt: int.MaxValue);
            AssertEnded(heads);
        }
    }

    private SimulatedHeads Begin(int[] order)
    {
        File.Delete(Keyring);
        Assert.IsType<KeyringOutcome.Created>(KeyringFile.Create(Keyring, Sample.Owner, null));
        return new SimulatedHeads([.. Enumerable.Range(1, Files).Select(seed => Sample.Made(HeadTransition.Put(null, Sample.Put(seed))))], order);
    }

    /// <returns>Null when the process ended before it answered.</returns>
    private async Task<OwnerAnswer?> RunAsync(SimulatedHeads heads, int crashAt)
    {
        using var owner = new NodeOwner(Keyring, new OwnerSession(Open()));
        heads.Start(owner.Session, crashAt);
        try
        {
            return await new KeyringRotation(owner, heads).RunAsync(CancellationToken.None);
        }
        catch (PowerCutException)
        {
            return null;
        }
    }

    private OwnerKeys Open() => Assert.IsType<KeyringOutcome.Opened>(KeyringFile.Open(Keyring, default)).Keys;

    // Each head is wholly under one epoch, and that epoch's key is in the keyring.
    private void AssertOpens(SimulatedHeads heads, int step)
    {
        using var keys = Open();
        using var bucket = keys.OfBucket("files");
        Assert.All(heads.All, head =>
        {
            Assert.Single(head.Versions.Select(version => version.Slot.Epoch).Distinct());
            Assert.All(head.Versions, version =>
            {
                Assert.True(bucket.TryWrapKey(version.Slot.Epoch, out var wrap), $"step {step}");
                Assert.True(version.Slot.TryUnwrap(wrap, Sample.Place(EnvelopeKind.KeySlot, version.Id), out var key), $"step {step}");
                Assert.True(Manifest.TryOpen(key, Sample.Place(EnvelopeKind.Manifest, version.Id), version.Root!.Span, out _));
            });
        });
    }

    private void AssertEnded(SimulatedHeads heads)
    {
        AssertOpens(heads, -1);
        using var keys = Open();
        // Of a rotation that had ended without an answer, running it again is the next one.
        Assert.True(Assert.Single(keys.Epochs.Keys).CompareTo(KeyEpoch.First) > 0);
        Assert.All(heads.All, head => Assert.False(ShareTransition.IsWrappedBefore(head, keys.CurrentEpoch)));
    }

    /// <summary>The heads of an owner on a cluster that outlives the node; each change is done as a whole or not at all.</summary>
    private sealed class SimulatedHeads(ImmutableArray<Head> heads, int[] order) : IHeadRotation
    {
        private readonly Head[] _heads = [.. heads];
        private OwnerSession _session = null!;
        private int _stepsLeft;

        public IReadOnlyList<Head> All => _heads;

        public void Start(OwnerSession session, int crashAt) => (_session, _stepsLeft) = (session, crashAt);

        public Task<int> RewrapAsync(CancellationToken cancellationToken)
        {
            using var owner = _session.Use();
            var count = 0;
            foreach (var index in order.Where(index => ShareTransition.IsWrappedBefore(_heads[index], owner.CurrentEpoch)))
            {
                Step();
                var operation = OwnerSession.NewOperation();
                _heads[index] = Sample.Made(ShareTransition.Rewrap(
                    _heads[index], owner.PublicKey, operation, owner.WrapsOf(_heads[index].Bucket), OwnerSession.Fresh));
                count++;
                Step();
            }

            return Task.FromResult(count);
        }

        public Task<int> CountBehindAsync(KeyEpoch epoch, CancellationToken cancellationToken)
        {
            Step();
            var behind = _heads.Count(head => ShareTransition.IsWrappedBefore(head, epoch));
            Step();
            return Task.FromResult(behind);
        }

        public Task<IReadOnlyDictionary<string, OwnerEpochs?>> AskAsync(CancellationToken cancellationToken)
        {
            Step();
            return Task.FromResult<IReadOnlyDictionary<string, OwnerEpochs?>>(ImmutableSortedDictionary<string, OwnerEpochs?>.Empty);
        }

        private void Step()
        {
            if (_stepsLeft-- == 0)
            {
                throw new PowerCutException();
            }
        }
    }

    private sealed class PowerCutException : Exception;
}
