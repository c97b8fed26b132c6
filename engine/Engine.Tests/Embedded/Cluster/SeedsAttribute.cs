using System.Reflection;
using Xunit.Sdk;

namespace Engine.Tests.Embedded.Clustering;

/// <summary>Runs a property once for each of the seeds 0 to count - 1; the failing seed stands in the test's name.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class SeedsAttribute(int count) : DataAttribute
{
    public override IEnumerable<object[]> GetData(MethodInfo testMethod) =>
        Enumerable.Range(0, count).Select(seed => new object[] { seed });
}
