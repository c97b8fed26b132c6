using System.Diagnostics.CodeAnalysis;
using Dfs.Core.Crypto;
using Dfs.Core.Primitives;

namespace Dfs.Core.Manifests;

/// <summary>One version of a file, opened: its facts and where its content is.</summary>
/// <remarks>Sealed, it always fits in a head: what is larger goes to pages. docs/formats/manifest.md.</remarks>
public sealed record Manifest
{
    /// <summary>8 KiB: below it a chunk of its own costs more than it saves.</summary>
    public const int InlineBytesMax = 8 * 1024;

    /// <summary>64 chunks or pages stand in the root itself; with more, one page holds them.</summary>
    public const int RootItemsMax = 64;

    /// <summary>16 KiB: what a head takes in.</summary>
    public const int SealedBytesMax = 16 * 1024;

    private const byte Version = 1;
    private const byte HasContent = 1, HasReferenceRoot = 2;

    private Manifest(FileFacts facts, ByteString? content, ManifestPage? page, ChunkId? referenceRoot) =>
        (Facts, Content, Page, ReferenceRoot) = (facts, content, page, referenceRoot);

    public FileFacts Facts { get; private init; }

    /// <summary>The whole file, when it is small; never printed.</summary>
    public ByteString? Content { get; }

    /// <summary>Else the first of its pages.</summary>
    public ManifestPage? Page { get; }

    /// <summary>Of the clear list of references that belongs to it, when that is a chunk: readers compare.</summary>
    public ChunkId? ReferenceRoot { get; }

    public ulong PlainBytes => Page?.PlainBytes ?? (ulong)Content!.Length;

    public static Manifest OfContent(FileFacts facts, ReadOnlySpan<byte> content)
    {
        Invariant.Holds(
            content.Length <= InlineBytesMax, $"content in a manifest has at most 8 KiB ({content.Length} bytes)");
        return new Manifest(facts, new ByteString(content), null, null);
    }

    public static Manifest OfPage(FileFacts facts, ManifestPage page, ChunkId? referenceRoot)
    {
        var items = page.Entries.Length + page.Children.Length;
        Invariant.Holds(items is > 0 and <= RootItemsMax, $"a root has 1 to {RootItemsMax} items ({items})");
        return new Manifest(facts, null, page, referenceRoot);
    }

    /// <summary>For new tags or metadata: seal it again, under the same version key and a fresh salt.</summary>
    public Manifest With(FileFacts facts) => this with { Facts = facts };

    /// <param name="place">Of kind <see cref="EnvelopeKind.Manifest"/>.</param>
    public ByteString Seal(VersionKey key, EnvelopeContext place, FreshBytes salt)
    {
        Invariant.Holds(place.Kind == EnvelopeKind.Manifest, "a manifest is sealed as one");
        var envelope = Envelope.Seal(key, place, salt, Encode());
        Invariant.Holds(envelope.Length <= SealedBytesMax, $"a sealed root fits a head ({envelope.Length} bytes)");
        return new ByteString(envelope);
    }

    /// <returns>False when it is damaged, or another version's.</returns>
    public static bool TryOpen(
        VersionKey key, EnvelopeContext place, ReadOnlySpan<byte> sealedRoot, [NotNullWhen(true)] out Manifest? manifest)
    {
        manifest = null;
        return place.Kind == EnvelopeKind.Manifest && Envelope.TryOpen(key, place, sealedRoot, out var plain)
            && TryDecode(plain, out manifest);
    }

    internal byte[] Encode()
    {
        var writer = new ByteWriter(1024);
        writer.Byte(Version);
        writer.Byte((byte)((Content is null ? 0 : HasContent) | (ReferenceRoot is null ? 0 : HasReferenceRoot)));
        Facts.WriteTo(writer);
        if (ReferenceRoot is { } root)
        {
            writer.Bytes32(root.Value);
        }

        if (Content is { } content)
        {
            writer.Block16(content.Span);
        }
        else
        {
            Page!.WriteTo(writer);
        }

        return writer.ToArray();
    }

    internal static bool TryDecode(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out Manifest? manifest)
    {
        var reader = new ByteReader(bytes);
        reader.Expect([Version]);
        var flags = reader.Byte();
        reader.Require(flags is 0 or HasContent or HasReferenceRoot);
        var facts = FileFacts.ReadFrom(ref reader);
        ChunkId? root = (flags & HasReferenceRoot) == 0 ? null : new ChunkId(reader.Bytes32());
        var content = flags == HasContent ? new ByteString(reader.Block16(InlineBytesMax)) : null;
        var page = flags == HasContent ? null : ManifestPage.ReadFrom(ref reader);
        var items = page is null ? 1 : page.Entries.Length + page.Children.Length;
        reader.Require(items is > 0 and <= RootItemsMax && page?.PlainBytes is not > ManifestPage.FileBytesMax);
        manifest = reader.IsComplete ? new Manifest(facts, content, page, root) : null;
        return manifest is not null;
    }
}
