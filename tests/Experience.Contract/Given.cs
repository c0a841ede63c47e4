using Experience.Domain.Events;

namespace Experience.Contract;

/// <summary>Facts in the words of a registration system.</summary>
public static class Given
{
    public const string Source = "/registrar";

    public static long Micros(this DateTimeOffset at) => (at.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks) / TimeSpan.TicksPerMicrosecond;

    public static FactBuilder Of(EventType type, string who, string id, DateTimeOffset at, bool live = false) =>
        new(type, Source, id, who, at.Micros()) { Live = live };

    public static Fact Person(string who, DateTimeOffset at, string given = "Maria", string family = "Delgado", string? email = null, string? phone = null) =>
        Of(EventTypes.ParticipantIdentified, who, $"{who}-is", at)
            .Set(Fields.GivenName, given).Set(Fields.FamilyName, family).Set(Fields.Email, email).Set(Fields.Phone, phone).Build();

    public static Fact Payment(string who, string id, DateTimeOffset at, long cents, bool live = false) =>
        Of(EventTypes.PaymentReceived, who, id, at, live).Set(Fields.Amount, cents).Build();

    public static Fact Registration(string who, string id, DateTimeOffset at, string section, long cents = 19_000, bool live = false) =>
        Of(EventTypes.RegistrationConfirmed, who, id, at, live)
            .Set(Fields.Section, section).Set(Fields.Registration, $"reg-{id}").Set(Fields.Course, "excel").Set(Fields.Amount, cents).Build();

    public static Fact Rating(string who, string id, DateTimeOffset at, int hundredths, bool live = true) =>
        Of(EventTypes.FeedbackSubmitted, who, id, at, live)
            .Set(Fields.Survey, "transactional").Set(Fields.Service, hundredths).Set(Fields.Desk, "Main").Build();

    public static Fact Complaint(string who, string id, DateTimeOffset at, bool live = true) =>
        Of(EventTypes.ComplaintOpened, who, id, at, live)
            .Set(Fields.Complaint, $"c-{id}").Set(Fields.Category, "Log-in").Set(Fields.Title, "Cannot log in").Build();

    public static Fact Void(string who, string id, DateTimeOffset at, string target) =>
        Of(EventTypes.EventVoided, who, id, at).Set(Fields.TargetId, target).Build();

    public static Fact Section(string section, DateTimeOffset at, DateTimeOffset starts) =>
        new FactBuilder(EventTypes.SectionPublished, Source, $"{section}-published", "", at.Micros())
            .Set(Fields.Section, section).Set(Fields.Course, "excel").Set(Fields.Title, "Excel, evenings").Set(Fields.Term, "2026-spring")
            .Set(Fields.Starts, DateOnly.FromDateTime(starts.UtcDateTime).DayNumber - DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber)
            .Set(Fields.Capacity, 16L).Set(Fields.Fee, 19_000L).Build();
}
