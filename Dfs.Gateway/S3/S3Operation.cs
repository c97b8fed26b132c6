using Dfs.Gateway.S3.Access;
using Dfs.Gateway.S3.Requests;

namespace Dfs.Gateway.S3;

/// <summary>What a request means, and what it takes to be allowed.</summary>
/// <param name="Action">As policies name it; null when the operation asks by itself, or there is nothing to ask.</param>
/// <param name="Right">What an access control list must grant where no policy speaks.</param>
internal sealed record S3Operation(string? Action, AclRight Right, Func<S3Call, Task> RunAsync)
{
    /// <summary>It is about a bucket that must be there.</summary>
    public bool NeedsBucket { get; init; } = true;
}
