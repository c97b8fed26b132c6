using Dfs.Actors.Transfer;
using Dfs.Client;

namespace Dfs.Actors.Client;

/// <summary>Where a failure inside becomes the outcome that callers of the interface see.</summary>
internal static class Answers
{
    /// <summary>Within the time that a client waits.</summary>
    /// <param name="refuse">Makes the answer of an outcome and a sentence for a person.</param>
    public static async Task<T> AnswerAsync<T>(AnswerLimit limit, Func<Task<T>> act, Func<DfsOutcome, string, T> refuse)
    {
        using var budget = RequestBudget.Begin(limit);
        return await budget.AnswerAsync(AnswerAsync(act, refuse), refuse);
    }

    private static async Task<T> AnswerAsync<T>(Func<Task<T>> act, Func<DfsOutcome, string, T> refuse)
    {
        try
        {
            return await act();
        }
        catch (TransferException error)
        {
            return refuse(error.Outcome, error.Message);
        }
    }
}
