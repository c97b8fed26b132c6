using System.Security.Cryptography;
using System.Text;
using Dfs.Gateway.S3.Signing;

namespace Dfs.Gateway.S3.Forms;

/// <summary>Whose form it is: the signature is over the policy, by version 4 or by the older one, which forms still use.</summary>
/// <remarks>
/// "Authenticating HTTP POST requests" in the Amazon S3 API Reference. The older one is HMAC-SHA-1 with the whole secret; as a MAC under
/// a random key it is not known to be weak, and it says nothing of any other request.
/// </remarks>
/// <param name="Scope">Null for the older version.</param>
internal sealed record FormSignature(string AccessKey, CredentialScope? Scope, string Signature)
{
    /// <exception cref="S3Exception">It is not complete.</exception>
    public static FormSignature Of(IReadOnlyDictionary<string, string> fields)
    {
        if (fields.TryGetValue("awsaccesskeyid", out var accessKey) && fields.TryGetValue("signature", out var signature))
        {
            return new FormSignature(accessKey, null, signature);
        }

        return fields.GetValueOrDefault("x-amz-algorithm") == "AWS4-HMAC-SHA256" && fields.TryGetValue("x-amz-signature", out signature)
            && CredentialScope.TryParse(fields.GetValueOrDefault("x-amz-credential") ?? "", out accessKey, out var scope)
            && fields.GetValueOrDefault("x-amz-date")?.StartsWith(scope.Date, StringComparison.Ordinal) is true
                ? new FormSignature(accessKey, scope, signature)
                : throw new S3Exception(S3Error.InvalidArgument.Saying("A form with a policy has an access key and a signature."));
    }

    /// <param name="policy">As it was sent.</param>
    public bool IsTrue(string policy, SecretAccessKey secret)
    {
        if (Scope is not null)
        {
            using var key = new SigningKey(secret, Scope);
            return key.Verifies(policy, Signature);
        }

        return CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(OlderSignatureClaim.Sign(policy, secret)), Encoding.UTF8.GetBytes(Signature));
    }

    /// <summary>Without the signature.</summary>
    public override string ToString() => $"FormSignature of {AccessKey}";
}
