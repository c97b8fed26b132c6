using ApiCheck;

namespace Engine.Tests.Embedded.ApiCheck;

/// <summary>The tool compares this assembly, of which <see cref="Sample{T}"/> is public, with an approval text.</summary>
public class ApiCheckTests
{
    private const string Approval =
        """
        [assembly: System.Reflection.AssemblyMetadataAttribute("Url", "x")]
        namespace Engine.Tests.Embedded.ApiCheck
        {
            [System.ObsoleteAttribute("Two lines; with a } in them" +
                ".")]
            public class Sample<T> : System.Collections.Generic.List<T>, System.IDisposable
                where T : class, new ()
            {
                public const int Size = 3;
                public Sample(int size, string name = "a, b") { }
                public static string Shared { get; set; }
                public T this[string key] { get; }
                public event System.EventHandler<T> Changed;
                public System.Collections.Generic.Dictionary<string, T[]> Find<TKey>(params TKey[] keys) { }
                public void Dispose() { }
                protected virtual bool TryGet(System.Nullable<int> at, out T found) { }
                public static bool ==(Engine.Tests.Embedded.ApiCheck.Sample<T> left, Engine.Tests.Embedded.ApiCheck.Sample<T> right) { }
                public static bool !=(Engine.Tests.Embedded.ApiCheck.Sample<T> left, Engine.Tests.Embedded.ApiCheck.Sample<T> right) { }
                public enum Kind
                {
                    One = 1,
                    Two = 2,
                }
            }
        }
        """;

    [Fact]
    public void What_is_the_same_gives_no_finding() => Assert.Empty(Findings(Approval));

    [Theory]
    [InlineData("public void Dispose() { }", "", "absent: *Dispose() : System.Void")]
    [InlineData("int size, string", "long size, string", "absent: *.ctor(System.Int32, System.String) : System.Void*")]
    [InlineData("string name = \"a, b\"", "string name", "*has 1 optional parameters here, 0 there")]
    [InlineData("Shared { get; set; }", "Shared { get; }", "*Shared : System.String can be set here, not there")]
    [InlineData("protected virtual bool", "protected bool", "*TryGet*can be overridden here, not there")]
    [InlineData("static string Shared", "string Shared", "different: *Shared*")]
    [InlineData("Two = 2", "Two = 3", "different: *Two : 2; there: *Two : 3")]
    [InlineData("Dictionary<string, T[]>", "Dictionary<string, T>", "different: *Find`1*")]
    [InlineData("Find<TKey>", "Find<TKey, TValue>", "absent: *Find`1*")]
    [InlineData("public class Sample<T>", "public sealed class Sample<T>", "different: *is sealed there, not here")]
    [InlineData("public class Sample<T>", "public class Other<T>", "absent: class *Sample`1")]
    [InlineData(", System.IDisposable", "", "different: *is a System.IDisposable here, not there")]
    public void A_difference_is_found(string there, string changed, string finding)
    {
        var found = Findings(Approval.Replace(there, changed, StringComparison.Ordinal));

        var exceptions = new ExceptionList([$"{finding} # expected"]);
        Assert.Contains(found, line => exceptions.ReasonFor(line) == "expected");
    }

    [Fact]
    public void What_is_used_of_an_assembly_must_be_there()
    {
        var approved = new ApprovedApi();
        approved.Add("namespace Akka.Actor\n{\npublic interface IActorRef\n{\n}\n}");
        using var own = new BuiltAssembly(typeof(ApiCheckTests).Assembly.Location);

        var missing = new Comparison(approved).Used(own, "Akka").ToList();

        Assert.Contains("used but absent: Akka.Actor.Props", missing);
        Assert.DoesNotContain("used but absent: Akka.Actor.IActorRef", missing);
    }

    [Fact]
    public void An_exception_needs_a_reason() =>
        Assert.Throws<FormatException>(() => new ExceptionList(["absent: *"]));

    private static List<string> Findings(string approval)
    {
        var approved = new ApprovedApi();
        Assert.Empty(approved.Add(approval));
        using var own = new BuiltAssembly(typeof(ApiCheckTests).Assembly.Location);
        return [.. new Comparison(approved).Shown(own).Where(line => line.Contains("Sample`1", StringComparison.Ordinal)
            || line.Contains("Sample.Kind", StringComparison.Ordinal))];
    }
}

public class Sample<T> : List<T>, IDisposable where T : class, new()
{
    public const int Size = 3;

    public Sample(int size, string name = "a, b")
    {
        Capacity = size;
        Shared = name;
    }

    public enum Kind
    {
        One = 1,
        Two = 2,
    }

    public event EventHandler<T>? Changed;

    public static string Shared { get; set; } = "";

    public T? this[string key] => Find(item => Equals(item, key));

    public Dictionary<string, T[]> Find<TKey>(params TKey[] keys) => new() { [$"{keys.Length}"] = [] };

    public void Dispose()
    {
        Changed?.Invoke(this, new T());
        GC.SuppressFinalize(this);
    }

    public override bool Equals(object? obj) => ReferenceEquals(this, obj);

    public override int GetHashCode() => 0;

    public static bool operator ==(Sample<T> left, Sample<T> right) => Equals(left, right);

    public static bool operator !=(Sample<T> left, Sample<T> right) => !(left == right);

    protected virtual bool TryGet(int? at, out T found)
    {
        found = at is { } index && index < Count ? this[index] : new T();
        return at < Count;
    }
}
