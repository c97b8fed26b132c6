using System.CommandLine;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Dfs.Actors.Transfer;
using Dfs.Core.Primitives;
using Dfs.Core.Trust;
using Dfs.Node.Configuration;
using Dfs.Node.Hosting;
using Dfs.Storage.Trust;

namespace Dfs.Node.Cli;

/// <summary><c>dfs join</c>: gets a node's certificate with an invitation, before its first start.</summary>
internal static class JoinCommand
{
    public static Command Create()
    {
        // Never an argument: those are in the list of processes for everybody to read.
        var file = new Option<string>("--invitation-file") { Description = "A file whose first line is what `dfs token create` printed, '-' for standard input", Required = true };
        var config = new Option<string?>("--config") { Description = $"The node's settings file; default is {SettingsLoader.FileName} here, when there is one" };
        var host = new Option<string?>("--host") { Description = "IP address for its peers" };
        var data = new Option<string?>("--data") { Description = "Data directory; made when absent" };
        var role = new Option<string?>("--role") { Description = "What the node is to be: full, or storage; the invitation may allow less" };
        var command = new Command("join", "Get a node's certificate with an invitation; then start it") { file, config, host, data, role, JsonOption.Create() };
        command.SetAction(async (parse, cancellationToken) =>
        {
            var given = new[] { ("host", parse.GetValue(host)), ("data", parse.GetValue(data)), ("role", parse.GetValue(role)) }.Where(one => one.Item2 is not null).ToDictionary(one => one.Item1, one => one.Item2!);
            var settings = SettingsLoader.Load(parse.GetValue(config), given, Environment.GetEnvironmentVariable);
            if (!Invitation.TryParse(KeyringAccess.FirstLine(parse.GetValue(file)!, "invitation"), out var invitation))
            {
                throw new CliException(ExitCode.Usage, "That is no invitation, or a part of it is missing.");
            }

            using (invitation)
            {
                await RunAsync(parse, settings, invitation, cancellationToken);
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static async Task RunAsync(ParseResult parse, NodeSettings settings, Invitation invitation, CancellationToken cancellationToken)
    {
        NodeOpening.RequireUsable(settings.DataDirectory);
        using var directory = NodeOpening.Directory(settings).Value;
        var folder = new TlsFolder(directory.Path);
        var replica = directory.Identity.Replica;
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var signing = new CertificateRequest($"CN={replica}", key, HashAlgorithmName.SHA256).CreateSigningRequest();
        var outcome = await PeerJoin.AskAsync(invitation, new JoinRequest(replica, settings.Host.ToString(), new ByteString(signing)) { Role = settings.Role }, cancellationToken);
        if (outcome is not JoinOutcome.Joined joined)
        {
            throw new CliException(ExitCode.Unauthorized, ((JoinOutcome.Refused)outcome).Reason);
        }

        folder.Save(joined.Certificate, key, joined.Authority);
        using var certificate = folder.Load();
        JsonOption.Say(
            parse, $"{settings.Name} has its certificate until {certificate.Own.NotAfter.ToUniversalTime():yyyy-MM-dd}: {certificate.Identity}. Start it with: dfs node{(certificate.Identity?.Role == NodeRole.Storage ? " --role storage" : "")}",
            new JsonObject { ["name"] = settings.Name, ["identity"] = $"{certificate.Identity}", ["expires"] = certificate.Own.NotAfter.ToUniversalTime() });
    }
}
