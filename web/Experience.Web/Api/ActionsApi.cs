using System.Buffers;
using System.Text.Json;
using Experience.Domain.Events;
using Experience.Domain.Port;
using Experience.Domain.Wire;
using Experience.Web.Contracts;
using Experience.Web.Hosting;
using Experience.Web.Ingest;

namespace Experience.Web.Api;

/// <summary>
/// What staff do at the desk becomes an event of the person, written in the form that any source sends and read by the same reader.
/// It carries the person's own source and key, so it reaches the same stream, and an id from the client, so a retry counts once.
/// </summary>
internal static class ActionsApi
{
    private const int MaxActionId = 80;

    private static readonly Dictionary<string, (EventType Type, Action<Members, ActionRequest> Write)> Actions = new(StringComparer.Ordinal)
    {
        ["offered"] = (EventTypes.NeedOffered, Answer),
        ["accepted"] = (EventTypes.NeedAccepted, Answer),
        ["declined"] = (EventTypes.NeedDeclined, Answer),
        ["acknowledged"] = (EventTypes.RiskAcknowledged, Answer),
        ["complaintOpened"] = (EventTypes.ComplaintOpened, (m, a) => m
            .Text(Fields.Complaint, a.Complaint ?? "desk-" + a.Id).Text(Fields.Category, a.Category).Text(Fields.Department, a.Department).Flag(Fields.EasilyFixable, a.EasilyFixable)
            .Flag(Fields.Access, a.Access).Time(Fields.Due, a.Due).Text(Fields.Section, a.Section).Text(Fields.Channel, a.Channel).Text(Fields.Fault, a.Fault).Text(Fields.Title, a.Title).Text(Fields.Words, a.Words)),
        ["complaintUpdated"] = (EventTypes.ComplaintUpdated, (m, a) => m.Text(Fields.Complaint, a.Complaint).Time(Fields.Due, a.Due).Text(Fields.Department, a.Department).Text(Fields.Words, a.Words)),
        ["complaintResolved"] = (EventTypes.ComplaintResolved, (m, a) => m.Text(Fields.Complaint, a.Complaint).Text(Fields.Words, a.Words)),
        ["promiseMade"] = (EventTypes.PromiseMade, (m, a) => m.Text(Fields.Promise, a.Promise ?? "desk-" + a.Id).Time(Fields.Due, a.Due).Text(Fields.Title, a.Title).Text(Fields.Section, a.Section).Text(Fields.Words, a.Words)),
        ["promiseKept"] = (EventTypes.PromiseKept, (m, a) => m.Text(Fields.Promise, a.Promise)),
        ["promiseBroken"] = (EventTypes.PromiseBroken, (m, a) => m.Text(Fields.Promise, a.Promise).Text(Fields.Reason, a.Reason)),
        ["delight"] = (EventTypes.DelightGiven, (m, a) => m.Text(Fields.Title, a.Title).Text(Fields.Words, a.Words)),
        ["consentGranted"] = (EventTypes.ConsentGranted, Consent),
        ["consentRevoked"] = (EventTypes.ConsentRevoked, Consent),
        ["contactAllowed"] = (EventTypes.ContactAllowed, Consent),
        ["contactRefused"] = (EventTypes.ContactRefused, Consent),
        ["note"] = (EventTypes.NoteAdded, (m, a) => m.Text(Fields.Words, a.Words)),
        ["thanks"] = (EventTypes.KudosGiven, (m, a) => m.Text(Fields.Title, a.Title).Text(Fields.Words, a.Words)),
        ["refundRequested"] = (EventTypes.RefundRequested, (m, a) => m
            .Text(Fields.Section, a.Section).Text(Fields.Registration, a.Registration).Number(Fields.Amount, a.Amount).Text(Fields.Reason, a.Reason).Text(Fields.Fault, a.Fault)
            .Text(Fields.Channel, a.Channel).Text(Fields.Transaction, a.Transaction).Text(Fields.Words, a.Words)),
        ["transfer"] = (EventTypes.RegistrationTransferred, (m, a) => m.Text(Fields.Section, a.Section).Text(Fields.ToSection, a.ToSection).Text(Fields.Registration, a.Registration).Text(Fields.Reason, a.Reason)),
        ["transactionOpened"] = (EventTypes.TransactionOpened, (m, a) => m
            .Text(Fields.Transaction, a.Transaction ?? "desk-" + a.Id).Text(Fields.Kind, a.Kind).Text(Fields.Section, a.Section).Text(Fields.Registration, a.Registration).Text(Fields.Channel, a.Channel)),
        ["transactionClosed"] = (EventTypes.TransactionClosed, (m, a) => m.Text(Fields.Transaction, a.Transaction).Text(Fields.Kind, a.Kind).Text(Fields.Outcome, a.Outcome).Text(Fields.Channel, a.Channel)),
    };

    public static void MapActions(this IEndpointRouteBuilder routes) =>
        routes.MapGroup("/v1/participants").WithTags("Staff").ForThisComputer().MapPost("/{id}/actions", PostAsync)
            .WithName("postAction").WithSummary("What staff did for a person: answers to needs and flags, complaints, promises, notes, refunds, transfers.")
            .Accepts<ActionRequest>("application/json").Produces<ActionReceipt>();

    private static void Consent(Members members, ActionRequest action) => members.Text(Fields.Purpose, action.Purpose).Text(Fields.Channel, action.Channel);

    private static void Answer(Members members, ActionRequest action) =>
        members.Text(Fields.Rule, action.Rule).Text(Fields.Cause, action.Cause).Text(Fields.Channel, action.Channel).Text(Fields.Transaction, action.Transaction);

    private static async Task<IResult> PostAsync(string id, ActionRequest action, HttpContext context, EngineHost host, ServeOptions options)
    {
        if (string.IsNullOrWhiteSpace(action.Id) || action.Id.Length > MaxActionId) return Problems.Field("id", "is not an id", $"1 to {MaxActionId} characters, made by the client once for each action");
        if (action.Action is null || !Actions.TryGetValue(action.Action, out var kind)) return Problems.Field("action", "is not an action", string.Join(", ", Actions.Keys));
        var engine = host.Engine;
        var access = context.AccessFor("desk");
        var card = await engine.CardAsync(id, access, context.RequestAborted);
        if (card is null || card.Person.Keys.Count == 0) return Problems.NotFound("There is no such person.");
        var key = card.Person.Keys[0];
        var eventId = "desk:" + action.Id;
        var json = Write(kind, action, key, eventId, context.Staff(), context.Desk());

        // A history that was imported stays history: what staff do now must not make its source a live one.
        var reader = new EventReader(new SenderRules(null, TimeZoneInfo.Utc, History: card.History));
        var facts = new List<Fact>(2);
        var now = (options.Time.GetUtcNow().Ticks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;
        if (reader.Read(json.Span, now, facts) is { } refusal)
        {
            var field = refusal.Field.StartsWith("data.", StringComparison.Ordinal) ? refusal.Field[5..] : refusal.Field;
            return Problems.Field(field == Fields.Words.Name ? "words" : field, refusal.Reason, refusal.Accepted);
        }

        var receipt = await EventRecorder.RecordAsync(engine, facts, access, options.Time, context.RequestAborted);
        return EventRecorder.Combine(receipt.Outcomes, 0, facts.Count) switch
        {
            RecordOutcome.Refused => Problems.Of(StatusCodes.Status409Conflict, "It could not be recorded.", "The person's data were erased."),
            var outcome => TypedResults.Json(
                new ActionReceipt(
                    outcome == RecordOutcome.Accepted ? EventOutcome.Accepted : EventOutcome.Duplicate,
                    facts[0].Id.ToString("x32"),
                    kind.Type == EventTypes.ComplaintOpened ? action.Complaint ?? "desk-" + action.Id : action.Complaint,
                    kind.Type == EventTypes.PromiseMade ? action.Promise ?? "desk-" + action.Id : action.Promise),
                Json.Options),
        };
    }

    private static ReadOnlyMemory<byte> Write((EventType Type, Action<Members, ActionRequest> Write) kind, ActionRequest action, SourceKey key, string eventId, string? staff, string? desk)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("specversion", "1.0");
            json.WriteString("id", eventId);
            json.WriteString("source", key.Source);
            json.WriteString("type", kind.Type.Name);
            json.WriteString("subject", key.Key);
            json.WriteStartObject("data");
            var members = new Members(json, kind.Type);
            kind.Write(members, action);
            // Thanks go to the member of staff who is named; everything else was done by who acts.
            if (kind.Type == EventTypes.KudosGiven) members.Text(Fields.Staff, action.Staff).Text(Fields.From, key.Key);
            else members.Text(Fields.Staff, staff);
            members.Text(Fields.Desk, desk);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }

    /// <summary>Writes the data of one type: a field that the type does not have is left out, as is what is null.</summary>
    private sealed class Members(Utf8JsonWriter json, EventType type)
    {
        public Members Text(Field field, string? value)
        {
            if (Has(field) && !string.IsNullOrEmpty(value)) json.WriteString(field.Name, value);
            return this;
        }

        public Members Flag(Field field, bool? value)
        {
            if (Has(field) && value is { } set) json.WriteBoolean(field.Name, set);
            return this;
        }

        public Members Number(Field field, long? value)
        {
            if (Has(field) && value is { } set) json.WriteNumber(field.Name, set);
            return this;
        }

        public Members Time(Field field, long? milliseconds)
        {
            // Out of DateTimeOffset's range is out of any calendar: the reader then says that the field is missing or wrong.
            if (Has(field) && milliseconds is > -62_135_596_800_000 and < 253_402_300_800_000) json.WriteString(field.Name, DateTimeOffset.FromUnixTimeMilliseconds(milliseconds.Value).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'"));
            return this;
        }

        private bool Has(Field field) => type.Fields.Any(f => f.Field == field);
    }
}
