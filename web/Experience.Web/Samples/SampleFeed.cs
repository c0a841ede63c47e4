using Experience.Domain.Events;
using Experience.Sample;

namespace Experience.Web.Samples;

/// <summary>Riverbend College as the runner needs it. Planning it takes a second or two: make it off the request's thread.</summary>
internal sealed class SampleFeed(SamplePlanFile plan, TimeProvider time) : ISampleFeed
{
    /// <summary>Events a minute at speed 1: something moves every second.</summary>
    private const double PerMinute = 60;
    private const double MaxPerMinute = 60_000;

    private readonly SampleProgram _program = new(new SampleOptions { Seed = plan.Seed, People = plan.People, Years = plan.Years, Now = plan.Now });

    public (IEnumerable<Fact> Facts, int Count) History() => (_program.History(), _program.Count);

    public IAsyncEnumerable<Fact> ContinueAsync(double speed, CancellationToken cancellation) =>
        speed > 0 ? _program.Continue(Math.Min(speed * PerMinute, MaxPerMinute), time, cancellation, plan.Filled) : AsyncEnumerable.Empty<Fact>();
}
