using Dfs.Actors.Client;
using Dfs.Gateway.S3.Signing;

namespace Dfs.Gateway.S3.Keys;

/// <summary>Whose requests an access key signs, and the store as that owner sees it.</summary>
public sealed record S3Credential(string AccessKey, SecretAccessKey Secret, OwnerStatus Owner, IDfsClient Client)
{
    public override string ToString() => $"S3Credential {AccessKey}";
}
