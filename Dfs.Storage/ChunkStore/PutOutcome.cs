namespace Dfs.Storage.ChunkStore;

/// <summary>What a put came to.</summary>
public abstract record PutOutcome
{
    private PutOutcome() { }

    /// <summary>This store has the chunk and its pin on disk.</summary>
    public bool IsDurable => this is Stored or AlreadyHad;

    public sealed record Stored : PutOutcome
    {
        public static readonly Stored Instance = new();
    }

    public sealed record AlreadyHad : PutOutcome
    {
        public static readonly AlreadyHad Instance = new();
    }

    /// <summary>The reserve is reached; another node must take it. Passes when space is freed.</summary>
    public sealed record DiskFull : PutOutcome
    {
        public static readonly DiskFull Instance = new();
    }

    /// <summary>A write or a sync failed, so what the disk has is uncertain; lasts until the node is started again.</summary>
    public sealed record ReadOnly(string Reason) : PutOutcome;
}
