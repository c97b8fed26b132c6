using System.Collections.Immutable;
using System.Security.Cryptography;
using Dfs.Core.Crypto;
using Dfs.Core.Primitives;

namespace Dfs.Storage.Keyring;

/// <summary>The bytes of a keyring; docs/formats/keyring.md.</summary>
internal static class KeyringCodec
{
    /// <summary>64 KiB: 1,800 key epochs.</summary>
    public const int FileBytesMax = 64 * 1024;

    private const byte Open = 0, Passphrase = 1;
    private const int HeaderBytes = 5 + 1 + OwnerPublicKey.SizeBytes + 4 + PassphraseCost.SaltBytes;
    private const int ChecksumBytes = 32;
    private const int EpochBytes = 4 + SecretKey.SizeBytes;
    private const int PayloadBytesMax = FileBytesMax - HeaderBytes - 2 - ChecksumBytes;

    private static ReadOnlySpan<byte> Magic => "DFSK\x01"u8;

    /// <param name="protection">Null for a file that its mode alone protects.</param>
    /// <param name="fresh">Drawn once, for a passphrase.</param>
    public static byte[] Encode(OwnerKeys keys, PassphraseKey? protection, FreshSource fresh)
    {
        Span<byte> salt = stackalloc byte[PassphraseCost.SaltBytes];
        salt.Clear();
        if (protection is not null)
        {
            Invariant.Holds(
                protection.Rounds is >= PassphraseCost.RoundsMin and <= PassphraseCost.RoundsMax, $"the rounds are in bounds ({protection.Rounds})");
            protection.Salt.CopyTo(salt);
        }

        var writer = new ByteWriter(512);
        writer.Fixed(Magic);
        writer.Byte(protection is null ? Open : Passphrase);
        writer.Bytes32(keys.PublicKey.X);
        writer.Bytes32(keys.PublicKey.Y);
        writer.U32((uint)(protection?.Rounds ?? 0));
        writer.Fixed(salt);
        var payload = PayloadOf(keys);
        writer.Block16(protection is null ? payload : Envelope.Seal(protection.Key, EnvelopeKind.Keyring, writer.Written, fresh(), payload));
        CryptographicOperations.ZeroMemory(payload);
        writer.Fixed(SHA256.HashData(writer.Written));
        return writer.ToArray();
    }

    /// <summary>Reads a file; <paramref name="path"/> is for the outcome's message only.</summary>
    /// <param name="known">What the passphrase came to before, instead of the passphrase; given on with the outcome.</param>
    public static KeyringOutcome Decode(
        string path, ReadOnlySpan<byte> file, ReadOnlySpan<char> passphrase, PassphraseKey? known = null)
    {
        // Before anything else, so that a flipped bit is never taken for a wrong passphrase.
        if (file.Length < ChecksumBytes
            || !SHA256.HashData(file[..^ChecksumBytes]).AsSpan().SequenceEqual(file[^ChecksumBytes..]))
        {
            return new KeyringOutcome.Damaged(path, "its checksum does not match");
        }

        var reader = new ByteReader(file[..^ChecksumBytes]);
        reader.Expect(Magic);
        var protection = reader.Byte();
        var owner = new OwnerPublicKey(reader.Bytes32(), reader.Bytes32());
        var rounds = reader.U32();
        var salt = reader.Fixed(PassphraseCost.SaltBytes);
        var payload = reader.Block16(PayloadBytesMax);
        if (!reader.IsComplete || protection > Passphrase)
        {
            return new KeyringOutcome.Damaged(path, "it is not a keyring of a format that this program knows");
        }

        if (protection == Open)
        {
            return KeysOf(path, payload, owner, null);
        }

        if (rounds is < PassphraseCost.RoundsMin or > PassphraseCost.RoundsMax)
        {
            return new KeyringOutcome.Damaged(path, $"{rounds} rounds are out of bounds");
        }

        if (passphrase.IsEmpty && known is null)
        {
            return new KeyringOutcome.PassphraseNeeded(path, owner);
        }

        if (known is not null && (known.Rounds != rounds || !known.Salt.SequenceEqual(salt)))
        {
            return new KeyringOutcome.WrongPassphrase(path);
        }

        var key = known ?? new PassphraseKey(passphrase, salt, (int)rounds);
        if (!Envelope.TryOpen(key.Key, EnvelopeKind.Keyring, file[..HeaderBytes], payload, out var plain))
        {
            if (known is null)
            {
                key.Dispose();
            }

            return new KeyringOutcome.WrongPassphrase(path);
        }

        var outcome = KeysOf(path, plain, owner, key);
        CryptographicOperations.ZeroMemory(plain);
        return outcome;
    }

    private static byte[] PayloadOf(OwnerKeys keys)
    {
        Invariant.Holds(
            keys.Epochs.Count * EpochBytes < PayloadBytesMax / 2, $"a keyring has room for its epochs ({keys.Epochs.Count})");
        var writer = new ByteWriter(128);
        writer.Fixed(keys.Root.Span);
        writer.U16((ushort)keys.Epochs.Count);
        foreach (var (epoch, secret) in keys.Epochs)
        {
            writer.U32(epoch.Value);
            writer.Fixed(secret.Span);
        }

        return writer.ToArray();
    }

    private static KeyringOutcome KeysOf(
        string path, ReadOnlySpan<byte> payload, OwnerPublicKey owner, PassphraseKey? protection)
    {
        var reader = new ByteReader(payload);
        var root = reader.Fixed(SecretKey.SizeBytes);
        var count = reader.Count16(EpochBytes, PayloadBytesMax / EpochBytes);
        var epochs = ImmutableSortedDictionary.CreateBuilder<KeyEpoch, EpochSecret>();
        for (var i = 0; i < count; i++)
        {
            var epoch = new KeyEpoch(reader.U32());
            reader.Require(epochs.Count == 0 || epochs.Keys.Last().CompareTo(epoch) < 0);
            var secret = reader.Fixed(SecretKey.SizeBytes);
            if (!reader.HasFailed)
            {
                epochs.Add(epoch, new EpochSecret(secret));
            }
        }

        if (!reader.IsComplete || epochs.Count == 0)
        {
            return new KeyringOutcome.Damaged(path, "its keys cannot be read");
        }

        var keys = new OwnerKeys(new RootKey(root), epochs.ToImmutable());
        if (keys.PublicKey == owner)
        {
            return new KeyringOutcome.Opened(path, keys, protection);
        }

        keys.Dispose();
        return new KeyringOutcome.Damaged(path, "its keys are another owner's than it says");
    }
}
