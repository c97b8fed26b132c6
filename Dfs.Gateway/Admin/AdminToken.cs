using System.Security.Cryptography;
using System.Text;

namespace Dfs.Gateway.Admin;

/// <summary>The token that the command line shows to its node; new at each start.</summary>
/// <remarks>Lies in <c>admin.token</c> in the data directory, mode 0600 from its creation.</remarks>
public sealed class AdminToken
{
    public const string FileName = "admin.token";

    private readonly byte[] _text;

    private AdminToken(string text) => _text = Encoding.ASCII.GetBytes(text);

    /// <summary>Draws a token and writes it to the directory, readable by this user only.</summary>
    public static AdminToken Create(string dataDirectory)
    {
        var text = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
        var path = Path.Combine(dataDirectory, FileName);
        File.Delete(path);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using var file = new System.IO.FileStream(path, options);
        file.Write(Encoding.ASCII.GetBytes(text));
        return new AdminToken(text);
    }

    /// <summary>Compares in constant time.</summary>
    /// <param name="authorization">The header as sent: "Bearer …".</param>
    public bool Admits(string? authorization)
    {
        const string Scheme = "Bearer ";
        return authorization is not null
            && authorization.StartsWith(Scheme, StringComparison.Ordinal)
            && CryptographicOperations.FixedTimeEquals(_text, Encoding.UTF8.GetBytes(authorization[Scheme.Length..]));
    }

    public override string ToString() => "admin token (not shown)";
}
