namespace Dfs.Core.Trust.Grants;

/// <summary>What may be done; the values stand in stored grants, docs/formats/grants.md.</summary>
/// <remarks>None of them includes another.</remarks>
[Flags]
public enum Verbs : ushort
{
    /// <summary>Nothing; as a question: whether somebody has any grant in force.</summary>
    None = 0,

    /// <summary>Content, facts and versions of files.</summary>
    Read = 1,

    /// <summary>Names, and that a name is not there.</summary>
    List = 2,

    /// <summary>Store files, also over what is there; uploads in parts; older versions made current; tags.</summary>
    Write = 4,

    /// <summary>Remove files and versions.</summary>
    Remove = 8,

    /// <summary>Open files to others: capabilities, access control lists of objects.</summary>
    Share = 16,

    /// <summary>Make, set up and remove a bucket: settings, policies, snapshots and their restoration.</summary>
    Manage = 32,

    /// <summary>Make and revoke keys and tokens, lock and rotate the keyring, run the node and the cluster.</summary>
    Admin = 64,
}
