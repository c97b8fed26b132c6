using System.Text.Json.Serialization;
using Dfs.Actors.Client;

namespace Dfs.Gateway.Admin;

/// <summary>Answer of the admin interface to a put, a removal or a refusal.</summary>
/// <param name="Detail">A sentence for the user.</param>
public sealed record AdminAnswer(DfsOutcome Outcome, string Detail, long SizeBytes = 0, string Version = "");

/// <summary>Answer to a listing.</summary>
public sealed record AdminListing(DfsOutcome Outcome, string Detail, IReadOnlyList<FileEntry> Entries);

/// <summary>A bucket; its settings are words such as "profile": "small".</summary>
public sealed record AdminBucket(string Name, IReadOnlyDictionary<string, string> Settings);

/// <summary>Answer to a request about buckets; those that are there, or that were made, changed or removed.</summary>
public sealed record AdminBuckets(DfsOutcome Outcome, string Detail, IReadOnlyList<AdminBucket> Buckets);

/// <summary>The admin interface's JSON, made without reflection.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true, WriteIndented = true)]
[JsonSerializable(typeof(AdminAnswer))]
[JsonSerializable(typeof(AdminListing))]
[JsonSerializable(typeof(AdminBuckets))]
[JsonSerializable(typeof(IReadOnlyDictionary<string, string>))]
[JsonSerializable(typeof(NodeStatus))]
public sealed partial class AdminJson : JsonSerializerContext;
