using System.Buffers.Text;
using System.Text;
using Dfs.Actors.Transfer;
using Dfs.Gateway.Trust;

namespace Dfs.Node.Hosting;

/// <summary>Names in the audit log are sealed with a key of the owner's: who has the keyring reads them, a thief of the disk does not.</summary>
internal sealed class AuditNames(IReadOnlyList<NodeOwner> owners) : IAuditNames
{
    // No bucket has one in its name.
    private const char Between = '/';

    public string Seal(string ownerId, string bucket, string key)
    {
        try
        {
            using var keys = Of(ownerId)?.Session.Use();
            return keys is null ? "" : Base64Url.EncodeToString(keys.SealForAudit(Encoding.UTF8.GetBytes($"{bucket}{Between}{key}")));
        }
        catch (TransferException)
        {
            // Locked: then it is not answered with anything of a file either.
            return "";
        }
    }

    public string? Open(string ownerId, string name)
    {
        try
        {
            using var keys = Of(ownerId)?.Session.Use();
            return keys?.OpenOfAudit(Base64Url.DecodeFromChars(name)) is { } plain ? Encoding.UTF8.GetString(plain) : null;
        }
        catch (Exception closed) when (closed is TransferException or FormatException)
        {
            return null;
        }
    }

    // Its id is known while the keyring is locked, too.
    private NodeOwner? Of(string ownerId) => ownerId.Length == 0 ? null : owners.FirstOrDefault(owner => owner.Id.ToString() == ownerId);
}
