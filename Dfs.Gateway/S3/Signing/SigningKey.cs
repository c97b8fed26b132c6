using System.Security.Cryptography;
using System.Text;

namespace Dfs.Gateway.S3.Signing;

/// <summary>What a secret key gives for one scope: signs, and compares in constant time.</summary>
public sealed class SigningKey : IDisposable
{
    private readonly byte[] _key;

    public SigningKey(SecretAccessKey secret, CredentialScope scope)
    {
        var first = secret.WithPrefix();
        var date = HMACSHA256.HashData(first, Encoding.UTF8.GetBytes(scope.Date));
        var region = HMACSHA256.HashData(date, Encoding.UTF8.GetBytes(scope.Region));
        var service = HMACSHA256.HashData(region, Encoding.UTF8.GetBytes(scope.Service));
        _key = HMACSHA256.HashData(service, "aws4_request"u8);
        CryptographicOperations.ZeroMemory(first);
    }

    /// <returns>64 lower-case hexadecimal digits.</returns>
    public string Sign(string stringToSign) => Convert.ToHexStringLower(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes(stringToSign)));

    public bool Verifies(string stringToSign, string signature) => CryptographicOperations.FixedTimeEquals(
        Encoding.UTF8.GetBytes(Sign(stringToSign)), Encoding.UTF8.GetBytes(signature));

    public void Dispose() => CryptographicOperations.ZeroMemory(_key);

    public override string ToString() => "SigningKey (secret)";
}
