using Experience.Domain.Events;
using Experience.Domain.Port;
using Experience.Domain.Wire;
using Experience.Web.Hosting;
using Experience.Web.Ways;
using Experience.Web.Ways.Caliper;
using Experience.Web.Ways.Segment;
using Experience.Web.Ways.Xapi;

namespace Experience.Web.Sources;

/// <summary>CloudEvents, as they came: of POST /v1/events, of streams, and of whatever makes events of its own.</summary>
internal sealed class EventLetters(string way) : ILetterReader
{
    public string Way => way;

    public ValueTask<Refusal?> ReadAsync(ReadOnlyMemory<byte> body, LetterOrigin origin, TranslatedEvents events)
    {
        events.Add(body.Span);
        return new((Refusal?)null);
    }
}

/// <summary>A message of Segment, or a whole batch that could not be read; the place is the kind that the address said.</summary>
internal sealed class SegmentLetters : ILetterReader
{
    public string Way => WayNames.Segment;

    public ValueTask<Refusal?> ReadAsync(ReadOnlyMemory<byte> body, LetterOrigin origin, TranslatedEvents events)
    {
        using var json = WayRequest.Parse(body, out var refusal);
        if (json is null) return new(refusal);
        var root = json.RootElement;
        if (SegmentApi.Messages(root, root.Get("batch") is null ? origin.Place ?? "message" : null, out var messages) is { } whole) return new(whole);
        foreach (var message in messages)
        {
            if (SegmentTranslator.Translate(message, origin.Place, events) is { } wrong) return new(wrong);
        }

        return new((Refusal?)null);
    }
}

/// <summary>A request of statements; the place is the version that its header stated, and the id of its address.</summary>
internal sealed class XapiLetters(EngineHost host) : ILetterReader
{
    public string Way => WayNames.Xapi;

    public async ValueTask<Refusal?> ReadAsync(ReadOnlyMemory<byte> body, LetterOrigin origin, TranslatedEvents events)
    {
        using var json = WayRequest.Parse(body, out var refusal);
        if (json is null) return refusal;
        var place = origin.Place?.Split(' ') ?? [];
        var second = place.Length > 0 && place[0].StartsWith("2.0", StringComparison.Ordinal);
        return await XapiApi.TranslateAsync(json.RootElement, place.Length > 1 ? place[1] : null, second, origin.At, SubjectsAsync, events, []);

        async Task<IReadOnlyList<string?>> SubjectsAsync(IReadOnlyList<string> targets) =>
            host.Engine is IHistories histories ? await histories.SubjectsAsync([.. targets.Select(t => Fact.IdOf(origin.Source, t))], CancellationToken.None) : new string?[targets.Count];
    }
}

/// <summary>An envelope of Caliper.</summary>
internal sealed class CaliperLetters : ILetterReader
{
    public string Way => WayNames.Caliper;

    public ValueTask<Refusal?> ReadAsync(ReadOnlyMemory<byte> body, LetterOrigin origin, TranslatedEvents events)
    {
        using var json = WayRequest.Parse(body, out var refusal);
        return new(json is null ? refusal : CaliperApi.Translate(json.RootElement, events));
    }
}
