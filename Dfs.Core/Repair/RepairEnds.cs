namespace Dfs.Core.Repair;

/// <summary>Whether copies are to be counted at once, because the last of those that repaired has come to its end. Pure.</summary>
/// <param name="IsUnderWay">Somebody compares or copies.</param>
/// <param name="IsCountDue">Nobody does any more, and nobody has begun to count since.</param>
public readonly record struct RepairEnds(bool IsUnderWay, bool IsCountDue)
{
    public RepairEnds See(bool isUnderWay) => new(isUnderWay, !isUnderWay && (IsUnderWay || IsCountDue));

    public RepairEnds CountBegins() => this with { IsCountDue = false };
}
