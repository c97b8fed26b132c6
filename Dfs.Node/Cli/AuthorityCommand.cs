using System.CommandLine;
using System.Text.Json.Nodes;

namespace Dfs.Node.Cli;

/// <summary><c>dfs authority</c>: the cluster's own certificate authority, in a file. Works without a node.</summary>
internal static class AuthorityCommand
{
    public static Command Create() => new("authority", "The cluster's certificate authority: make it, look at it, copy it")
    {
        CreateCreate(),
        CreateShow(),
        CreateExport(),
    };

    private static Command CreateCreate()
    {
        var (path, wrap) = (PathOption(), new NewPassphrase());
        var command = new Command("create", "Make an authority; never overwrites") { path, JsonOption.Create() };
        wrap.AddTo(command);
        command.SetAction(parse =>
        {
            var chosen = Chosen(wrap, parse);
            var made = AuthorityAccess.Create(parse.GetValue(path)!, chosen.Text).Message;
            JsonOption.Say(parse, made, new JsonObject { ["authority"] = parse.GetValue(path), ["detail"] = made, ["passphrase"] = chosen.Generated });
            NewPassphrase.Say(parse, chosen.Generated);
            return ExitCode.Done;
        });
        return command;
    }

    private static Command CreateShow()
    {
        var (path, passphraseFile) = (PathOption(), KeysCommand.PassphraseOption());
        var pem = new Option<string?>("--pem") { Description = "Also write its certificate there, for clients that are to believe the cluster's nodes" };
        var command = new Command("show", "Which cluster it is of, and its pin") { path, passphraseFile, pem, JsonOption.Create() };
        command.SetAction(parse =>
        {
            using var authority = AuthorityAccess.Open(parse.GetValue(path)!, parse.GetValue(passphraseFile));
            JsonOption.Say(
                parse, $"cluster  {authority.Cluster}\npin      {authority.Pin}",
                new JsonObject { ["cluster"] = $"{authority.Cluster}", ["pin"] = $"{authority.Pin}" });
            if (parse.GetValue(pem) is { } to)
            {
                File.WriteAllText(to, System.Security.Cryptography.PemEncoding.WriteString("CERTIFICATE", authority.Certificate) + "\n");
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static Command CreateExport()
    {
        var (path, passphraseFile, wrap) = (PathOption(), KeysCommand.PassphraseOption(), new NewPassphrase());
        var to = new Option<string>("--to") { Description = "The copy; never overwrites", Required = true };
        var command = new Command("export", "Copy an authority, under a passphrase of the copy's own; `dfs node` takes it with --trust-authority") { path, passphraseFile, to, JsonOption.Create() };
        wrap.AddTo(command);
        command.SetAction(parse =>
        {
            using var authority = AuthorityAccess.Open(parse.GetValue(path)!, parse.GetValue(passphraseFile));
            var chosen = Chosen(wrap, parse);
            AuthorityAccess.Write(parse.GetValue(to)!, authority, chosen.Text);
            JsonOption.Say(parse, $"Wrote {parse.GetValue(to)}.", new JsonObject { ["file"] = parse.GetValue(to), ["passphrase"] = chosen.Generated });
            NewPassphrase.Say(parse, chosen.Generated);
            return ExitCode.Done;
        });
        return command;
    }

    // A script without either of the options has the node's passphrase, or none.
    private static NewPassphrase.Choice Chosen(NewPassphrase wrap, ParseResult parse) => wrap.IsGiven(parse) || !Console.IsInputRedirected
        ? wrap.Read(parse)
        : new NewPassphrase.Choice(KeyringAccess.Passphrase(null), null);

    private static Option<string> PathOption() => new("--authority") { Description = "The authority's file", Required = true };
}
