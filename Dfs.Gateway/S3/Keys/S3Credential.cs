using Dfs.Actors.Client;
using Dfs.Client;
using Dfs.Core.Trust.Grants;
using Dfs.Gateway.S3.Signing;

namespace Dfs.Gateway.S3.Keys;

/// <summary>Whose requests an access key signs, the store as that owner sees it, and what of it the key opens.</summary>
public sealed record S3Credential(SecretAccessKey Secret, OwnerStatus Owner, IDfsClient Client, Principal Principal)
{
    public override string ToString() => $"S3Credential {Principal.Id}";
}
