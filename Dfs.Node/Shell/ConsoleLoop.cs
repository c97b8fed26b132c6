using Akka.Actor;
using static Dfs.Node.Shell.ConsoleProtocol;

namespace Dfs.Node.Shell;

/// <summary>Hands typed lines to a <see cref="ConsoleActor"/> and prints its answers.</summary>
public static class ConsoleLoop
{
    // An answer comes within the client's own bounds; this one only guards against a console that is gone.
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromHours(24);

    /// <summary>Runs until quit or the end of the input.</summary>
    public static async Task RunAsync(
        IActorRef console, TextReader input, TextWriter output, bool prompt, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            if (prompt)
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
                await output.WriteLineAsync(answer.Text);
            }

            if (answer.Ended)
            {
                return;
            }
        }
    }
}
