namespace Dfs.Core.Placement;

/// <summary>Turns a table slice → members into one that is even by weight, with as few changes as that takes.</summary>
/// <remarks>
/// Whoever has too many slices, or is gone, passes them on to whoever has too few, along the shortest way: directly where zones
/// allow, otherwise through a third that passes on another slice in exchange. These are the shortest augmenting paths of a flow
/// (Edmonds and Karp, JACM 1972; the layout of Garage is found alike). A member passes on first what it would win last by
/// rendezvous hashing, to the one that would win it first, so that who shares slices with whom stays a matter of chance.
/// Deterministic: members in the same order give the same table.
/// </remarks>
internal sealed class SliceBalance
{
    private readonly IReadOnlyList<LayoutMember> _members;
    private readonly int[] _zones;
    private readonly int _spread;
    private readonly int[][] _rows;
    private readonly int[] _loads;
    private readonly int[] _targets;

    // What each holds, the least wanted first; in the last place what nobody holds.
    private readonly List<(ulong Hash, int Slice)>[] _held;

    private SliceBalance(IReadOnlyList<LayoutMember> members, int copies, int[][] rows, bool isNew)
    {
        _members = members;
        var names = members.Select(member => member.Zone).Distinct(StringComparer.Ordinal).ToList();
        _zones = [.. members.Select(member => names.IndexOf(member.Zone))];
        _spread = Math.Min(copies, names.Count);
        _rows = rows;
        Array.ForEach(rows, VacateDoubledZones);
        _held = [.. Enumerable.Range(0, members.Count + 1).Select(_ => new List<(ulong, int)>())];
        for (var slice = 0; slice < rows.Length; slice++)
        {
            foreach (var member in rows[slice])
            {
                _held[member].Add((HashOf(member, slice), slice));
            }
        }

        Array.ForEach(_held, held => held.Sort());
        _loads = [.. _held.Select(held => held.Count)];
        _targets = [.. LoadTargets.Of(members, copies, rows.Length, isNew ? null : _loads), 0];
    }

    private int Nobody => _members.Count;

    /// <param name="copies">Of each slice; fewer when there are fewer members.</param>
    /// <param name="before">By slice, indexes into members, -1 for one who is gone; null for a table that holds nothing yet.</param>
    /// <returns>By slice, as many distinct indexes as there are copies; who stays keeps its place.</returns>
    public static int[][] Of(IReadOnlyList<LayoutMember> members, int copies, int slices, IReadOnlyList<int[]>? before)
    {
        copies = Math.Min(copies, members.Count);
        var rows = new int[slices][];
        for (var slice = 0; slice < slices; slice++)
        {
            rows[slice] = before is null
                ? [.. Rendezvous.Spread(members, Rendezvous.Order(members, slice), copies)]
                : Row(before[slice], copies, members.Count);
        }

        var balance = new SliceBalance(members, copies, rows, before is null);
        while (balance.PassOn())
        {
        }

        balance.FillWhatIsLeft();
        return balance._rows;
    }

    // Places of those who are gone are given up first when there are fewer copies than before.
    private static int[] Row(int[] before, int copies, int nobody)
    {
        var row = before.Select(member => member < 0 ? nobody : member).ToList();
        while (row.Count > copies)
        {
            row.RemoveAt(row.Contains(nobody) ? row.IndexOf(nobody) : row.Count - 1);
        }

        row.AddRange(Enumerable.Repeat(nobody, copies - row.Count));
        return [.. row];
    }

    // A zone has come, or a member has moved into another's.
    private void VacateDoubledZones(int[] row)
    {
        for (var place = row.Length - 1; place > 0; place--)
        {
            var isDoubled = row[place] != Nobody && row.Take(place).Any(other => other != Nobody && _zones[other] == _zones[row[place]]);
            if (isDoubled && Spread(row) < _spread)
            {
                row[place] = Nobody;
            }
        }
    }

    // Zones in the row; a vacant place may get one of its own.
    private int Spread(int[] row) =>
        row.Count(member => member == Nobody) + row.Where(member => member != Nobody).Select(member => _zones[member]).Distinct().Count();

    // One slice less for one who has too many, one more for one who has too few; false when there is no way.
    private bool PassOn()
    {
        var cameBy = new (int Giver, int Slice)?[_members.Count + 1];
        var open = new Queue<int>();
        foreach (var giver in Enumerable.Range(0, _members.Count).Append(Nobody).Where(giver => _loads[giver] > _targets[giver]))
        {
            cameBy[giver] = (giver, -1);
            open.Enqueue(giver);
        }

        var needy = Enumerable.Range(0, _members.Count).Where(member => _loads[member] < _targets[member]).ToList();
        while (needy.Count > 0 && open.TryDequeue(out var giver))
        {
            foreach (var (_, slice) in _held[giver])
            {
                if (Best(giver, slice, needy, cameBy) is { } receiver)
                {
                    PassAlong(giver, slice, receiver, cameBy);
                    return true;
                }
            }

            foreach (var (_, slice) in _held[giver])
            {
                for (var member = 0; member < _members.Count; member++)
                {
                    if (cameBy[member] is null && Fits(giver, slice, member) && !IsOnWay(giver, slice, cameBy))
                    {
                        cameBy[member] = (giver, slice);
                        open.Enqueue(member);
                    }
                }
            }
        }

        return false;
    }

    private int? Best(int giver, int slice, List<int> needy, (int, int)?[] cameBy)
    {
        int? best = null;
        ulong bestHash = 0;
        foreach (var member in needy)
        {
            if (Fits(giver, slice, member) && (best is null || HashOf(member, slice) > bestHash) && !IsOnWay(giver, slice, cameBy))
            {
                (best, bestHash) = (member, HashOf(member, slice));
            }
        }

        return best;
    }

    private static bool IsOnWay(int member, int slice, (int Giver, int Slice)?[] cameBy)
    {
        while (cameBy[member] is { Slice: >= 0 } step)
        {
            if (step.Slice == slice)
            {
                return true;
            }

            member = step.Giver;
        }

        return false;
    }

    private void PassAlong(int giver, int slice, int receiver, (int Giver, int Slice)?[] cameBy)
    {
        Replace(giver, slice, receiver);
        while (cameBy[giver] is { Slice: >= 0 } step)
        {
            Replace(step.Giver, step.Slice, giver);
            giver = step.Giver;
        }
    }

    private bool Fits(int giver, int slice, int member)
    {
        var row = _rows[slice];
        var (spread, leaves) = (1, Array.IndexOf(row, giver));
        for (var place = 0; place < row.Length; place++)
        {
            var other = row[place];
            if (other == member)
            {
                return false;
            }

            if (place != leaves && (other == Nobody || (_zones[other] != _zones[member] && IsFirstOfZone(row, place, leaves))))
            {
                spread++;
            }
        }

        return spread >= _spread;
    }

    private bool IsFirstOfZone(int[] row, int place, int without)
    {
        for (var earlier = 0; earlier < place; earlier++)
        {
            if (earlier != without && row[earlier] != Nobody && _zones[row[earlier]] == _zones[row[place]])
            {
                return false;
            }
        }

        return true;
    }

    private void Replace(int giver, int slice, int receiver)
    {
        _rows[slice][Array.IndexOf(_rows[slice], giver)] = receiver;
        _held[giver].RemoveAt(_held[giver].BinarySearch((HashOf(giver, slice), slice)));
        var entry = (HashOf(receiver, slice), slice);
        var place = _held[receiver].BinarySearch(entry);
        _held[receiver].Insert(place < 0 ? ~place : place, entry);
        _loads[giver]--;
        _loads[receiver]++;
    }

    // Only where zones of few members leave no way: a copy more than its share is better than none.
    private void FillWhatIsLeft()
    {
        while (_held[Nobody].Count > 0)
        {
            var slice = _held[Nobody][0].Slice;
            var absent = Enumerable.Range(0, _members.Count).Where(member => !_rows[slice].Contains(member)).ToList();
            var fitting = absent.FindAll(member => Fits(Nobody, slice, member));
            Replace(Nobody, slice, (fitting.Count > 0 ? fitting : absent).MinBy(member => _loads[member] / (double)_members[member].Weight));
        }
    }

    private ulong HashOf(int member, int slice) => member == Nobody ? 0 : Rendezvous.Hash(_members[member].Slot, slice);
}
