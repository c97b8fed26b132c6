using Dfs.Core.Primitives;

namespace Dfs.Core.Manifests;

/// <summary>What keeps a version from being taken out of its file: a term, a hold, or both ("Using S3 Object Lock").</summary>
/// <remarks>
/// Stands in the clear in the signed head, so that every change of a head can be held against it, whatever way it came.
/// docs/formats/head.md.
/// </remarks>
/// <param name="UntilUnixMs">When the term ends; zero without one.</param>
/// <param name="IsHeld">Until somebody lifts it, whatever time it is.</param>
public readonly record struct VersionLock(LockMode Mode, long UntilUnixMs, bool IsHeld)
{
    public static readonly VersionLock None = new(LockMode.None, 0, IsHeld: false);

    /// <summary>What is written of it.</summary>
    internal const int EncodedBytes = 9;

    private const byte HeldFlag = 4;

    /// <summary>Whether the version must stay.</summary>
    public bool Holds(LockKey key) => IsHeld || !IsOver(key);

    /// <summary>Whether this may be put in its place: a term is made longer by anybody, and shorter only by who has a key to it.</summary>
    public bool MayBecome(VersionLock next, LockKey key) => IsOver(key) || (next.Mode == Mode && next.UntilUnixMs >= UntilUnixMs);

    private bool IsOver(LockKey key) =>
        Mode == LockMode.None || (Mode == LockMode.Governance && key.OpensGovernance) || key.NowUnixMs >= UntilUnixMs;

    internal void WriteTo(ByteWriter writer)
    {
        writer.Byte((byte)((byte)Mode | (IsHeld ? HeldFlag : 0)));
        writer.I64(UntilUnixMs);
    }

    internal static VersionLock ReadFrom(ref ByteReader reader)
    {
        var flags = reader.Byte();
        var until = reader.I64();
        var mode = (LockMode)(flags & ~HeldFlag);
        reader.Require(flags > 0 && mode <= LockMode.Compliance && (mode == LockMode.None ? until == 0 : until > 0));
        return new VersionLock(mode, until, (flags & HeldFlag) != 0);
    }
}

/// <summary>How firm a term is; the number is what is written.</summary>
public enum LockMode : byte
{
    None = 0,

    /// <summary>Who is allowed to may shorten it.</summary>
    Governance = 1,

    /// <summary>Nobody may.</summary>
    Compliance = 2,
}

/// <summary>What opens locks.</summary>
/// <param name="NowUnixMs">By the median of the nodes' clocks; zero when that is not known, which ends no term.</param>
/// <param name="OpensGovernance">The asker is allowed to bypass <see cref="LockMode.Governance"/>.</param>
public readonly record struct LockKey(long NowUnixMs, bool OpensGovernance)
{
    /// <summary>Opens nothing.</summary>
    public static readonly LockKey None = new(0, OpensGovernance: false);
}

/// <summary>A wish to lock a version, or to change its lock; what is null stays.</summary>
/// <param name="Term">Mode and end; <see cref="LockMode.None"/> takes it away.</param>
public sealed record LockWish((LockMode Mode, long UntilUnixMs)? Term, bool? IsHeld)
{
    public VersionLock On(VersionLock current) => new(
        Term?.Mode ?? current.Mode, Term is { } term ? term.Mode == LockMode.None ? 0 : term.UntilUnixMs : current.UntilUnixMs,
        IsHeld ?? current.IsHeld);
}
