using Dfs.Core.Primitives;

namespace Dfs.Core.Crypto;

/// <summary>Which thing an envelope holds; the numbers are part of the format and are never used again.</summary>
public enum EnvelopeKind : byte
{
    Manifest = 1,
    KeySlot = 2,
    Name = 3,
    Keyring = 4,

    /// <summary>The owner's list of a file's shares.</summary>
    Shares = 5,

    /// <summary>A version's key under the key of a share.</summary>
    ShareSlot = 6,

    /// <summary>A share's secret for its recipient; its context is the share's id.</summary>
    Recipient = 7,

    /// <summary>Which pages a file's older versions are in.</summary>
    History = 8,

    /// <summary>The private key of a cluster's authority.</summary>
    Authority = 16,

    /// <summary>What a file is called, in an audit log.</summary>
    Audit = 17,

    /// <summary>A piece of an owner's index of names, on the disk of a node that has the keyring.</summary>
    NameIndex = 18,
}

/// <summary>Where an envelope belongs: bytes sealed for one place do not open in another.</summary>
/// <param name="Version">Zero for what belongs to all versions of a file.</param>
public readonly record struct EnvelopeContext(
    EnvelopeKind Kind, ClusterId Cluster, BucketId Bucket, RegisterId Register, VersionId Version)
{
    /// <summary>Cluster (16), bucket (16), register (32), version (16): lengths fixed by the format.</summary>
    internal byte[] Encode()
    {
        var writer = new ByteWriter(80);
        writer.Bytes16(Cluster.Value);
        writer.Bytes16(Bucket.Value);
        writer.Bytes32(Register.Value);
        writer.Bytes16(Version.Value);
        return writer.ToArray();
    }
}
