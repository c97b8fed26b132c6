using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Dfs.Core.Trust.Audit;

/// <summary>One line of an audit log: who did what, and the hash of the line before. docs/formats/audit.md.</summary>
/// <remarks>Has one form only: what <see cref="TryParse"/> takes, <see cref="Encode"/> gives back byte by byte.</remarks>
/// <param name="Number">From 1 on, without a gap.</param>
/// <param name="Entry">What happened.</param>
/// <param name="Previous">SHA-256 of the line before, 64 hexadecimal digits; zeros before the first.</param>
public sealed record AuditRecord(long Number, AuditEntry Entry, string Previous)
{
    /// <summary>16 KiB: every member at its longest, escaped.</summary>
    public const int LineBytesMax = 16 * 1024;

    public const string NoHash = "0000000000000000000000000000000000000000000000000000000000000000";

    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    /// <summary>Without the end of the line.</summary>
    public byte[] Encode()
    {
        using var line = new MemoryStream();
        using (var json = new Utf8JsonWriter(line))
        {
            json.WriteStartObject();
            json.WriteNumber("number", Number);
            json.WriteString("at", DateTimeOffset.FromUnixTimeMilliseconds(Entry.AtUnixMs).UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture));
            foreach (var (name, value) in Entry.Members)
            {
                if (value.Length > 0)
                {
                    json.WriteString(name, value);
                }
            }

            json.WriteString("previous", Previous);
            json.WriteEndObject();
        }

        return line.ToArray();
    }

    public static string HashOf(ReadOnlySpan<byte> line) => Convert.ToHexStringLower(SHA256.HashData(line));

    /// <returns>False for anything but the one form that <see cref="Encode"/> has.</returns>
    public static bool TryParse(ReadOnlySpan<byte> line, [NotNullWhen(true)] out AuditRecord? record)
    {
        record = null;
        if (line.Length > LineBytesMax)
        {
            return false;
        }

        try
        {
            using var json = JsonDocument.Parse(line.ToArray(), new JsonDocumentOptions { MaxDepth = 2 });
            var root = json.RootElement;
            if (root.ValueKind == JsonValueKind.Object && root.TryGetProperty("number", out var number) && number.ValueKind == JsonValueKind.Number
                && number.TryGetInt64(out var its) && its > 0
                && DateTimeOffset.TryParseExact(Text("at"), TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at))
            {
                var read = new AuditRecord(
                    its,
                    AuditEntry.Create(at.ToUnixTimeMilliseconds(), Text("via"), Text("who"), Text("owner"), Text("from"), Text("does"), Text("name"), Text("subject"), Text("result")),
                    Text("previous"));
                record = read.Previous.Length == NoHash.Length && line.SequenceEqual(read.Encode()) ? read : null;
            }

            string Text(string name) => root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException or DecoderFallbackException)
        {
            record = null;
        }

        return record is not null;
    }
}

/// <summary>What happened, without its place in the chain. Empty is what is not known, or does not apply.</summary>
public sealed record AuditEntry
{
    /// <summary>256 characters of anything that is not a sealed name.</summary>
    public const int TextCharsMax = 256;

    /// <summary>4 KiB: a bucket and a key at their longest, sealed.</summary>
    public const int NameCharsMax = 4096;

    private AuditEntry()
    {
    }

    public long AtUnixMs { get; private init; }

    /// <summary>"http", "s3", or "node" for what the log says of itself.</summary>
    public string Via { get; private init; } = "";

    /// <summary>The id of a token or an access key; never a secret.</summary>
    public string Who { get; private init; } = "";

    /// <summary>Whose files, 64 hexadecimal digits.</summary>
    public string Owner { get; private init; } = "";

    /// <summary>IP address.</summary>
    public string From { get; private init; } = "";

    /// <summary>"PUT /v1/file", "s3:PutObject".</summary>
    public string Does { get; private init; } = "";

    /// <summary>Bucket and key, sealed with the owner's keys, in base64url.</summary>
    public string Name { get; private init; } = "";

    /// <summary>An id that is no name of a file: a key that was revoked, a node that was expelled.</summary>
    public string Subject { get; private init; } = "";

    /// <summary>A status of HTTP, a code of S3, "broken off".</summary>
    public string Result { get; private init; } = "";

    /// <summary>In the order of the format.</summary>
    internal IEnumerable<(string Name, string Value)> Members =>
        [("via", Via), ("who", Who), ("owner", Owner), ("from", From), ("does", Does), ("name", Name), ("subject", Subject), ("result", Result)];

    /// <summary>Cuts what is too long.</summary>
    public static AuditEntry Create(long atUnixMs, string via, string who, string owner, string from, string does, string name, string subject, string result) => new()
    {
        AtUnixMs = atUnixMs,
        Via = Cut(via, TextCharsMax),
        Who = Cut(who, TextCharsMax),
        Owner = Cut(owner, TextCharsMax),
        From = Cut(from, TextCharsMax),
        Does = Cut(does, TextCharsMax),
        Name = name.Length <= NameCharsMax ? name : "",
        Subject = Cut(subject, TextCharsMax),
        Result = Cut(result, TextCharsMax),
    };

    // A pair of surrogates is not parted, or it could not be written.
    private static string Cut(string text, int charsMax) =>
        text.Length <= charsMax ? text : text[..(char.IsHighSurrogate(text[charsMax - 1]) ? charsMax - 1 : charsMax)];
}
