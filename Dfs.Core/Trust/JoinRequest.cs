using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using Dfs.Core.Primitives;

namespace Dfs.Core.Trust;

/// <summary>What a node sends to get a certificate: who it is, where, and its signing request.</summary>
/// <param name="Address">IP address or host name that its peers reach it by.</param>
/// <param name="SigningRequest">PKCS #10, DER; only its public key counts, its names are not looked at.</param>
public sealed record JoinRequest(ReplicaId Replica, string Address, ByteString SigningRequest)
{
    /// <summary>What the node is to be, at most: nobody is made more than he asks for. Programs before roles ask for a gateway.</summary>
    public NodeRole Role { get; init; } = NodeRole.Gateway;

    /// <summary>1 KiB: three times what a request with a key on P-256 has.</summary>
    public const int SigningRequestBytesMax = 1024;

    public const int BytesMax = 5 + Bytes16.SizeBytes + 2 + Invitation.AddressBytesMax + 2 + SigningRequestBytesMax;

    private static ReadOnlySpan<byte> Magic => "DFSN"u8;

    public byte[] Encode()
    {
        var writer = new ByteWriter(512);
        writer.Fixed(Magic);
        writer.Byte(Role == NodeRole.Gateway ? (byte)1 : (byte)2);
        writer.Bytes16(Replica.Value);
        writer.Text(Address);
        writer.Block16(SigningRequest.Span);
        return writer.ToArray();
    }

    public static bool TryDecode(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out JoinRequest? request)
    {
        var reader = new ByteReader(bytes);
        reader.Expect(Magic);
        // Version 2 is what a node sends that only stores.
        var version = reader.Byte();
        reader.Require(version is 1 or 2);
        var replica = new ReplicaId(reader.Bytes16());
        var address = reader.Text(Invitation.AddressBytesMax);
        var signing = new ByteString(reader.Block16(SigningRequestBytesMax));
        request = reader.IsComplete && IsHost(address) ? new JoinRequest(replica, address, signing)
        {
            Role = version == 1 ? NodeRole.Gateway : NodeRole.Storage,
        } : null;
        return request is not null;
    }

    // A name of other letters must have a form in ASCII (RFC 5890), or no certificate can hold it.
    private static bool IsHost(string address)
    {
        if (Uri.CheckHostName(address) == UriHostNameType.Unknown)
        {
            return false;
        }

        try
        {
            return IPAddress.TryParse(address, out _) || new IdnMapping().GetAscii(address).Length > 0;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
