using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Dfs.Client.Http;
using Dfs.Gateway.S3.Signing;

namespace Dfs.Node.Cli;

/// <summary>A bucket of an S3 endpoint, of whatever product: signed requests whose content is not, as clients send them over TLS.</summary>
/// <remarks>AWS Signature Version 4 in the header; path style.</remarks>
internal sealed class S3BenchTarget : IBenchTarget, IDisposable
{
    public const string AccessKeyVariable = "AWS_ACCESS_KEY_ID", SecretKeyVariable = "AWS_SECRET_ACCESS_KEY";

    private const string Region = "us-east-1", Unsigned = "UNSIGNED-PAYLOAD", SignedHeaders = "host;x-amz-content-sha256;x-amz-date";

    private readonly HttpClient _http;
    private readonly NodeTls _tls;
    private readonly Uri _endpoint;
    private readonly string _bucket, _accessKey;
    private readonly SecretAccessKey _secret;

    public S3BenchTarget(Uri endpoint, string bucket, string accessKey, SecretAccessKey secret, NodeTls tls)
    {
        (_endpoint, _bucket, _accessKey, _secret, _tls) = (endpoint, bucket, accessKey, secret, tls);
        _http = new HttpClient(tls.CreateHandler()) { Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>With the keys that S3 clients take from the environment.</summary>
    /// <exception cref="CliException">They are not there, or the address is none.</exception>
    public static S3BenchTarget FromEnvironment(string endpoint, string bucket, NodeTls tls)
    {
        if (!Uri.TryCreate(endpoint, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
        {
            throw new CliException(ExitCode.Usage, $"'{endpoint}' is not an address such as http://127.0.0.1:5053.");
        }

        return Environment.GetEnvironmentVariable(AccessKeyVariable) is { Length: > 0 } access
            && Environment.GetEnvironmentVariable(SecretKeyVariable) is { Length: > 0 } secret
                ? new S3BenchTarget(uri, bucket, access, new SecretAccessKey(secret), tls)
                : throw new CliException(ExitCode.Usage, $"For --s3 set {AccessKeyVariable} and {SecretKeyVariable}; `dfs keys s3 create` prints a pair.");
    }

    /// <summary>Makes the bucket where it is not there yet.</summary>
    public async Task CreateBucketAsync(CancellationToken cancellationToken)
    {
        using var there = await SendAsync(HttpMethod.Head, "", null, cancellationToken);
        if (!there.IsSuccessStatusCode)
        {
            using var made = await SendAsync(HttpMethod.Put, "", null, cancellationToken);
            await RequireAsync(made, cancellationToken);
        }
    }

    public async Task PutAsync(string key, HttpContent content, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(HttpMethod.Put, key, content, cancellationToken);
        await RequireAsync(response, cancellationToken);
    }

    public async Task<HttpResponseMessage> GetAsync(string key, CancellationToken cancellationToken)
    {
        var response = await SendAsync(HttpMethod.Get, key, null, cancellationToken);
        await RequireAsync(response, cancellationToken);
        return response;
    }

    public async Task RemoveAsync(string key, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(HttpMethod.Delete, key, null, cancellationToken);
        await RequireAsync(response, cancellationToken);
    }

    public void Dispose() => _http.Dispose();

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string key, HttpContent? content, CancellationToken cancellationToken)
    {
        var path = $"/{UriCode.Encode(_bucket, keepsSlash: false)}{(key.Length == 0 ? "" : "/")}{UriCode.Encode(key, keepsSlash: true)}";
        var uri = new Uri(_endpoint, path);
        var time = TimeProvider.System.GetUtcNow().ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
        var scope = new CredentialScope(time[..8], Region, "s3");
        var host = uri.IsDefaultPort ? uri.Host : $"{uri.Host}:{uri.Port}";
        var canonical = $"{method.Method}\n{path}\n\nhost:{host}\nx-amz-content-sha256:{Unsigned}\nx-amz-date:{time}\n\n{SignedHeaders}\n{Unsigned}";
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(canonical)));
        using var signing = new SigningKey(_secret, scope);
        var signature = signing.Sign($"AWS4-HMAC-SHA256\n{time}\n{scope}\n{hash}");

        using var request = new HttpRequestMessage(method, uri) { Content = content };
        request.Headers.Host = host;
        request.Headers.TryAddWithoutValidation("x-amz-content-sha256", Unsigned);
        request.Headers.TryAddWithoutValidation("x-amz-date", time);
        request.Headers.TryAddWithoutValidation(
            "Authorization", $"AWS4-HMAC-SHA256 Credential={_accessKey}/{scope},SignedHeaders={SignedHeaders},Signature={signature}");
        try
        {
            return await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        }
        catch (HttpRequestException error) when (error.HttpRequestError is HttpRequestError.SecureConnectionError)
        {
            throw NodeClient.SaidByCommand(_tls.Failure(_endpoint));
        }
    }

    private static async Task RequireAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (!response.IsSuccessStatusCode)
        {
            var answer = await response.Content.ReadAsStringAsync(cancellationToken);
            throw new CliException(ExitCode.Failed, $"{(int)response.StatusCode} {response.ReasonPhrase}: {answer}");
        }
    }
}
