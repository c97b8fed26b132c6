using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Dfs.Client.Http;
using Dfs.Core.Sharing;
using Dfs.Gateway.Admin;

namespace Dfs.Node.Cli;

/// <summary><c>dfs share KEY</c>, <c>dfs share --list KEY</c>, <c>dfs share --revoke ID</c></summary>
public static class ShareCommand
{
    public static Command Create()
    {
        var key = new Argument<string?>("KEY") { Description = "The file's name in the store", Arity = ArgumentArity.ZeroOrOne };
        var version = new Option<string?>("--version")
        {
            Description = "Only one version, by its id or the one that is current now; without it the file, also as it will be",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var expires = new Option<string?>("--expires") { Description = "How long it can be used: 30m, 12h, 7d; without it until it is revoked" };
        var to = new Option<string?>("--to") { Description = "The recipient's public key, from `dfs keys identity`; without it whoever has the capability" };
        var list = new Option<bool>("--list") { Description = "List the shares of the file that are in force" };
        var revoke = new Option<string?>("--revoke") { Description = "End the share with this id, for the future; what was readable before may have been kept" };
        var (bucket, json) = (BucketOption.Create(), JsonOption.Create());
        var command = new Command("share", "Share a file, read-only, by a capability that any node of the cluster takes") { key, version, expires, to, list, revoke, bucket, json };
        var node = new NodeOptions();
        node.AddTo(command);
        command.SetAction(async (parse, cancellationToken) =>
        {
            var (name, id) = (parse.GetValue(key), parse.GetValue(revoke));
            if (name is null == id is null)
            {
                throw new CliException(ExitCode.Usage, "Give either a KEY to share or --revoke ID.");
            }

            using var client = node.Connect(parse);
            if (id is not null)
            {
                var ended = await client.RevokeAsync(id, cancellationToken);
                if (parse.GetValue(json))
                {
                    Console.WriteLine(JsonSerializer.Serialize(ended, NodeJson.Default.AdminAnswer));
                    return ExitCode.Done;
                }

                Console.Error.WriteLine($"revoked {id}; what was readable before may have been kept");
                return ExitCode.Done;
            }

            CheckedKey.Require(parse.GetValue(bucket)!, name!);
            var wish = new AdminShareWish(parse.GetResult(version) is null ? null : parse.GetValue(version) ?? "", LifetimeText.SecondsOf(parse.GetValue(expires)), parse.GetValue(to));
            var answer = parse.GetValue(list)
                ? await client.SharesAsync(parse.GetValue(bucket)!, name!, cancellationToken)
                : await client.ShareAsync(parse.GetValue(bucket)!, name!, wish, cancellationToken);
            Print(answer, parse.GetValue(json));
            return ExitCode.Done;
        });
        return command;
    }

    private static void Print(AdminShares answer, bool asJson)
    {
        if (asJson)
        {
            Console.WriteLine(JsonSerializer.Serialize(answer, AdminJson.Default.AdminShares));
            return;
        }

        // The capability alone on standard output, so that it can be piped.
        var isNew = answer.Capability.Length > 0;
        foreach (var share in answer.Shares)
        {
            var until = share.Expires is { } at ? string.Create(CultureInfo.InvariantCulture, $"until {at:yyyy-MM-dd HH:mm:ss} UTC") : "until it is revoked";
            var line = $"{share.Id}  {(share.Scope == ShareScope.File ? "file   " : "version")}  {until}";
            (isNew ? Console.Error : Console.Out).WriteLine(isNew ? $"share {line}; whoever can use this text can read it:" : line);
        }

        if (isNew)
        {
            Console.WriteLine(answer.Capability);
        }
    }
}
