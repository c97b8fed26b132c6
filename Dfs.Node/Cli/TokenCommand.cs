using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Dfs.Gateway.Admin;

namespace Dfs.Node.Cli;

/// <summary><c>dfs token create|list|revoke</c>: invitations for new nodes, made on a node that has the cluster's authority.</summary>
internal static class TokenCommand
{
    public static Command Create() => new("token", "Invite nodes: each invitation is good once, and for a time") { CreateToken(), List(), Revoke() };

    private static Command CreateToken()
    {
        var expires = new Option<string>("--expires") { Description = "How long it is good: 30m, 1h, 2d", DefaultValueFactory = static _ => "1h" };
        var forNote = new Option<string?>("--for") { Description = "What you call the newcomer, for the list" };
        var only = new Option<string?>("--replica") { Description = "Replica id of the only data directory that may use it, such as one whose certificate has ended" };
        var role = new Option<string>("--role") { Description = "What the newcomer's certificate lets it be: full, or storage", DefaultValueFactory = static _ => "full" };
        role.AcceptOnlyFromAmong("full", "storage");
        var (to, json) = (SecretOutput.Option(), JsonOption.Create());
        var command = new Command("create", "Make an invitation and print it; whoever reads it can join, once") { expires, forNote, only, role, to, json };
        return NodeOptions.OnNode(command, async (parse, client, cancellationToken) =>
        {
            SecretOutput.RequireFree(parse.GetValue(to));
            var lifetime = TimeSpan.FromSeconds(LifetimeText.SecondsOf(parse.GetValue(expires))!.Value);
            var made = await client.InviteAsync(lifetime, parse.GetValue(only), parse.GetValue(forNote), parse.GetValue(role)!, cancellationToken);
            if (parse.GetValue(to) is not { } file)
            {
                Console.WriteLine(parse.GetValue(json) ? JsonSerializer.Serialize(made, AdminJson.Default.TrustAnswer) : made.Invitation);
                return;
            }

            SecretOutput.Write(file, made.Invitation!, "invitation", "dfs token revoke, with its id from dfs token list");
            var sentence = $"The invitation is in {file}, good once. Bring it to the new machine over a way that you trust; there: dfs join --invitation-file {Path.GetFileName(file)}";
            Console.WriteLine(parse.GetValue(json) ? JsonSerializer.Serialize(made with { Invitation = null, Detail = sentence }, AdminJson.Default.TrustAnswer) : sentence);
        });
    }

    private static Command List()
    {
        var json = JsonOption.Create();
        return NodeOptions.OnNode(new Command("list", "List the invitations that a node has made, without their secrets") { json }, async (parse, client, cancellationToken) =>
        {
            var all = await client.InvitationsAsync(cancellationToken);
            if (parse.GetValue(json))
            {
                Console.WriteLine(JsonSerializer.Serialize(all, AdminJson.Default.IReadOnlyListInvitationInfo));
                return;
            }

            foreach (var one in all)
            {
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{one.Id}  until {one.Expires.UtcDateTime:yyyy-MM-dd HH:mm}  {(one.UsedBy is null ? "not used" : $"used by {one.UsedBy}")}  {(one.StoresOnly ? "storage  " : "")}{one.Note}").TrimEnd());
            }
        });
    }

    private static Command Revoke()
    {
        var id = new Argument<string>("id") { Description = "The invitation's id, as `dfs token list` prints it" };
        var json = JsonOption.Create();
        return NodeOptions.OnNode(new Command("revoke", "End an invitation that is not used yet") { id, json }, async (parse, client, cancellationToken) =>
        {
            var answer = await client.WithdrawInvitationAsync(parse.GetValue(id)!, cancellationToken);
            Console.WriteLine(parse.GetValue(json) ? JsonSerializer.Serialize(answer, AdminJson.Default.TrustAnswer) : answer.Detail);
        });
    }
}
