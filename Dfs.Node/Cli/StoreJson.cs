using System.Text.Json.Serialization;
using Dfs.Storage.ChunkStore;

namespace Dfs.Node.Cli;

/// <summary>What <c>dfs verify --json</c> prints.</summary>
public sealed record VerifyResult(
    IReadOnlyList<string> Layouts, long Chunks, long Bytes, long TornBytes, IReadOnlyList<VerifyDamage> Damage)
{
    public static VerifyResult Of(VerificationReport report) => new(
        [.. report.Layouts.Select(StoreLayouts.NameOf)],
        report.Chunks,
        report.Bytes,
        report.TornBytes,
        [.. report.Damage.Select(damage => new VerifyDamage(damage.Path, damage.Offset, damage.Chunk?.ToString(), damage.What))]);
}

/// <param name="Chunk">Null when its id is among what is damaged.</param>
public sealed record VerifyDamage(string Path, long Offset, string? Chunk, string What);

/// <summary>What <c>dfs convert --json</c> prints.</summary>
public sealed record ConvertResult(string Layout, long Chunks, long Bytes, long Damaged)
{
    public static ConvertResult Of(StoreLayout layout, ConversionProgress progress) =>
        new(StoreLayouts.NameOf(layout), progress.Chunks, progress.Bytes, progress.Damaged);
}

[JsonSerializable(typeof(VerifyResult))]
[JsonSerializable(typeof(ConvertResult))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
public sealed partial class StoreJson : JsonSerializerContext;
