using System.Globalization;
using System.Text;
using System.Xml;
using System.Xml.Linq;

namespace Dfs.Gateway.S3;

/// <summary>XML of the S3 interface, both ways.</summary>
public static class S3Xml
{
    public static readonly XNamespace Namespace = "http://s3.amazonaws.com/doc/2006-03-01/";

    /// <summary>32 levels: what is asked for has five.</summary>
    private const int DepthMax = 32;

    // Keys may have characters that XML 1.0 has not; they are written as references, as S3 does.
    private static readonly XmlWriterSettings Writing = new() { Encoding = new UTF8Encoding(false), CheckCharacters = false };

    private static readonly XmlReaderSettings Reading = new()
    {
        DtdProcessing = DtdProcessing.Prohibit,
        XmlResolver = null,
        IgnoreComments = true,
        IgnoreWhitespace = false,
    };

    /// <summary>In the interface's namespace; null children are left out.</summary>
    public static XElement Element(string name, params IEnumerable<object?> content) => new(Namespace + name, content);

    public static byte[] Bytes(XElement root)
    {
        using var stream = new MemoryStream();
        using (var writer = XmlWriter.Create(stream, Writing))
        {
            root.Save(writer);
        }

        return stream.ToArray();
    }

    /// <summary>Parses strictly: no document type, no entities of its own.</summary>
    /// <exception cref="S3Exception">It is not well-formed, or its root is called otherwise.</exception>
    public static XElement Parse(byte[] bytes, string root)
    {
        try
        {
            using var reader = XmlReader.Create(new MemoryStream(bytes), Reading);
            while (reader.Read())
            {
                // Before it becomes a tree: a deep one would exhaust the stack.
                if (reader.Depth > DepthMax)
                {
                    throw new S3Exception(S3Error.MalformedXml);
                }
            }

            using var again = XmlReader.Create(new MemoryStream(bytes), Reading);
            var element = XElement.Load(again, LoadOptions.PreserveWhitespace);
            return element.Name.LocalName == root ? element : throw new S3Exception(S3Error.MalformedXml);
        }
        catch (XmlException)
        {
            throw new S3Exception(S3Error.MalformedXml);
        }
    }

    /// <summary>Children of that name, in whatever namespace: clients leave it out.</summary>
    public static IEnumerable<XElement> Children(this XElement parent, string name) =>
        parent.Elements().Where(child => child.Name.LocalName == name);

    /// <returns>Null when there is no such child.</returns>
    public static string? Text(this XElement parent, string name) => parent.Children(name).FirstOrDefault()?.Value;

    public static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
