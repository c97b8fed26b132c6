using System.CommandLine;
using System.Text.Json;
using Dfs.Gateway.Admin;

namespace Dfs.Node.Cli;

/// <summary><c>dfs keys s3 create|list|revoke</c>: what S3 clients sign their requests with.</summary>
internal static class AccessKeysCommand
{
    public static Command Create() => new("s3", "Make, list and revoke access keys for S3 clients") { CreateKey(), List(), Revoke() };

    private static Command CreateKey()
    {
        var (wish, json) = (new GrantOptions("without it, all of the owner's buckets"), JsonOption.Create());
        var command = new Command("create", "Make an access key of an owner, and print it; the secret is never shown again") { json };
        wish.AddTo(command);
        return NodeOptions.OnNode(command, async (parse, client, cancellationToken) =>
        {
            var made = await client.CreateAccessKeyAsync(wish.Read(parse), cancellationToken);
            Console.WriteLine(parse.GetValue(json)
                ? JsonSerializer.Serialize(made, AdminJson.Default.AdminAccessKey)
                : $"access key  {made.AccessKey}\nsecret key  {made.SecretKey}");
        });
    }

    private static Command List()
    {
        var json = JsonOption.Create();
        return NodeOptions.OnNode(new Command("list", "List an owner's access keys, without their secrets") { json }, async (parse, client, cancellationToken) =>
        {
            var all = new List<AdminAccessKeyEntry>();
            AdminAccessKeys? page = null;
            do
            {
                page = await client.AccessKeysAsync(page?.Next, cancellationToken);
                all.AddRange(page.Keys);
            }
            while (page.Next is not null);

            if (parse.GetValue(json))
            {
                Console.WriteLine(JsonSerializer.Serialize(page with { Keys = all }, AdminJson.Default.AdminAccessKeys));
                return;
            }

            foreach (var key in all)
            {
                Console.WriteLine($"{key.CreatedAt.UtcDateTime:yyyy-MM-dd HH:mm}  {key.AccessKey}  {GrantOptions.Line(key.Grants, key.Detail)}");
            }
        });
    }

    private static Command Revoke()
    {
        var json = JsonOption.Create();
        var key = new Argument<string>("key") { Description = "The access key, as `dfs keys s3 list` prints it" };
        return NodeOptions.OnNode(new Command("revoke", "End an access key; within five seconds no node takes it any more") { key, json }, async (parse, client, cancellationToken) =>
        {
            var answer = await client.RevokeAccessKeyAsync(parse.GetValue(key)!, cancellationToken);
            Console.WriteLine(parse.GetValue(json) ? JsonSerializer.Serialize(answer, AdminJson.Default.AdminAnswer) : $"{parse.GetValue(key)} is revoked.");
        });
    }
}
