using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Dfs.Core.Primitives;

namespace Dfs.Core.Placement;

/// <summary>The proof of one layout: a statement, and who signed that it was decided.</summary>
public sealed record LayoutLink(LayoutStatement Statement, ImmutableArray<LayoutSignature> Signatures)
{
    /// <summary>7 KiB at most; with a council of three, two.</summary>
    public const int BytesMax = 5 + LayoutStatement.BytesMax + 1 + (LayoutSignature.CountMax * LayoutSignature.BytesMax);

    public LayoutNumber Number => Statement.Number;

    public bool HasAuthority => Signatures.Any(signature => signature.IsByAuthority);

    private static ReadOnlySpan<byte> Magic => "DFSK\x01"u8;

    /// <summary>With the authority's signature, when it is not there yet.</summary>
    public LayoutLink With(LayoutSignature ofAuthority) => HasAuthority ? this : this with { Signatures = Signatures.Add(ofAuthority) };

    public byte[] Encode()
    {
        var writer = new ByteWriter(2048);
        writer.Fixed(Magic);
        Statement.Write(writer);
        LayoutSignature.Write(writer, Signatures);
        return writer.ToArray();
    }

    public static bool TryDecode(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out LayoutLink? link)
    {
        var reader = new ByteReader(bytes);
        reader.Expect(Magic);
        var statement = LayoutStatement.Read(ref reader);
        var signatures = LayoutSignature.ReadAll(ref reader);
        link = reader.IsComplete ? new LayoutLink(statement, signatures) : null;
        return link is not null;
    }
}

/// <summary>The links that a node keeps for others who were away, by rising number.</summary>
public sealed class LayoutChain
{
    /// <summary>64 changes of number, thirty-two changes of members: who was away for longer needs the authority's signature.</summary>
    public const int LinksMax = 64;

    public static readonly LayoutChain Empty = new([]);

    private LayoutChain(ImmutableArray<LayoutLink> links) => Links = links;

    public ImmutableArray<LayoutLink> Links { get; }

    public LayoutLink? Find(LayoutNumber number) => Links.FirstOrDefault(link => link.Number == number);

    /// <summary>Adds a link, in place of the one of its number; what the authority signed needs nothing before it.</summary>
    public LayoutChain Add(LayoutLink link)
    {
        var after = Links.Where(one => one.Number.CompareTo(link.Number) > 0);
        var before = link.HasAuthority ? [] : Links.Where(one => one.Number.CompareTo(link.Number) < 0);
        return new LayoutChain([.. before.Append(link).Concat(after).TakeLast(LinksMax)]);
    }

    /// <summary>What leads from a number on: from behind it, or from the newest that the authority signed.</summary>
    public IEnumerable<LayoutLink> After(LayoutNumber known)
    {
        var signed = Links.LastOrDefault(link => link.HasAuthority)?.Number ?? LayoutNumber.None;
        return Links.Where(link => link.Number.CompareTo(known) > 0 && link.Number.CompareTo(signed) >= 0);
    }

    public byte[] Encode()
    {
        var writer = new ByteWriter(4096);
        writer.U16((ushort)Links.Length);
        foreach (var link in Links)
        {
            writer.Block16(link.Encode());
        }

        return writer.ToArray();
    }

    /// <returns>Null when it is damaged.</returns>
    public static LayoutChain? Decode(ReadOnlySpan<byte> bytes)
    {
        var reader = new ByteReader(bytes);
        var count = reader.Count16(2, LinksMax);
        var links = ImmutableArray.CreateBuilder<LayoutLink>();
        for (var index = 0; index < count; index++)
        {
            if (LayoutLink.TryDecode(reader.Block16(LayoutLink.BytesMax), out var link)
                && reader.Require(links.Count == 0 || links[^1].Number.CompareTo(link.Number) < 0))
            {
                links.Add(link);
            }
        }

        return reader.IsComplete && links.Count == count ? new LayoutChain(links.ToImmutable()) : null;
    }
}

/// <summary>What the register of a number holds in a cluster whose nodes have certificates: a layout, and who endorsed it.</summary>
public sealed record EndorsedLayout(Layout Layout, ImmutableArray<LayoutSignature> Signatures)
{
    private static ReadOnlySpan<byte> Magic => "DFSE\x01"u8;

    /// <returns>Null for anything else.</returns>
    public static EndorsedLayout? Decode(ReadOnlySpan<byte> bytes)
    {
        var reader = new ByteReader(bytes);
        reader.Expect(Magic);
        var encoded = reader.Block32(Layout.EncodedBytesMax);
        var signatures = LayoutSignature.ReadAll(ref reader);
        return reader.IsComplete && Layout.TryDecode(encoded, out var layout) ? new EndorsedLayout(layout, signatures) : null;
    }

    public byte[] Encode()
    {
        var writer = new ByteWriter(16 * 1024);
        writer.Fixed(Magic);
        writer.Block32(Layout.Encode());
        LayoutSignature.Write(writer, Signatures);
        return writer.ToArray();
    }
}
