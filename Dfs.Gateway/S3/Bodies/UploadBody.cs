using System.Buffers;
using System.IO.Pipelines;
using System.Security.Cryptography;
using Dfs.Client;
using Dfs.Core.Crypto;
using Dfs.Gateway.S3.Requests;
using Dfs.Gateway.S3.Sealing;
using Dfs.Gateway.S3.Signing;

namespace Dfs.Gateway.S3.Bodies;

/// <summary>The content of one request on its way in: taken out of its encoding, hashed, compared with what was promised.</summary>
/// <remarks>
/// Memory is what its two pipes hold. Whoever stores it may have it hashed on the way instead (<see cref="CheckApart"/>), and a plain one without pipes
/// (<see cref="ClientReader"/>). When anything is wrong the target ends with an error, so that who reads it keeps nothing; only content that is whole
/// and right ends it well. One use.
/// </remarks>
/// <param name="signatures">For chunks that are signed; disposed of with this.</param>
/// <param name="seal">What the content is encrypted with after it was hashed; null for nothing. The caller's.</param>
/// <param name="partNumber">Of a part of an upload, else 0.</param>
public sealed class UploadBody(BodySpec spec, ChunkSignatures? signatures, ContentSeal? seal = null, int partNumber = 0) : IDisposable
{
    private readonly AesCtr? _cipher = seal?.CipherOf(partNumber);
    private readonly Checksum _md5 = Checksum.Create("md5");
    private readonly Checksum? _sha256 = spec.Sha256 is null ? null : Checksum.Create("sha256");
    private readonly Checksum? _check = spec.Algorithm is null ? null : Checksum.Create(spec.Algorithm);
    private readonly AwsChunkedDecoder? _decoder = spec.IsAwsChunked ? new AwsChunkedDecoder(signatures, spec.HasTrailers) : null;
    private long _readBytes;
    private bool _isHashedApart;

    public BodySpec Spec => spec;

    /// <summary>Of the content; there when it was read to its end.</summary>
    public byte[] Md5 { get; private set; } = [];

    /// <summary>Without quotes; likewise. Of encrypted content it is no MD5.</summary>
    public string ETag => seal?.ETagOf(Md5) ?? Convert.ToHexStringLower(Md5);

    /// <summary>The checksum that the client asked for; likewise. Null for none.</summary>
    public byte[]? Check { get; private set; }

    /// <summary>What was wrong with the content; null while nothing was.</summary>
    public S3Error? Error { get; private set; }

    /// <summary>A minute without a byte, while more is wanted, and the client is given up with what it holds.</summary>
    public TimeSpan IdleMax { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>By which <see cref="IdleMax"/> is told.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Is told when the client is waited for, and when it is not; null for nobody.</summary>
    internal AnswerWatch? Watch { get; init; }

    /// <summary>It comes as it is stored: neither in an encoding nor to be encrypted.</summary>
    internal bool IsPlain => _decoder is null && _cipher is null;

    /// <summary>What is to hash it and compare it from here on, in place of this; null where what is stored is not what is hashed.</summary>
    internal IContentCheck? CheckApart()
    {
        _isHashedApart = _cipher is null;
        return _isHashedApart ? new Apart(this) : null;
    }

    /// <summary>Moves the content from one pipe to the other; completes the target, not the source. Does not throw.</summary>
    public async Task PumpAsync(PipeReader source, PipeWriter target, CancellationToken cancellationToken)
    {
        try
        {
            await MoveAsync(source, target, cancellationToken);
            VerifyLength();
            if (!_isHashedApart)
            {
                Verify();
            }

            await target.CompleteAsync();
        }
        catch (S3Exception wrong)
        {
            Error = wrong.Error;
            await target.CompleteAsync(new IOException(wrong.Message));
        }
        catch (Exception broken) when (broken is IOException or OperationCanceledException or InvalidOperationException)
        {
            Error = S3Error.IncompleteBody;
            await target.CompleteAsync(new IOException("the client's content broke off"));
        }
    }

    /// <summary>Says what is wrong with the content.</summary>
    /// <returns>To be thrown to whoever stores it.</returns>
    internal IOException Wrong(S3Error error)
    {
        Error = error;
        return new IOException(error.Message);
    }

    public void Dispose()
    {
        _md5.Dispose();
        _sha256?.Dispose();
        _check?.Dispose();
        _decoder?.Dispose();
        _cipher?.Dispose();
        signatures?.Dispose();
    }

    private static async ValueTask<ReadResult> ReadAsync(PipeReader source, CancellationToken idle, CancellationToken outer)
    {
        try
        {
            return await source.ReadAsync(idle);
        }
        catch (OperationCanceledException) when (!outer.IsCancellationRequested)
        {
            throw new S3Exception(S3Error.RequestTimeout);
        }
    }

    private async Task MoveAsync(PipeReader source, PipeWriter target, CancellationToken cancellationToken)
    {
        using var idle = new CancellationTokenSource(Timeout.InfiniteTimeSpan, Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(idle.Token, cancellationToken);
        var hasMoved = false;
        while (true)
        {
            var reading = ReadAsync(source, either.Token, cancellationToken);
            if (!reading.IsCompleted)
            {
                hasMoved = true;
                // In this order: from here on one clock counts, never both.
                Watch?.Pause();
                idle.CancelAfter(IdleMax);
            }

            var read = await reading;
            // While the store takes what came, the client need not send.
            idle.CancelAfter(Timeout.InfiniteTimeSpan);
            // What was here before anybody had to wait for it may have been sent long ago.
            if (hasMoved)
            {
                Watch?.Progress();
            }

            if (read.IsCanceled)
            {
                throw new OperationCanceledException();
            }

            var input = read.Buffer;
            while (TryTake(ref input, out var content))
            {
                Append(content, target);
            }

            source.AdvanceTo(input.Start, read.Buffer.End);
            if (_readBytes > spec.SizeBytes)
            {
                throw new S3Exception(spec.SizeBytesMin is null ? S3Error.IncompleteBody : S3Error.EntityTooLarge);
            }

            var flushing = target.FlushAsync(cancellationToken);
            hasMoved = !flushing.IsCompleted;
            if ((await flushing).IsCompleted)
            {
                // Who reads it has given up, and says why.
                throw new OperationCanceledException();
            }

            if (read.IsCompleted)
            {
                _decoder?.End();
                return;
            }
        }
    }

    private bool TryTake(ref ReadOnlySequence<byte> input, out ReadOnlySequence<byte> content)
    {
        if (_decoder is not null)
        {
            return _decoder.TryRead(ref input, out content);
        }

        content = input;
        input = input.Slice(input.End);
        return !content.IsEmpty;
    }

    private void Append(ReadOnlySequence<byte> content, PipeWriter target)
    {
        foreach (var segment in content)
        {
            if (!_isHashedApart)
            {
                Hash(segment.Span);
            }

            Write(segment.Span, target);
            _readBytes += segment.Length;
        }
    }

    private void Hash(ReadOnlySpan<byte> content)
    {
        _md5.Append(content);
        _sha256?.Append(content);
        _check?.Append(content);
    }

    private void Write(ReadOnlySpan<byte> content, PipeWriter target)
    {
        if (_cipher is null)
        {
            target.Write(content);
            return;
        }

        for (var done = 0; done < content.Length;)
        {
            var room = target.GetSpan();
            var count = Math.Min(room.Length, content.Length - done);
            _cipher.Transform(content.Slice(done, count), room[..count], _readBytes + done);
            target.Advance(count);
            done += count;
        }
    }

    private void VerifyLength()
    {
        if (_readBytes < (spec.SizeBytesMin ?? spec.SizeBytes))
        {
            throw new S3Exception(spec.SizeBytesMin is null ? S3Error.IncompleteBody : S3Error.EntityTooSmall.Saying("The content is smaller than the form's policy allows."));
        }
    }

    private void Verify()
    {
        Md5 = _md5.Finish();
        Check = _check?.Finish();
        Require(spec.Sha256, _sha256?.Finish(), S3Error.BadContentSha256);
        Require(spec.Md5, Md5, S3Error.BadDigest);
        Require(spec.Expected ?? FromTrailer(), Check, S3Error.BadDigest.Saying($"The content does not have the {spec.Algorithm} that was given."));
    }

    private byte[]? FromTrailer()
    {
        if (!spec.HasTrailers || spec.Algorithm is not { } algorithm || spec.Expected is not null)
        {
            return null;
        }

        var text = _decoder!.Trailers.Where(trailer => trailer.Key == Checksum.HeaderPrefix + algorithm).Select(trailer => trailer.Value).FirstOrDefault();
        if (text is null)
        {
            return spec.IsCheckedByTrailer ? throw new S3Exception(S3Error.MalformedTrailer) : null;
        }

        return BodySpec.Base64(text, Checksum.SizeBytes(algorithm))
            ?? throw new S3Exception(S3Error.InvalidRequest.Saying("The checksum in the trailer is not well-formed."));
    }

    private static void Require(byte[]? expected, byte[]? actual, S3Error error)
    {
        if (expected is not null && !CryptographicOperations.FixedTimeEquals(expected, actual))
        {
            throw new S3Exception(error);
        }
    }

    private sealed class Apart(UploadBody body) : IContentCheck
    {
        public void Append(ReadOnlySpan<byte> content) => body.Hash(content);

        public void End()
        {
            try
            {
                body.Verify();
            }
            catch (S3Exception wrong)
            {
                throw body.Wrong(wrong.Error);
            }
        }
    }
}
