using System.Globalization;
using System.Xml.Linq;
using Dfs.Client;

namespace Dfs.Gateway.S3.Requests;

/// <summary>What an object must be to be removed; nulls ask for nothing.</summary>
internal sealed record RemovalCondition(string? ETag, string? Size, string? ModifiedAt)
{
    public bool IsNone => ETag is null && Size is null && ModifiedAt is null;

    public static RemovalCondition Of(Func<string, string?> header) =>
        new(header("if-match"), header("x-amz-if-match-size"), header("x-amz-if-match-last-modified-time"));

    /// <summary>Of one object in a multi-delete.</summary>
    public static RemovalCondition Of(XElement one) => new(one.Text("ETag"), one.Text("Size"), one.Text("LastModifiedTime"));

    /// <exception cref="S3Exception">It is something else, or the condition cannot be read.</exception>
    public void Require(IOpenFile file)
    {
        var sizeBytes = 0L;
        var modifiedAt = default(DateTimeOffset);
        if ((Size is not null && !long.TryParse(Size, NumberStyles.None, CultureInfo.InvariantCulture, out sizeBytes))
            || (ModifiedAt is not null
                && !DateTimeOffset.TryParse(ModifiedAt, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out modifiedAt)))
        {
            throw new S3Exception(S3Error.InvalidArgument.Saying("A condition's size is a number, and its time is one."));
        }

        if ((ETag is not null && !Conditions.Names(ETag, ObjectFacts.ETagOf(file))) || (Size is not null && sizeBytes != file.SizeBytes)
            || (ModifiedAt is not null && modifiedAt.ToUnixTimeSeconds() != file.ModifiedAt.ToUnixTimeSeconds()))
        {
            throw new S3Exception(S3Error.PreconditionFailed);
        }
    }
}
