using Experience.Web.Contracts;

namespace Experience.Web.Samples;

/// <summary>Riverbend College, as the runner needs it.</summary>
internal static class SampleFeed
{
    public static ISampleFeed Create(SampleRequest request, TimeProvider time) => throw new NotSupportedException();
}
