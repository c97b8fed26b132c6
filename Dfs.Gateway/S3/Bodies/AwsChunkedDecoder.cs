using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Dfs.Gateway.S3.Signing;

namespace Dfs.Gateway.S3.Bodies;

/// <summary>Takes content out of the "aws-chunked" encoding, and checks the signature of every chunk.</summary>
/// <remarks>
/// Pure; holds no content. A chunk's content is given out before its signature, which comes with it, was checked: who takes it
/// must not believe it before <see cref="IsDone"/>. Chunks: size in hexadecimal, ";chunk-signature=…" when signed, CRLF, content,
/// CRLF; the last has size 0 and trailers behind it, up to an empty line.
/// </remarks>
/// <param name="signatures">Null for chunks that are not signed; disposed of with this.</param>
/// <param name="expectsTrailers">Trailers were announced, and are signed when chunks are.</param>
public sealed class AwsChunkedDecoder(ChunkSignatures? signatures, bool expectsTrailers) : IDisposable
{
    /// <summary>1 KiB: a size, a signature, or a trailer.</summary>
    public const int LineBytesMax = 1024;

    /// <summary>Sixteen trailers: clients send one and its signature.</summary>
    public const int TrailersMax = 16;

    private const string SignatureTrailer = "x-amz-trailer-signature";

    private readonly IncrementalHash? _hash = signatures is null ? null : IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly List<KeyValuePair<string, string>> _trailers = [];
    private State _state = State.Size;
    private long _leftBytes;
    private string _signature = "";

    private enum State
    {
        Size,
        Content,
        ContentEnd,
        Trailers,
        Done,
    }

    /// <summary>The last chunk has come, and everything that was signed was signed rightly.</summary>
    public bool IsDone => _state == State.Done;

    /// <summary>Names in lower case; complete when done.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Trailers => _trailers;

    /// <summary>Takes a piece of content from the input's beginning.</summary>
    /// <param name="input">Moved on past what was taken, also when there is no content.</param>
    /// <returns>False when more input is needed, or none.</returns>
    /// <exception cref="S3Exception">It is not in this encoding, or a signature is wrong.</exception>
    public bool TryRead(ref ReadOnlySequence<byte> input, out ReadOnlySequence<byte> content)
    {
        content = default;
        while (_state != State.Done)
        {
            if (_state == State.Content)
            {
                content = input.Slice(0, Math.Min(_leftBytes, input.Length));
                input = input.Slice(content.End);
                TakeContent(content);
                return !content.IsEmpty;
            }

            if (!TryReadLine(ref input, out var line))
            {
                return false;
            }

            TakeLine(line);
        }

        TakeEnd(ref input);
        return false;
    }

    /// <summary>The input has ended. Some clients leave out the last empty line.</summary>
    /// <exception cref="S3Exception">It ended too early.</exception>
    public void End()
    {
        if (_state == State.Trailers)
        {
            Finish();
        }

        if (_state != State.Done)
        {
            throw new S3Exception(S3Error.IncompleteBody);
        }
    }

    public void Dispose()
    {
        _hash?.Dispose();
        signatures?.Dispose();
    }

    // Some clients end with one line too many. Left where it is, what follows would be kept until all of it has come, however much that is.
    private static void TakeEnd(ref ReadOnlySequence<byte> input)
    {
        foreach (var segment in input)
        {
            if (segment.Span.ContainsAnyExcept("\r\n"u8))
            {
                throw Malformed();
            }
        }

        input = input.Slice(input.End);
    }

    private void TakeContent(ReadOnlySequence<byte> content)
    {
        if (_hash is not null)
        {
            foreach (var segment in content)
            {
                _hash.AppendData(segment.Span);
            }
        }

        _leftBytes -= content.Length;
        _state = _leftBytes == 0 ? State.ContentEnd : State.Content;
    }

    private void TakeLine(string line)
    {
        switch (_state)
        {
            case State.Size: TakeSize(line); break;
            case State.ContentEnd when line.Length == 0: EndChunk(); break;
            case State.Trailers when line.Length == 0: Finish(); break;
            case State.Trailers when line.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon && _trailers.Count < TrailersMax:
                _trailers.Add(new KeyValuePair<string, string>(line[..colon].Trim().ToLowerInvariant(), line[(colon + 1)..].Trim()));
                break;
            default: throw Malformed();
        }
    }

    private void TakeSize(string line)
    {
        const string Extension = ";chunk-signature=";
        var semicolon = line.IndexOf(';', StringComparison.Ordinal);
        var size = semicolon < 0 ? line : line[..semicolon];
        if (size.Length > 15 || !long.TryParse(size, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out _leftBytes))
        {
            throw Malformed();
        }

        _signature = line.AsSpan(size.Length).StartsWith(Extension) ? line[(size.Length + Extension.Length)..] : "";
        _state = State.Content;
        if (_leftBytes == 0)
        {
            VerifyChunk();
            _state = State.Trailers;
        }
    }

    private void EndChunk()
    {
        VerifyChunk();
        _state = State.Size;
    }

    private void VerifyChunk()
    {
        if (signatures is not null && !signatures.VerifiesChunk(_hash!.GetHashAndReset(), _signature))
        {
            throw new S3Exception(S3Error.SignatureDoesNotMatch.Saying("A chunk's signature is not the one that the secret key gives."));
        }
    }

    private void Finish()
    {
        if (signatures is not null && expectsTrailers)
        {
            var signature = _trailers.Where(trailer => trailer.Key == SignatureTrailer).Select(trailer => trailer.Value).FirstOrDefault() ?? "";
            _trailers.RemoveAll(trailer => trailer.Key == SignatureTrailer);
            var text = string.Concat(_trailers.Select(trailer => $"{trailer.Key}:{trailer.Value}\n"));
            if (!signatures.VerifiesTrailers(text, signature))
            {
                throw new S3Exception(S3Error.SignatureDoesNotMatch.Saying("The signature of the trailers is not the one that the secret key gives."));
            }
        }

        _state = State.Done;
    }

    private static bool TryReadLine(ref ReadOnlySequence<byte> input, out string line)
    {
        line = "";
        if (input.PositionOf((byte)'\n') is not { } end)
        {
            return input.Length <= LineBytesMax ? false : throw Malformed();
        }

        var bytes = input.Slice(0, end);
        if (bytes.Length > LineBytesMax)
        {
            throw Malformed();
        }

        line = Encoding.ASCII.GetString(bytes).TrimEnd('\r');
        input = input.Slice(input.GetPosition(1, end));
        return true;
    }

    private static S3Exception Malformed() => new(S3Error.InvalidRequest.Saying("The content is not in the aws-chunked encoding."));
}
