using System.CommandLine;

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
        var command = new Command("create", "Make an authority; never overwrites") { path };
        wrap.AddTo(command);
        command.SetAction(parse =>
        {
            var chosen = Chosen(wrap, parse);
            Console.WriteLine(AuthorityAccess.Create(parse.GetValue(path)!, chosen.Text).Message);
            NewPassphrase.Say(chosen.Generated);
            return ExitCode.Done;
        });
        return command;
    }

    private static Command CreateShow()
    {
        var (path, passphraseFile) = (PathOption(), KeysCommand.PassphraseOption());
        var pem = new Option<string?>("--pem") { Description = "Also write its certificate there, for clients that are to believe the cluster's nodes" };
        var command = new Command("show", "Which cluster it is of, and its pin") { path, passphraseFile, pem };
        command.SetAction(parse =>
        {
            using var authority = AuthorityAccess.Open(parse.GetValue(path)!, parse.GetValue(passphraseFile));
            Console.WriteLine($"cluster  {authority.Cluster}\npin      {authority.Pin}");
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
        var command = new Command("export", "Copy an authority, under a passphrase of the copy's own; `dfs node` takes it with --trust-authority") { path, passphraseFile, to };
        wrap.AddTo(command);
        command.SetAction(parse =>
        {
            using var authority = AuthorityAccess.Open(parse.GetValue(path)!, parse.GetValue(passphraseFile));
            var chosen = Chosen(wrap, parse);
            AuthorityAccess.Write(parse.GetValue(to)!, authority, chosen.Text);
            Console.WriteLine($"Wrote {parse.GetValue(to)}.");
            NewPassphrase.Say(chosen.Generated);
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
