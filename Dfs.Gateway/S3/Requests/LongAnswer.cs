using System.Text;
using Microsoft.AspNetCore.Http;

namespace Dfs.Gateway.S3.Requests;

/// <summary>Keeps a client company whose request takes long and brings nothing: S3 answers <c>200</c> then, white space while it lasts, and the document at the end.</summary>
/// <remarks>
/// For completions, copies and removals of many, whose documents can say that they failed. What would be said in headers is left out of an answer that
/// was begun so.
/// </remarks>
internal static class LongAnswer
{
    /// <summary>5 s: a third of what a client is to wait for a sign at most.</summary>
    public static readonly TimeSpan SignEvery = TimeSpan.FromSeconds(5);

    /// <summary>What every document begins with. White space may come after it, and not before.</summary>
    private static readonly byte[] Declaration = Encoding.UTF8.GetBytes("""<?xml version="1.0" encoding="utf-8"?>""" + "\n");

    private static readonly byte[] Space = "\n"u8.ToArray();

    /// <summary>Whether the answer was begun.</summary>
    public static bool HasBegun(HttpContext http) => http.Items.ContainsKey(typeof(LongAnswer));

    public static async Task WaitAsync(HttpContext http, Task work, TimeProvider time)
    {
        while (true)
        {
            await work.WaitAsync(SignEvery, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (work.IsCompleted)
            {
                await work;
                return;
            }

            await SignAsync(http);
        }
    }

    /// <summary>A document, of an answer that was begun.</summary>
    public static async Task EndAsync(HttpContext http, byte[] document)
    {
        // Its declaration was sent.
        var root = document.AsMemory(document.AsSpan().IndexOf("?>"u8) + 2);
        await http.Response.Body.WriteAsync(root, CancellationToken.None);
    }

    private static async Task SignAsync(HttpContext http)
    {
        var isFirst = http.Items.TryAdd(typeof(LongAnswer), true);
        if (isFirst)
        {
            http.Response.StatusCode = StatusCodes.Status200OK;
            http.Response.ContentType = "application/xml";
        }

        await http.Response.Body.WriteAsync(isFirst ? Declaration : Space, http.RequestAborted);
        await http.Response.Body.FlushAsync(http.RequestAborted);
        AnswerWatch.Of(http)?.Progress();
    }
}
