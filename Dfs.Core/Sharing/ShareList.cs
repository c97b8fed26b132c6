using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Dfs.Core.Crypto;
using Dfs.Core.Manifests;
using Dfs.Core.Primitives;

namespace Dfs.Core.Sharing;

/// <summary>The shares of a file that are in force, as its head carries them in <see cref="Head.Grants"/>.</summary>
/// <remarks>
/// What is not in it is revoked: the owner signs the list with the head, and every opening reads it. Each share of a whole file has a
/// key of its own and a slot that gives that key the current version's key, so that revoking one leaves the others as they are.
/// docs/formats/capability.md, "Shares in a head".
/// </remarks>
public sealed record ShareList
{
    /// <summary>Sixteen: with their keys they take 3.4 KiB of the 4 that a head has for them.</summary>
    public const int SharesMax = 16;

    public static readonly ShareList Empty = new();

    private const byte FormatVersion = 1;
    private const int OwnBytes = Bytes16.SizeBytes + 1 + Bytes16.SizeBytes + 8 + SecretKey.SizeBytes;

    /// <summary>Public: ids, and what opens with the key of each.</summary>
    public ImmutableArray<ShareSlot> Slots { get; private init; } = [];

    /// <summary>The owner's part: under which epoch's key it is sealed.</summary>
    public KeyEpoch Epoch { get; private init; }

    private ByteString Own { get; init; } = ByteString.Empty;

    public ShareSlot? Find(ShareId id) => Slots.FirstOrDefault(slot => slot.Id == id);

    /// <summary>Empty for no shares.</summary>
    public ByteString Encode()
    {
        if (Slots.IsEmpty)
        {
            return ByteString.Empty;
        }

        var writer = new ByteWriter(512);
        writer.Byte(FormatVersion);
        writer.U32(Epoch.Value);
        writer.Block16(Own.Span);
        writer.Byte((byte)Slots.Length);
        foreach (var slot in Slots)
        {
            slot.WriteTo(writer);
        }

        return new ByteString(writer.Written);
    }

    public static bool TryDecode(ByteString grants, [NotNullWhen(true)] out ShareList? list)
    {
        list = Empty;
        if (grants.IsEmpty)
        {
            return true;
        }

        var reader = new ByteReader(grants.Span);
        reader.Expect([FormatVersion]);
        var epoch = new KeyEpoch(reader.U32());
        var own = new ByteString(reader.Block16(Envelope.OverheadBytes + (SharesMax * OwnBytes)));
        int count = reader.Byte();
        reader.Require(count is > 0 and <= SharesMax);
        var slots = ImmutableArray.CreateBuilder<ShareSlot>();
        for (var i = 0; i < count && !reader.HasFailed; i++)
        {
            slots.Add(ShareSlot.ReadFrom(ref reader));
        }

        list = reader.IsComplete ? new ShareList { Slots = slots.ToImmutable(), Epoch = epoch, Own = own } : null;
        return list is not null;
    }

    /// <summary>The owner's view, with the keys of the shares.</summary>
    /// <param name="place">Of the file; any kind.</param>
    /// <returns>False when it is damaged or the keyring lacks its epoch; else the caller disposes the shares.</returns>
    public bool TryOpen(WrapKeys wraps, EnvelopeContext place, [NotNullWhen(true)] out ImmutableArray<OwnShare>? shares)
    {
        shares = Slots.IsEmpty ? [] : null;
        if (shares is null && wraps.TryGet(Epoch, out var wrap))
        {
            using (wrap)
            {
                if (Envelope.TryOpen(wrap, PlaceOfOwn(place), Own.Span, out var plain))
                {
                    shares = DecodeOwn(plain);
                    CryptographicOperations.ZeroMemory(plain);
                }
            }
        }

        return shares is not null;
    }

    /// <summary>The list for these shares, sealed anew under the current epoch.</summary>
    /// <param name="current">The version that a reader gets, and its key: shares of the whole file open it.</param>
    public static ShareList Of(
        ImmutableArray<OwnShare> shares, WrapKeys wraps, EnvelopeContext place, (VersionId Id, VersionKey Key) current, FreshSource fresh)
    {
        Invariant.Holds(shares.Length <= SharesMax, $"a file has at most {SharesMax} shares ({shares.Length})");
        if (shares.IsEmpty)
        {
            return Empty;
        }

        using var wrap = wraps.Current();
        var own = EncodeOwn(shares);
        var list = new ShareList
        {
            Slots = [.. shares.Select(share => ShareSlot.Of(share, place, current, fresh))],
            Epoch = wraps.CurrentEpoch,
            Own = new ByteString(Envelope.Seal(wrap, PlaceOfOwn(place), fresh(), own)),
        };
        CryptographicOperations.ZeroMemory(own);
        return list;
    }

    private static EnvelopeContext PlaceOfOwn(EnvelopeContext place) => place with { Kind = EnvelopeKind.Shares, Version = default };

    private static byte[] EncodeOwn(ImmutableArray<OwnShare> shares)
    {
        var writer = new ByteWriter(shares.Length * OwnBytes);
        foreach (var share in shares)
        {
            writer.Bytes16(share.Id.Value);
            writer.Byte((byte)share.Scope);
            writer.Bytes16(share.Version.Value);
            writer.U64(share.ExpiresUnixSeconds);
            writer.Fixed(share.Key.Span);
        }

        return writer.ToArray();
    }

    private static ImmutableArray<OwnShare>? DecodeOwn(ReadOnlySpan<byte> plain)
    {
        var reader = new ByteReader(plain);
        var shares = ImmutableArray.CreateBuilder<OwnShare>();
        while (reader.RemainingBytes > 0 && !reader.HasFailed)
        {
            var (id, scope, version) = (new ShareId(reader.Bytes16()), (ShareScope)reader.Byte(), new VersionId(reader.Bytes16()));
            var expires = reader.U64();
            var key = reader.Fixed(SecretKey.SizeBytes);
            if (reader.Require(scope is ShareScope.File or ShareScope.Version))
            {
                shares.Add(new OwnShare(id, scope, version, expires, new ShareKey(key)));
            }
        }

        return reader.IsComplete ? shares.ToImmutable() : null;
    }
}

/// <summary>A share as its owner sees it.</summary>
/// <param name="Version">What a share of one version opens; zero for the whole file.</param>
/// <param name="ExpiresUnixSeconds">0 for never.</param>
/// <param name="Key">Of a share of the whole file; without use for one of a version, which gives the version's key away.</param>
public sealed record OwnShare(ShareId Id, ShareScope Scope, VersionId Version, ulong ExpiresUnixSeconds, ShareKey Key);

/// <summary>A share as everybody sees it.</summary>
/// <param name="Version">What it opens; of a whole file the version that was current when a node with the owner's keys wrote the head.</param>
/// <param name="Wrapped">That version's key under the share's key, for a whole file; null for a share of one version.</param>
public sealed record ShareSlot(ShareId Id, VersionId Version, ByteString? Wrapped)
{
    private const int WrappedBytes = Envelope.OverheadBytes + SecretKey.SizeBytes;

    public ShareScope Scope => Wrapped is null ? ShareScope.Version : ShareScope.File;

    /// <param name="secret">Of the capability.</param>
    /// <returns>False when it is another share's secret.</returns>
    public bool TryUnwrap(ShareKey secret, EnvelopeContext place, [NotNullWhen(true)] out VersionKey? key)
    {
        key = null;
        if (Wrapped is not null && Envelope.TryOpen(secret, PlaceOf(place, Version), Wrapped.Span, out var plain))
        {
            key = plain.Length == SecretKey.SizeBytes ? new VersionKey(plain) : null;
            CryptographicOperations.ZeroMemory(plain);
        }

        return key is not null;
    }

    internal static ShareSlot Of(OwnShare share, EnvelopeContext place, (VersionId Id, VersionKey Key) current, FreshSource fresh) =>
        share.Scope == ShareScope.Version
            ? new ShareSlot(share.Id, share.Version, null)
            : new ShareSlot(
                share.Id, current.Id, new ByteString(Envelope.Seal(share.Key, PlaceOf(place, current.Id), fresh(), current.Key.Span)));

    internal void WriteTo(ByteWriter writer)
    {
        writer.Bytes16(Id.Value);
        writer.Byte((byte)Scope);
        writer.Bytes16(Version.Value);
        if (Wrapped is not null)
        {
            writer.Fixed(Wrapped.Span);
        }
    }

    internal static ShareSlot ReadFrom(ref ByteReader reader)
    {
        var (id, scope, version) = (new ShareId(reader.Bytes16()), (ShareScope)reader.Byte(), new VersionId(reader.Bytes16()));
        reader.Require(scope is ShareScope.File or ShareScope.Version);
        return new ShareSlot(id, version, scope == ShareScope.File ? new ByteString(reader.Fixed(WrappedBytes)) : null);
    }

    private static EnvelopeContext PlaceOf(EnvelopeContext place, VersionId version) => place with { Kind = EnvelopeKind.ShareSlot, Version = version };
}
