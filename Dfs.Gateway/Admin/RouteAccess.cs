using System.Net;
using Dfs.Core.Trust.Grants;
using Microsoft.AspNetCore.Http;

namespace Dfs.Gateway.Admin;

/// <summary>What it takes to be let in to a route: verbs, and of what.</summary>
/// <remarks>Every route has one, because <see cref="AdminRoutes"/> maps none without.</remarks>
public sealed record RouteAccess
{
    /// <summary>Nothing: the route names no file and no owner, or what it is asked with is its own key.</summary>
    public static readonly RouteAccess Everybody = new(Verbs.None, Scope.Nothing) { IsOpen = true };

    /// <summary>
    /// Whoever is on the node's machine, as its loopback shows; from elsewhere it is <see cref="Known"/>. For what names no file and no owner, but says
    /// how much is stored and done.
    /// </summary>
    public static readonly RouteAccess OnMachine = new(Verbs.None, Scope.Nothing) { IsOpenOnMachine = true };

    /// <summary>Whoever has any grant in force; the answer says what concerns their grants, or how the node is.</summary>
    public static readonly RouteAccess Known = new(Verbs.None, Scope.Nothing);

    /// <summary>To run the node and the cluster, keys and keyrings.</summary>
    public static readonly RouteAccess Admin = new(Verbs.Admin, Scope.Nothing);

    /// <summary>Names in the bucket of the request that begin as its "prefix" says.</summary>
    public static readonly RouteAccess Names = new(Verbs.List, Scope.Names);

    private readonly Scope _scope;

    private RouteAccess(Verbs verbs, Scope scope) => (Verbs, _scope) = (verbs, scope);

    private enum Scope
    {
        Nothing,
        Bucket,
        Names,
        Key,
    }

    /// <summary>To everybody.</summary>
    public bool IsOpen { get; private init; }

    private bool IsOpenOnMachine { get; init; }

    /// <summary>About one file, bucket or listing: such a request has one time for all that it does.</summary>
    public bool IsOfOne => _scope != Scope.Nothing && !IsLong;

    /// <summary>Does as much as there is, each step in its time.</summary>
    public bool IsLong { get; init; }

    public Verbs Verbs { get; }

    /// <summary>Of the file that the request names.</summary>
    public static RouteAccess Key(Verbs verbs) => new(verbs, Scope.Key);

    /// <summary>Of the whole bucket that the request names.</summary>
    public static RouteAccess Bucket(Verbs verbs) => new(verbs, Scope.Bucket);

    /// <summary>Of all of the owner's buckets: the request does not say which file it is about.</summary>
    public static RouteAccess All(Verbs verbs) => new(verbs, Scope.Nothing);

    /// <summary>Whether nothing is asked of who connects from there.</summary>
    /// <param name="remote">Null when it is not known.</param>
    public bool IsOpenTo(IPAddress? remote) => IsOpen || (IsOpenOnMachine && remote is not null && IPAddress.IsLoopback(remote));

    public Verdict Decide(Caller caller, HttpContext http) => Permissions.Decide(
        caller.Principal, Verbs,
        _scope == Scope.Nothing ? null : AdminApi.BucketOf(http),
        _scope switch { Scope.Key => AdminApi.KeyOf(http), Scope.Names => AdminApi.PrefixOf(http), _ => null },
        caller.NowUnixSeconds);

    public override string ToString() => IsOpen ? "everybody" : IsOpenOnMachine ? "known, open on the machine" : Verbs == Verbs.None ? "known" : $"{GrantText.Of(Verbs)} of {_scope switch
    {
        Scope.Key => "a key",
        Scope.Names => "names",
        Scope.Bucket => "a bucket",
        _ => "all",
    }}";
}
