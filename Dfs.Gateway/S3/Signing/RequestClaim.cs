namespace Dfs.Gateway.S3.Signing;

/// <summary>What a request says of who signed it, in either version of the signature; whether it is true <see cref="IsTrue"/> says.</summary>
public abstract record RequestClaim
{
    /// <summary>The signature leaves the content out.</summary>
    public const string UnsignedPayload = "UNSIGNED-PAYLOAD";

    /// <summary>15 minutes: as far as clocks may be apart.</summary>
    public static readonly TimeSpan SkewMax = TimeSpan.FromMinutes(15);

    /// <summary>Seven days: as long as a presigned address can be good.</summary>
    public static readonly TimeSpan ExpiryMax = TimeSpan.FromDays(7);

    public required string AccessKey { get; init; }

    public required string Signature { get; init; }

    public bool IsPresigned { get; init; }

    /// <summary>What the signature says of the content: its SHA-256 in hexadecimal, or how it is signed instead.</summary>
    public required string PayloadHash { get; init; }

    /// <summary>As conditions of policies call it.</summary>
    public abstract string Version { get; }

    /// <summary>Whether anybody claims to have signed the request, in whatever way.</summary>
    public static bool IsMade(SignableRequest request) =>
        request.Header("authorization") is not null || request.Target.Has("X-Amz-Algorithm") || request.Target.Has("X-Amz-Signature")
        || request.Target.Has("X-Amz-Credential") || OlderSignatureClaim.IsInAddress(request);

    /// <summary>Reads the claim out of the headers or the query.</summary>
    /// <exception cref="S3Exception">There is none, it is malformed, too old or too new, or leaves out what must be signed.</exception>
    public static RequestClaim Parse(SignableRequest request, DateTimeOffset now) =>
        OlderSignatureClaim.IsMadeBy(request) ? OlderSignatureClaim.Parse(request, now) : SignatureClaim.Parse(request, now);

    /// <summary>Whether the signature is the secret's for this request; compared in constant time.</summary>
    public abstract bool IsTrue(SignableRequest request, SecretAccessKey secret);

    /// <summary>The signatures of content that is signed chunk by chunk; the caller's to dispose.</summary>
    /// <exception cref="S3Exception">Chunks are not signed in this version.</exception>
    public abstract ChunkSignatures ChunksOf(SecretAccessKey secret);
}
