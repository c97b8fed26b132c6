using System.CommandLine;
using Dfs.Client;
using Dfs.Client.Http;
using Dfs.Gateway.Trust;
using Dfs.Node.Configuration;

namespace Dfs.Node.Cli;

/// <summary>The options of every command that talks to a running node.</summary>
public sealed class NodeOptions
{
    public const string NodeVariable = "DFS_NODE";
    public const string TokenFileVariable = "DFS_TOKEN_FILE";
    public const string OwnerVariable = "DFS_OWNER";

    private readonly Option<string?> _node;
    private readonly Option<string?> _tokenFile;
    private readonly Option<string?> _owner;
    private readonly Option<string?> _authority;

    public NodeOptions()
        : this("", $"such as http://127.0.0.1:5052; default from {NodeVariable}")
    {
    }

    /// <summary>For a command that talks to a second node.</summary>
    /// <param name="prefix">Of the options' names, such as "get-".</param>
    /// <param name="what">Ends the description of the first.</param>
    public NodeOptions(string prefix, string what)
    {
        _node = new Option<string?>($"--{prefix}node") { Description = $"URL of the node's http address, {what}" };
        _tokenFile = new Option<string?>($"--{prefix}token-file")
        {
            Description = $"A file with a token: the node's admin.token, in its data directory, or one from `dfs keys token create`; default from {TokenFileVariable}",
        };
        _owner = new Option<string?>($"--{prefix}owner")
        {
            Description = $"Name or id of an owner whose keyring the node has; default from {OwnerVariable}, else the node's first",
        };
        _authority = new Option<string?>($"--{prefix}ca")
        {
            Description = $"PEM file with whom to believe at an https address; default from {NodeTls.AuthorityVariable}, else the cluster's where the token lies in a data directory, and the machine's",
        };
    }

    /// <summary>A command that does one thing with a running node.</summary>
    internal static Command OnNode(Command command, Func<ParseResult, NodeClient, CancellationToken, Task> act)
    {
        var node = new NodeOptions();
        node.AddTo(command);
        command.SetAction(async (parse, cancellationToken) =>
        {
            using var client = node.Connect(parse);
            await act(parse, client, cancellationToken);
            return ExitCode.Done;
        });
        return command;
    }

    /// <summary>Whether the command line itself names the node.</summary>
    public bool IsGiven(ParseResult parse) => parse.GetValue(_node) is not null;

    public void AddTo(Command command)
    {
        command.Options.Add(_node);
        command.Options.Add(_tokenFile);
        command.Options.Add(_owner);
        command.Options.Add(_authority);
    }

    /// <exception cref="CliException">The URL or the token file cannot be used.</exception>
    public NodeClient Connect(ParseResult parse)
    {
        var url = parse.GetValue(_node) ?? Environment.GetEnvironmentVariable(NodeVariable)
            ?? throw new CliException(ExitCode.Usage, $"Which node? Give --node URL or set {NodeVariable}; `dfs up` prints both.");
        var tokenFile = TokenFile(parse)
            ?? throw new CliException(
                ExitCode.Usage, $"Give --token-file or set {TokenFileVariable} to the node's admin.token (in its data directory).");
        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
        {
            throw new CliException(ExitCode.Usage, $"'{url}' is not a node's URL; it looks like http://127.0.0.1:5052.");
        }

        return new NodeClient(
            uri, ReadToken(tokenFile), parse.GetValue(_owner) ?? Environment.GetEnvironmentVariable(OwnerVariable) ?? "", Tls(parse));
    }

    /// <summary>Whom to believe at an address that begins with https.</summary>
    /// <exception cref="CliException">The authority's file cannot be used.</exception>
    internal NodeTls Tls(ParseResult parse)
    {
        try
        {
            return (parse.GetValue(_authority) ?? Environment.GetEnvironmentVariable(NodeTls.AuthorityVariable)) is { Length: > 0 } file
                ? NodeTls.Of(file)
                : NodeTls.BesideToken(TokenFile(parse));
        }
        catch (DfsException unusable)
        {
            throw new CliException(ExitCode.Configuration, unusable.Message);
        }
    }

    private string? TokenFile(ParseResult parse) => parse.GetValue(_tokenFile) ?? Environment.GetEnvironmentVariable(TokenFileVariable);

    private static string ReadToken(string path)
    {
        try
        {
            var token = SecretFile.Read(path).Trim();
            return (token.Length > 0 && token.All(char.IsAsciiHexDigit)) || AccessTokens.IsOne(token)
                ? token
                : throw new CliException(
                    ExitCode.Unauthorized, $"{path} does not hold a token: a node's own is admin.token in its data directory, `dfs keys token create` makes others.");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CliException(ExitCode.Unauthorized, $"Cannot read the token file {path}: {error.Message}");
        }
    }
}
