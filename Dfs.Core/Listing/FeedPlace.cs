using Dfs.Core.Primitives;

namespace Dfs.Core.Listing;

/// <summary>How far a replica's change feed was taken over, so that it can be gone on with after a start.</summary>
/// <param name="Feed">What the feed was called when the cursor was told.</param>
/// <param name="Floor">As it was when reading from the beginning began.</param>
public sealed record FeedPlace(ReplicaId Replica, Bytes16 Feed, ulong Cursor, ulong Floor);
