using Dfs.Actors.Client;
using Dfs.Client;
using Dfs.Core.Manifests;

namespace Dfs.Gateway.S3.Requests;

/// <summary>A bucket that a request is about, whose it is, and the store as its owner sees it.</summary>
/// <param name="Settings">At most a second old.</param>
internal sealed record S3Bucket(string Name, OwnerStatus Owner, IDfsClient Client, BucketSettings Settings);
