namespace Dfs.Tests.Browser;

/// <summary>How much the page is given to do.</summary>
/// <param name="FileCount">In a folder that is dropped.</param>
/// <param name="LargeBytes">Of the file whose upload is paused.</param>
/// <param name="NameCount">In one folder.</param>
/// <param name="Patience">How long an upload or a listing may take.</param>
/// <param name="KillShownWithin">From the kill of a node until the page says so; the page promises ten seconds, and a suite's machine may be busy.</param>
internal sealed record WebPageScale(int FileCount, long LargeBytes, int NameCount, TimeSpan Patience, TimeSpan KillShownWithin)
{
    /// <summary>More than a page of names, and some rounds of parts.</summary>
    private static readonly WebPageScale Usual = new(40, 64L << 20, 1100, TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(20));

    /// <summary>What people may do: Dfs.Tests/Scripts/web-large.sh.</summary>
    private static readonly WebPageScale Large = new(200, 1L << 30, 100_000, TimeSpan.FromMinutes(5), TimeSpan.FromSeconds(10));

    /// <summary>That much of names alone.</summary>
    private static readonly WebPageScale ManyNames = Usual with { NameCount = Large.NameCount, Patience = Large.Patience };

    public static WebPageScale OfEnvironment() => Environment.GetEnvironmentVariable("DFS_WEB_LARGE") switch
    {
        "all" => Large,
        "names" => ManyNames,
        _ => Usual,
    };
}
