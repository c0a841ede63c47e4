using System.Text.Json;
using Experience.Domain.Events;
using Experience.Domain.Port;

namespace Experience.Contract;

/// <summary>Opens engines, disposes of them, and waits for what is to come: with a deadline, never by sleeping.</summary>
public abstract class ContractBase(IEngineLab lab) : IAsyncLifetime
{
    /// <summary>Long enough for a busy two-core machine; reached only by a failure.</summary>
    protected static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    protected static readonly Access Desk = new("Rosa Lin", "Main", "counter");

    protected static readonly Access Ingest = new("registrar", null, "ingest");

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    private readonly List<IExperienceEngine> _opened = [];

    /// <summary>Tuesday, 10 March 2026, 15:00 UTC.</summary>
    protected static readonly DateTimeOffset Start = new(2026, 3, 10, 15, 0, 0, TimeSpan.Zero);

    protected ManualTime Time { get; } = new(Start);

    protected static CancellationToken None => CancellationToken.None;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (var engine in _opened) await engine.DisposeAsync();
        await lab.DisposeAsync();
    }

    protected async Task<IExperienceEngine> OpenAsync(string store = "a")
    {
        var engine = await lab.OpenAsync(store, Time);
        _opened.Add(engine);
        return engine;
    }

    protected async Task<IExperienceEngine> ReopenAsync(IExperienceEngine engine, string store = "a")
    {
        ArgumentNullException.ThrowIfNull(engine);
        _opened.Remove(engine);
        await engine.DisposeAsync();
        return await OpenAsync(store);
    }

    protected static async Task<BatchReceipt> RecordAsync(IExperienceEngine engine, params Fact[] facts)
    {
        ArgumentNullException.ThrowIfNull(engine);
        return await engine.RecordAsync(facts, Ingest, None);
    }

    /// <summary>Records facts that must all be new.</summary>
    protected static async Task AcceptAsync(IExperienceEngine engine, IReadOnlyList<Fact> facts, int batch = 500)
    {
        ArgumentNullException.ThrowIfNull(engine);
        ArgumentNullException.ThrowIfNull(facts);
        for (var i = 0; i < facts.Count; i += batch)
        {
            var part = facts.Skip(i).Take(batch).ToArray();
            var receipt = await engine.RecordAsync(part, Ingest, None);
            Assert.Equal(part.Length, receipt.Outcomes.Count);
            Assert.All(receipt.Outcomes, o => Assert.Equal(RecordOutcome.Accepted, o));
        }
    }

    protected static async Task<string> PersonAsync(IExperienceEngine engine, string key, string source = Given.Source)
    {
        ArgumentNullException.ThrowIfNull(engine);
        var person = await engine.FindAsync(source, key, None);
        Assert.NotNull(person);
        return person;
    }

    protected static async Task<CardView> CardAsync(IExperienceEngine engine, string key)
    {
        ArgumentNullException.ThrowIfNull(engine);
        var card = await engine.CardAsync(await PersonAsync(engine, key), Desk, None);
        Assert.NotNull(card);
        return card;
    }

    protected static async Task<BoardView> BoardAsync(IExperienceEngine engine, string segment = "everyone")
    {
        ArgumentNullException.ThrowIfNull(engine);
        var board = await engine.BoardAsync(segment, Desk, None);
        Assert.NotNull(board);
        return board;
    }

    protected static async Task<VerifyReport> VerifyAsync(IExperienceEngine engine, long? asOf = null)
    {
        ArgumentNullException.ThrowIfNull(engine);
        var report = await engine.VerifyAsync(new VerifyOptions(asOf), null, None);
        Assert.True(report.Differences == 0, string.Join('\n', report.Examples));
        Assert.Matches("^[0-9a-f]{64}$", report.StateHash);
        return report;
    }

    /// <summary>
    /// Everything that an engine says about these people, with its internal ids replaced by the people's own keys: two
    /// engines that hold the same facts say the same.
    /// </summary>
    protected static async Task<string> TellAsync(IExperienceEngine engine, IEnumerable<string> keys)
    {
        ArgumentNullException.ThrowIfNull(engine);
        ArgumentNullException.ThrowIfNull(keys);
        var ids = new Dictionary<string, string>();
        var parts = new List<string> { JsonSerializer.Serialize(await BoardAsync(engine), Json) };
        foreach (var key in keys)
        {
            if (await engine.FindAsync(Given.Source, key, None) is not { } person) continue;
            ids[person] = key;
            parts.Add(JsonSerializer.Serialize(await CardAsync(engine, key), Json));
            parts.Add(JsonSerializer.Serialize(await engine.JourneyAsync(person, null, 200, Desk, None), Json));
        }

        var text = string.Join('\n', parts);
        foreach (var (id, key) in ids) text = text.Replace(id, key, StringComparison.Ordinal);
        return text;
    }

    /// <summary>The next view of a watch that fits, while time goes on in steps of a board tick.</summary>
    protected async Task<T> NextAsync<T>(IAsyncEnumerator<T> watch, Func<T, bool> fits)
    {
        ArgumentNullException.ThrowIfNull(watch);
        ArgumentNullException.ThrowIfNull(fits);
        using var deadline = new CancellationTokenSource(Patience);
        while (true)
        {
            var next = watch.MoveNextAsync().AsTask();
            while (!next.IsCompleted)
            {
                Time.Advance(TimeSpan.FromMilliseconds(250));
                deadline.Token.ThrowIfCancellationRequested();
                await Task.WhenAny(next, Task.Delay(5, deadline.Token));
            }

            Assert.True(await next, "The watch ended.");
            if (fits(watch.Current)) return watch.Current;
        }
    }

    /// <summary>Asks again until the answer fits, while time goes on in steps of a board tick.</summary>
    protected async Task<T> UntilAsync<T>(Func<ValueTask<T>> ask, Func<T, bool> fits)
    {
        ArgumentNullException.ThrowIfNull(ask);
        ArgumentNullException.ThrowIfNull(fits);
        using var deadline = new CancellationTokenSource(Patience);
        while (true)
        {
            var answer = await ask();
            if (fits(answer)) return answer;
            Assert.False(deadline.IsCancellationRequested, $"Still: {JsonSerializer.Serialize(answer, Json)}");
            Time.Advance(TimeSpan.FromMilliseconds(250));
            await Task.Delay(5);
        }
    }
}
