using Dfs.Client;

namespace Dfs.Node.Cli;

/// <summary>What <c>dfs</c> ends with; documented in docs/operating/exit-codes.md.</summary>
public static class ExitCode
{
    public const int Done = 0;
    public const int Failed = 1;

    /// <summary>The words of the command are off: unknown command, bad option, key too long, missing file.</summary>
    public const int Usage = 2;
    public const int NotFound = 3;

    /// <summary>No node answers at the address.</summary>
    public const int Unreachable = 4;

    /// <summary>The token is missing or wrong.</summary>
    public const int Unauthorized = 5;

    /// <summary>No quorum, busy, not ready: the same command may work later.</summary>
    public const int TryAgain = 6;

    /// <summary>node.hocon or a setting cannot be used.</summary>
    public const int Configuration = 7;

    /// <summary>A port is in use.</summary>
    public const int PortInUse = 8;

    /// <summary>The data directory is in use or is not one of ours.</summary>
    public const int DataDirectory = 9;
    public const int DiskFull = 10;

    /// <summary>The keyring cannot be opened: wrong passphrase, too wide a mode, damaged; or it is locked on the node.</summary>
    public const int Keyring = 11;

    /// <summary>No intact copy is left, or something is not authentic.</summary>
    public const int Damaged = 12;

    /// <summary>It may or may not have taken effect; look.</summary>
    public const int Indeterminate = 13;

    /// <summary>A capability is damaged, expired, revoked, or somebody else's.</summary>
    public const int NotAllowed = 14;

    /// <summary>Stopped by Ctrl-C.</summary>
    public const int Interrupted = 130;

    /// <summary>As docs/operating/exit-codes.md calls it.</summary>
    public static string NameOf(int code) => code switch
    {
        Done => nameof(Done),
        Usage => nameof(Usage),
        NotFound => nameof(NotFound),
        Unreachable => nameof(Unreachable),
        Unauthorized => nameof(Unauthorized),
        TryAgain => nameof(TryAgain),
        Configuration => nameof(Configuration),
        PortInUse => nameof(PortInUse),
        DataDirectory => nameof(DataDirectory),
        DiskFull => nameof(DiskFull),
        Keyring => nameof(Keyring),
        Damaged => nameof(Damaged),
        Indeterminate => nameof(Indeterminate),
        NotAllowed => nameof(NotAllowed),
        Interrupted => nameof(Interrupted),
        _ => nameof(Failed),
    };

    public static int Of(DfsOutcome outcome) => outcome switch
    {
        DfsOutcome.Done => Done,
        DfsOutcome.NotFound => NotFound,
        DfsOutcome.NoQuorum or DfsOutcome.Busy or DfsOutcome.NotReady => TryAgain,
        DfsOutcome.Indeterminate => Indeterminate,
        DfsOutcome.DiskFull => DiskFull,
        DfsOutcome.Locked => Keyring,
        DfsOutcome.NotAllowed => NotAllowed,
        DfsOutcome.Damaged => Damaged,
        DfsOutcome.Unreachable => Unreachable,
        _ => Failed,
    };
}
