using System.Text.Json.Nodes;
using Akka.Actor;
using Dfs.Node.Cli;
using static Dfs.Node.Shell.ConsoleProtocol;

namespace Dfs.Node.Shell;

/// <summary>Hands typed lines to a <see cref="ConsoleActor"/> and prints its answers.</summary>
public static class ConsoleLoop
{
    // An answer comes within the client's own bounds; this one only guards against a console that is gone.
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromHours(24);

    /// <summary>Runs until quit or the end of the input.</summary>
    /// <param name="asJson">An object a line for each answer, without a prompt.</param>
    public static async Task RunAsync(
        IActorRef console, TextReader input, TextWriter output, bool prompt, bool asJson, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            if (prompt && !asJson)
            {
                await output.WriteAsync("> ");
            }

            if (await input.ReadLineAsync(cancellationToken) is not { } line)
            {
                return;
            }

            var answer = await console.Ask<Answer>(new Line(line), AnswerTimeout, cancellationToken);
            if (answer.Text.Length > 0)
            {
                await output.WriteLineAsync(asJson ? JsonOption.LineOf(new JsonObject { ["answer"] = answer.Text }) : answer.Text);
            }

            if (answer.Ended)
            {
                return;
            }
        }
    }
}
