using Experience.Domain.Events;
using Experience.Sample.Planning;

namespace Experience.Sample.Telling;

/// <summary>Builds the facts of people and their registrations, for the history and for the live stream alike.</summary>
internal static class RegistrationFacts
{
    private const string Source = SampleOptions.Source;

    public static Fact Identified(PersonPlan person, long time)
    {
        var builder = new FactBuilder(EventTypes.ParticipantIdentified, Source, $"{person.Key}-identified", person.Key, time)
            .Set(Fields.GivenName, person.Given).Set(Fields.FamilyName, person.Family).Set(Fields.PreferredName, person.Preferred)
            .Set(Fields.Email, person.Email).Set(Fields.Phone, person.Phone).Set(Fields.PostalCode, person.PostalCode)
            .Set(Fields.BirthDate, WallClock.Number(person.Born));
        return builder.Build();
    }

    /// <param name="payer">Tell it from the side of the one who pays for another.</param>
    public static Fact Confirmed(RegistrationPlan registration, long time, bool payer, bool live = false)
    {
        var section = registration.Section;
        var builder = Sided(EventTypes.RegistrationConfirmed, registration, $"{registration.Key}-confirmed", time, payer)
            .Set(Fields.Section, section.Key).Set(Fields.Registration, registration.Key).Set(Fields.Course, section.Course.Key)
            .Set(Fields.Term, section.Term.Key).Set(Fields.Program, section.Course.Program).Set(Fields.Amount, section.Course.Fee)
            .Set(Fields.Staff, registration.Staff).Set(Fields.Desk, registration.Desk).Set(Fields.Channel, registration.Channel);
        builder.Live = live;
        return builder.Build();
    }

    public static Fact Paid(RegistrationPlan registration, long time, bool payer, bool live = false)
    {
        var section = registration.Section;
        var builder = Sided(EventTypes.PaymentReceived, registration, $"{registration.Key}-paid", time, payer)
            .Set(Fields.Amount, section.Course.Fee).Set(Fields.Payment, registration.Contract ? $"PO-{section.Term.Key}-{registration.Person.Organisation}" : $"pay-{registration.Key}")
            .Set(Fields.Section, section.Key).Set(Fields.Registration, registration.Key).Set(Fields.Course, section.Course.Key).Set(Fields.Program, section.Course.Program)
            .Set(Fields.Staff, registration.Staff).Set(Fields.Desk, registration.Desk).Set(Fields.Channel, registration.Channel);
        builder.Live = live;
        return builder.Build();
    }

    public static Fact Attended(RegistrationPlan registration, SectionPlan section, int meeting, string presence, long time, bool live = false)
    {
        var builder = new FactBuilder(EventTypes.AttendanceRecorded, Source, $"{registration.Key}-meeting-{meeting + 1}", registration.Person.Key, time)
            .Set(Fields.Section, section.Key).Set(Fields.Registration, registration.Key).Set(Fields.Meeting, section.Meetings[meeting]).Set(Fields.Presence, presence);
        builder.Live = live;
        return builder.Build();
    }

    public static Fact Active(RegistrationPlan registration, SectionPlan section, string id, string activity, int count, long time, bool live = false)
    {
        var builder = new FactBuilder(EventTypes.ActivityRecorded, Source, id, registration.Person.Key, time)
            .Set(Fields.Section, section.Key).Set(Fields.Activity, activity).Set(Fields.Count, count);
        builder.Live = live;
        return builder.Build();
    }

    public static Fact Completed(RegistrationPlan registration, SectionPlan section, long time) =>
        new FactBuilder(EventTypes.SectionCompleted, Source, $"{registration.Key}-completed", registration.Person.Key, time)
            .Set(Fields.Section, section.Key).Set(Fields.Registration, registration.Key).Set(Fields.Course, section.Course.Key).Set(Fields.Passed, true).Build();

    /// <summary>Starts a fact that a guardian or an organisation may pay for.</summary>
    private static FactBuilder Sided(EventType type, RegistrationPlan registration, string id, long time, bool payer)
    {
        var person = registration.Person;
        if (payer) return new FactBuilder(type, Source, id + Teller.MirrorSuffix, person.Guardian!.Key, time).Set(Fields.Beneficiary, person.Key);
        var builder = new FactBuilder(type, Source, id, person.Key, time).Set(Fields.Payer, person.Guardian?.Key);
        return registration.Contract ? builder.Set(Fields.PayerOrganisation, person.Organisation) : builder;
    }
}
