using System.Text.Json;
using Experience.Web.Contracts;

namespace Experience.Web.Samples;

/// <summary>
/// Which college stands in the sample's folder, written before its first event: a fill that was interrupted goes on with the same
/// facts, which then count once, and a restart goes on with the same people.
/// </summary>
internal sealed record SamplePlanFile(int Seed, int People, int Years, DateTimeOffset Now, bool Filled)
{
    private const string Name = "sample.json";

    /// <summary>The college that stands in the folder, or null while there is none.</summary>
    public static SamplePlanFile? Read(string folder)
    {
        var path = Path.Combine(folder, Name);
        return File.Exists(path) ? JsonSerializer.Deserialize<SamplePlanFile>(File.ReadAllBytes(path), Json.Options) : null;
    }

    /// <summary>Whether the request asks for this college, or for any.</summary>
    public bool Is(SampleRequest request) => (request.People ?? People) == People && (request.Years ?? Years) == Years && (request.Seed ?? Seed) == Seed;

    public static SamplePlanFile ReadOrMake(string folder, SampleRequest request, TimeProvider time)
    {
        if (Read(folder) is { } known) return known;
        var plan = new SamplePlanFile(request.Seed ?? 2026, request.People ?? 6_000, request.Years ?? 3, time.GetUtcNow(), false);
        plan.Write(folder);
        return plan;
    }

    public void Write(string folder)
    {
        var path = Path.Combine(folder, Name);
        File.WriteAllBytes(path + ".new", JsonSerializer.SerializeToUtf8Bytes(this, Json.Options));
        File.Move(path + ".new", path, overwrite: true);
    }
}
