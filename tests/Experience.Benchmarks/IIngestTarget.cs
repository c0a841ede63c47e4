using Experience.Domain.Events;

namespace Experience.Benchmarks;

/// <summary>What events are recorded by: the engine behind its port, or the program over HTTP.</summary>
internal interface IIngestTarget : IAsyncDisposable
{
    /// <summary>The data folder.</summary>
    string Folder { get; }

    /// <summary>Records facts as they are made, without keeping them.</summary>
    Task FillAsync(IEnumerable<Fact> facts);

    /// <summary>
    /// Makes of the facts what is sent, before the clock starts. What it gives sends them, waits until they are durable and stand in the boards, and answers how many were
    /// new and the time that it took.
    /// </summary>
    Func<Task<(int Accepted, TimeSpan Elapsed)>> Prepare(Fact[] facts);

    /// <summary>Processor time used so far by what is measured.</summary>
    TimeSpan Processor();
}
