using System.CommandLine;
using System.Text.Json;
using Dfs.Gateway.Admin;

namespace Dfs.Node.Cli;

/// <summary><c>dfs keys token create|list|revoke</c>: what people and programs show to a node, for a part of what its owner has.</summary>
internal static class TokensCommand
{
    public static Command Create() => new("token", "Make, list and revoke tokens for dfs, the console, the web page and programs") { CreateToken(), List(), Revoke() };

    private static Command CreateToken()
    {
        var (wish, to, json) = (new GrantOptions("needed, unless it is --read-only"), SecretOutput.Option(), JsonOption.Create());
        var command = new Command("create", "Make a token of an owner, and print it; it is never shown again") { to, json };
        wish.AddTo(command);
        return NodeOptions.OnNode(command, async (parse, client, cancellationToken) =>
        {
            var wanted = wish.Read(parse);
            if (wanted.Grants is null && !wanted.ReadOnly)
            {
                throw new CliException(ExitCode.Usage, "What may it do? Give --grant BUCKET[/PREFIX]:VERB,VERB or --read-only.");
            }

            SecretOutput.RequireFree(parse.GetValue(to));
            var made = await client.CreateTokenAsync(wanted, cancellationToken);
            if (parse.GetValue(to) is { } file)
            {
                SecretOutput.Write(file, made.Token, "token", $"dfs keys token revoke {made.Id}");
                Console.WriteLine(parse.GetValue(json) ? JsonSerializer.Serialize(made with { Token = "" }, AdminJson.Default.AdminAccessToken) : $"token {made.Id} is in {file}; whoever has that file can do what it is granted: dfs --token-file {file}");
                return;
            }

            if (parse.GetValue(json))
            {
                Console.WriteLine(JsonSerializer.Serialize(made, AdminJson.Default.AdminAccessToken));
                return;
            }

            // The token alone on standard output, so that a program can take it.
            Console.Error.WriteLine($"token {made.Id}; whoever has this text can do what it is granted:");
            Console.WriteLine(made.Token);
        });
    }

    private static Command List()
    {
        var json = JsonOption.Create();
        return NodeOptions.OnNode(new Command("list", "List an owner's tokens, without their secrets") { json }, async (parse, client, cancellationToken) =>
        {
            var all = new List<AdminAccessTokenEntry>();
            AdminAccessTokens? page = null;
            do
            {
                page = await client.TokensAsync(page?.Next, cancellationToken);
                all.AddRange(page.Tokens);
            }
            while (page.Next is not null);

            if (parse.GetValue(json))
            {
                Console.WriteLine(JsonSerializer.Serialize(page with { Tokens = all }, AdminJson.Default.AdminAccessTokens));
                return;
            }

            foreach (var token in all)
            {
                Console.WriteLine($"{token.CreatedAt.UtcDateTime:yyyy-MM-dd HH:mm}  {token.Id}  {GrantOptions.Line(token.Grants, token.Detail)}");
            }
        });
    }

    private static Command Revoke()
    {
        var json = JsonOption.Create();
        var id = new Argument<string>("id") { Description = "The token's id, as `dfs keys token list` prints it" };
        return NodeOptions.OnNode(new Command("revoke", "End a token and the sessions that were begun with it; within five seconds no node takes it any more") { id, json }, async (parse, client, cancellationToken) =>
        {
            var answer = await client.RevokeTokenAsync(parse.GetValue(id)!, cancellationToken);
            Console.WriteLine(parse.GetValue(json) ? JsonSerializer.Serialize(answer, AdminJson.Default.AdminAnswer) : $"{parse.GetValue(id)} is revoked.");
        });
    }
}
