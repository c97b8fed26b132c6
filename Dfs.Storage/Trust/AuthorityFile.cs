using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Dfs.Core.Crypto;
using Dfs.Core.Primitives;
using Dfs.Storage.Disk;
using Dfs.Storage.Keyring;

namespace Dfs.Storage.Trust;

/// <summary>What became of opening or creating an authority's file.</summary>
/// <param name="Message">A sentence for the user.</param>
public abstract record AuthorityOutcome(string Message)
{
    /// <param name="Value">The receiver's to dispose.</param>
    public sealed record Opened(Authority Value) : AuthorityOutcome("The authority is open.");

    /// <summary>Written durably; nothing was there before.</summary>
    public sealed record Created(string Path) : AuthorityOutcome(
        $"Made the cluster's authority {Path}. Keep a copy of it elsewhere: without it no node can join or renew its certificate.");

    public sealed record Missing(string Path) : AuthorityOutcome($"There is no authority at {Path}.");

    public sealed record AlreadyThere(string Path) : AuthorityOutcome($"{Path} exists already and was left as it is.");

    public sealed record PassphraseNeeded(string Path) : AuthorityOutcome($"The authority {Path} has a passphrase; give it.");

    public sealed record WrongPassphrase(string Path) : AuthorityOutcome($"That is not the passphrase of {Path}.");

    public sealed record Refused(string Reason) : AuthorityOutcome(Reason);
}

/// <summary>The authority's certificate and private key in a file, outside of the data directory; docs/formats/trust.md.</summary>
/// <remarks>As a keyring: mode 0600 and a wider one refused, sealed under a passphrase where there is one, never overwritten.</remarks>
public static class AuthorityFile
{
    /// <summary>4 KiB: three times what there is.</summary>
    public const int FileBytesMax = 4096;

    private const byte InTheOpen = 0, Passphrase = 1;
    private const int ChecksumBytes = 32, KeyBytes = 32;

    private static ReadOnlySpan<byte> Magic => "DFSA\x01"u8;

    /// <param name="protection">Null for none.</param>
    public static AuthorityOutcome Create(string path, Authority authority, PassphraseKey? protection)
    {
        var bytes = Encode(authority, protection, FreshRandom.Draw);
        try
        {
            return PrivateFile.Create(path, bytes) ? new AuthorityOutcome.Created(path) : new AuthorityOutcome.AlreadyThere(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return new AuthorityOutcome.Refused($"Could not use {path}: {failure.Message}");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    /// <param name="passphrase">Empty for none.</param>
    public static AuthorityOutcome Open(string path, ReadOnlySpan<char> passphrase)
    {
        if (!File.Exists(path))
        {
            return new AuthorityOutcome.Missing(path);
        }

        try
        {
            var bytes = PrivateFile.Read(path, FileBytesMax);
            var outcome = Decode(path, bytes, passphrase);
            CryptographicOperations.ZeroMemory(bytes);
            return outcome;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return new AuthorityOutcome.Refused(failure.Message);
        }
    }

    /// <param name="fresh">Drawn once, for a passphrase.</param>
    internal static byte[] Encode(Authority authority, PassphraseKey? protection, FreshSource fresh)
    {
        Span<byte> salt = stackalloc byte[PassphraseCost.SaltBytes];
        salt.Clear();
        protection?.Salt.CopyTo(salt);
        var writer = new ByteWriter(1024);
        writer.Fixed(Magic);
        writer.Byte(protection is null ? InTheOpen : Passphrase);
        writer.Block16(authority.Certificate);
        writer.U32((uint)(protection?.Rounds ?? 0));
        writer.Fixed(salt);
        var key = authority.ExportKey();
        writer.Block16(protection is null ? key : Envelope.Seal(protection.Key, EnvelopeKind.Authority, writer.Written, fresh(), key));
        CryptographicOperations.ZeroMemory(key);
        writer.Fixed(SHA256.HashData(writer.Written));
        return writer.ToArray();
    }

    internal static AuthorityOutcome Decode(string path, ReadOnlySpan<byte> file, ReadOnlySpan<char> passphrase)
    {
        if (file.Length < ChecksumBytes || !SHA256.HashData(file[..^ChecksumBytes]).AsSpan().SequenceEqual(file[^ChecksumBytes..]))
        {
            return Damaged(path, "its checksum does not match");
        }

        var reader = new ByteReader(file[..^ChecksumBytes]);
        reader.Expect(Magic);
        var protection = reader.Byte();
        var certificate = reader.Block16(FileBytesMax);
        var rounds = reader.U32();
        var salt = reader.Fixed(PassphraseCost.SaltBytes);
        var headerBytes = file.Length - ChecksumBytes - reader.RemainingBytes;
        var payload = reader.Block16(FileBytesMax);
        if (!reader.IsComplete || protection > Passphrase)
        {
            return Damaged(path, "it is not an authority of a format that this program knows");
        }

        if (protection == InTheOpen)
        {
            return AuthorityOf(path, certificate, payload);
        }

        if (rounds is < PassphraseCost.RoundsMin or > PassphraseCost.RoundsMax)
        {
            return Damaged(path, $"{rounds} rounds are out of bounds");
        }

        if (passphrase.IsEmpty)
        {
            return new AuthorityOutcome.PassphraseNeeded(path);
        }

        using var wrapping = new PassphraseKey(passphrase, salt, (int)rounds);
        if (!Envelope.TryOpen(wrapping.Key, EnvelopeKind.Authority, file[..headerBytes], payload, out var plain))
        {
            return new AuthorityOutcome.WrongPassphrase(path);
        }

        var outcome = AuthorityOf(path, certificate, plain);
        CryptographicOperations.ZeroMemory(plain);
        return outcome;
    }

    private static AuthorityOutcome AuthorityOf(string path, ReadOnlySpan<byte> certificate, ReadOnlySpan<byte> secret)
    {
        if (secret.Length != KeyBytes)
        {
            return Damaged(path, "its key cannot be read");
        }

        var scalar = secret.ToArray();
        try
        {
            var loaded = X509CertificateLoader.LoadCertificate(certificate);
            var key = ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, D = scalar });
            if (key.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(loaded.PublicKey.ExportSubjectPublicKeyInfo()))
            {
                return new AuthorityOutcome.Opened(new Authority(loaded, key));
            }

            key.Dispose();
            loaded.Dispose();
            return Damaged(path, "its key is not that of its certificate");
        }
        catch (CryptographicException)
        {
            return Damaged(path, "its certificate or key cannot be read");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(scalar);
        }
    }

    private static AuthorityOutcome.Refused Damaged(string path, string reason) => new($"The authority {path} is damaged ({reason}). Use your copy of it.");
}
