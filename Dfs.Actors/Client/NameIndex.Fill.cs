using Dfs.Actors.Transfer;
using Dfs.Client;
using Dfs.Core.Listing;
using Dfs.Core.Primitives;
using Dfs.Storage.CatalogStore;

namespace Dfs.Actors.Client;

/// <content>What it does while nobody lists.</content>
public sealed partial class NameIndex
{
    /// <summary>After each page of 128 rows while nobody waits: filling leaves half of the time to others.</summary>
    private static readonly TimeSpan FillPause = TimeSpan.FromMilliseconds(3);

    private static readonly TimeSpan FillRetry = TimeSpan.FromSeconds(1);

    /// <summary>One minute between two pulls while nobody lists: so little is missing in the file.</summary>
    private static readonly TimeSpan KeepEvery = TimeSpan.FromMinutes(1);

    /// <summary>Fills the index in the background, so that the first listing need not, and keeps it on disk from then on.</summary>
    public void Fill()
    {
        NameIndexMetrics.Show();
        var life = Volatile.Read(ref _life);
        if (Interlocked.Exchange(ref _filling, life) != life)
        {
            _ = RequestBudget.Apart(() => FillAsync(life));
        }
    }

    private async Task FillAsync(CancellationTokenSource source)
    {
        var life = source.Token;
        Func<CancellationToken, Task> next = FillOnceAsync;
        while (!life.IsCancellationRequested && !_isDisposed)
        {
            var wait = FillRetry;
            try
            {
                await next(life);
                (next, wait) = (FollowOnceAsync, KeepEvery);
                if (_kept.IsDue(RowsPulled, _table.Count))
                {
                    await SaveAsync(life);
                }
            }
            catch (TransferException error) when (error.Outcome == DfsOutcome.Locked)
            {
                break;
            }
            catch (Exception error) when (error is TransferException or OperationCanceledException or CatalogUnavailableException)
            {
                // Nobody waits for it: the cluster may not be there yet. A listing says what is wrong.
            }
            catch (Exception error) when (!_isDisposed)
            {
                // Nobody awaits this: said, and tried again, or the index would stay behind and nobody would know.
                wait = KeepEvery;
                options.OnTrouble($"The index of names could not be brought up to date: {error.Message}");
            }

            await Task.Delay(wait, TimeProvider.System, life).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        // Whoever unlocks the keyring fills it again.
        Interlocked.CompareExchange(ref _filling, null, source);
    }

    private async Task FollowOnceAsync(CancellationToken cancellationToken)
    {
        using var owner = options.Owner.Use();
        await WithTableAsync(owner, [], PaceAsync, _ => Task.FromResult(true), cancellationToken);
    }

    // Settings that came out of the file are not opened again, and the default bucket has none: the second pass names what they stand for.
    private async Task FillOnceAsync(CancellationToken cancellationToken)
    {
        using var owner = options.Owner.Use();
        var buckets = await WithTableAsync(
            owner, [ObjectKey.SettingsBucket], PaceAsync,
            id => Task.FromResult(AllNames(_table.NamesOf(id!.Value, withRemoved: false)).ToList()), cancellationToken);
        List<string> all = [.. buckets, .. buckets.Append(ObjectKey.DefaultBucket).Select(ObjectKey.UploadsOf)];
        // From here on changes are changes, and not names that are seen for the first time. Where the first pass opened all, they were before,
        // and who has begun to follow them meanwhile goes on.
        await WithTableAsync(
            owner, all, PaceAsync,
            _ =>
            {
                if (_hasOpenedAnew)
                {
                    BeginLog();
                }

                return Task.FromResult(true);
            },
            cancellationToken);
    }

    private static IEnumerable<string> AllNames(INameCursor<ListedName> names)
    {
        for (var isOn = names.Seek([]); isOn; isOn = names.MoveNext())
        {
            yield return names.Entry.Name;
        }
    }

    private Task PaceAsync() => Volatile.Read(ref _waiting) > 0 ? Task.CompletedTask : Task.Delay(FillPause, TimeProvider.System);
}
