using Experience.Domain.Events;

namespace Experience.Domain.People;

/// <summary>Who the person is and wants, before the sale, at the desk, and what was learned.</summary>
public static partial class PersonFold
{
    /// <summary>Nothing personal stays, and nothing personal that is stated later is taken up: an old export must not bring somebody back.</summary>
    private static bool Erased(PersonState state, in FactView fact)
    {
        if (state.ErasedAt == 0) state.ErasedAt = fact.Time == 0 ? 1 : fact.Time;
        state.Profile.Forget();
        return true;
    }

    private static bool Identified(PersonState state, in FactView fact)
    {
        var profile = state.Profile;
        var organisation = new FieldCursor(fact.Clear).Hash(Fields.Organisation);
        if (organisation != 0) profile.Organisation = organisation;
        if (state.ErasedAt != 0) return true;
        var c = new FieldCursor(fact.Personal);
        if (c.Has(Fields.BirthDate)) profile.BirthDay = (int)c.Value;
        if (c.Text(Fields.GivenName) is { } given) profile.GivenName = given;
        if (c.Text(Fields.FamilyName) is { } family) profile.FamilyName = family;
        if (c.Text(Fields.PreferredName) is { } preferred) profile.PreferredName = preferred;
        if (c.Text(Fields.Email) is { } email) profile.Email = email;
        if (c.Text(Fields.Phone) is { } phone) profile.Phone = phone;
        if (c.Text(Fields.PostalCode) is { } postal) profile.PostalCode = postal;
        if (c.Text(Fields.Student) is { } student) profile.StudentId = student;
        return true;
    }

    /// <summary>The guardian's fact names the child, the child's copy the guardian.</summary>
    private static bool Household(PersonState state, in FactView fact)
    {
        if (state.ErasedAt != 0) return true;
        var c = new FieldCursor(fact.Personal);
        if (c.Text(Fields.Child) is { Length: > 0 } child) state.Profile.AddChild(child);
        if (c.Text(Fields.Guardian) is { Length: > 0 } guardian) state.Profile.AddGuardian(guardian);
        return true;
    }

    private static bool OrganisationLinked(PersonState state, in FactView fact)
    {
        state.Profile.Organisation = new FieldCursor(fact.Clear).Hash(Fields.Organisation);
        return true;
    }

    private static bool OrganisationContact(PersonState state, in FactView fact)
    {
        state.Profile.ContactFor = new FieldCursor(fact.Clear).Hash(Fields.Organisation);
        return true;
    }

    /// <summary>A word on a purpose as a whole replaces what was said of it channel by channel: the newest word counts.</summary>
    private static bool Consent(PersonState state, in FactView fact, bool granted)
    {
        var profile = state.Profile;
        var purpose = (int)Math.Clamp(new FieldCursor(fact.Clear).Number(Fields.Purpose), 0, MaxPurpose);
        profile.ConsentStated |= 1 << purpose;
        if (granted) profile.ConsentGranted |= 1 << purpose;
        else profile.ConsentGranted &= ~(1 << purpose);
        var channels = 0xffUL << (purpose * 8);
        profile.ContactStated &= ~channels;
        profile.ContactAllowed &= ~channels;
        return true;
    }

    /// <summary>A word on one channel, for the purpose that it names or for every one.</summary>
    private static bool Contact(PersonState state, in FactView fact, bool allowed)
    {
        var c = new FieldCursor(fact.Clear);
        var channel = (int)Math.Clamp(c.Number(Fields.Channel), 0, 7);
        var purpose = (int)Math.Clamp(c.Number(Fields.Purpose, -1), -1, MaxPurpose);
        for (var p = 0; p <= MaxPurpose; p++)
        {
            if (purpose >= 0 && p != purpose) continue;
            state.Profile.ContactStated |= Profile.ContactBit(p, channel);
            if (allowed) state.Profile.ContactAllowed |= Profile.ContactBit(p, channel);
            else state.Profile.ContactAllowed &= ~Profile.ContactBit(p, channel);
        }

        return true;
    }

    // Places for purposes in a profile's bits; the vocabulary has fewer.
    private const int MaxPurpose = 7;

    /// <summary>The newest plan counts; one without courses is given up.</summary>
    private static bool Planned(PersonState state, in FactView fact)
    {
        var plan = state.Plan;
        plan.Reset();
        var c = new FieldCursor(fact.Clear);
        var goal = c.Number(Fields.Goal, -1);
        var reader = new FieldReader(fact.Clear);
        while (reader.Next())
        {
            if (reader.Number == Fields.Certificate.Number) plan.Certificate = reader.Hash;
            else if (reader.Number == Fields.Document.Number && PlanDocument.TryRead(reader.Bytes, out var courses, out _))
            {
                foreach (var course in courses) plan.Courses.Add(SipHash.Name(course));
            }
        }

        if (plan.Courses.Count == 0) plan.Reset();
        else plan.PlannedAt = fact.Time;
        if (goal < 0) return true;
        state.Profile.Goal = (int)goal;
        state.Profile.GoalAt = fact.Time;
        return true;
    }

    private static bool GoalStated(PersonState state, in FactView fact)
    {
        state.Profile.Goal = (int)new FieldCursor(fact.Clear).Number(Fields.Goal, -1);
        state.Profile.GoalAt = fact.Time;
        return true;
    }

    private static bool Preference(PersonState state, in FactView fact)
    {
        var c = new FieldCursor(fact.Clear);
        if (c.Has(Fields.Channel)) state.Profile.PreferredChannel = (int)c.Value;
        if (c.Has(Fields.Mode)) state.Profile.PreferredMode = (int)c.Value;
        return true;
    }

    private static bool Inquiry(PersonState state, in FactView fact, bool late)
    {
        var c = new FieldCursor(fact.Clear);
        var course = c.Hash(Fields.Course);
        var program = c.Hash(Fields.Program);
        var topic = c.Hash(Fields.Topic);
        return AddTopic(state.Inquiries, topic != 0 ? topic : course != 0 ? course : program, fact.Time, PersonState.MaxInquiries, late);
    }

    private static bool Search(PersonState state, in FactView fact, bool late) =>
        AddTopic(state.UnmatchedSearches, new FieldCursor(fact.Clear).Hash(Fields.Topic), fact.Time, PersonState.MaxSearches, late);

    private static bool Expectation(PersonState state, in FactView fact, bool late)
    {
        var c = new FieldCursor(fact.Clear);
        var section = c.Hash(Fields.Section);
        var topic = c.Hash(Fields.Topic);
        return AddTopic(state.Expectations, topic != 0 ? topic : section, fact.Time, PersonState.MaxExpectations, late);
    }

    private static bool AddTopic(List<TopicAt> log, ulong topic, long at, int cap, bool late)
    {
        if (late && !CanLog(log, at)) return false;
        Log(log, new TopicAt(topic, at), cap);
        return true;
    }

    /// <summary>A report without a count speaks of one course.</summary>
    private static bool Elsewhere(PersonState state, in FactView fact, bool late)
    {
        if (late && !CanLog(state.Elsewhere, fact.Time)) return false;
        var c = new FieldCursor(fact.Clear);
        var topic = c.Hash(Fields.Topic);
        var provider = c.Hash(Fields.Provider);
        Log(state.Elsewhere, new ElsewhereReport(provider, topic, (int)c.Number(Fields.Count, 1), fact.Time), PersonState.MaxElsewhere);
        return true;
    }

    private static bool Opened(PersonState state, in FactView fact)
    {
        var c = new FieldCursor(fact.Clear);
        var section = c.Hash(Fields.Section);
        var key = c.Hash(Fields.Transaction);
        var staff = c.Hash(Fields.Staff);
        var desk = c.Hash(Fields.Desk);
        state.Transaction = new OpenTransaction(key, (int)c.Number(Fields.Kind, -1), section, staff, desk, fact.Time);
        return true;
    }

    /// <summary>
    /// Closes the open transaction if it is the one. Late, it can only matter to the one that is open now: whatever else it would have closed
    /// was closed or replaced since.
    /// </summary>
    private static bool Closed(PersonState state, in FactView fact, bool late)
    {
        if (state.Transaction is not { } open || open.Key != new FieldCursor(fact.Clear).Hash(Fields.Transaction)) return true;
        if (late && fact.Time == open.OpenedAt) return false;
        if (fact.Time > open.OpenedAt || !late) state.Transaction = null;
        return true;
    }

    private static bool Activity(PersonState state, in FactView fact, bool late)
    {
        var c = new FieldCursor(fact.Clear);
        if (!Studied(state, c.Hash(Fields.Section), fact.Time, late, out var registration)) return false;
        // At least one: a count beside the register below tells "never" from "in 1970".
        var count = (int)Math.Max(1, c.Number(Fields.Count, 1));
        state.LastActivityAt = state.Activities == 0 ? fact.Time : Math.Max(state.LastActivityAt, fact.Time);
        state.Activities += count;
        if (registration is null) return true;
        registration.LastActivityAt = registration.Activities == 0 ? fact.Time : Math.Max(registration.LastActivityAt, fact.Time);
        registration.Activities += count;
        return true;
    }

    private static bool Graded(PersonState state, in FactView fact, bool late)
    {
        var c = new FieldCursor(fact.Clear);
        if (!Studied(state, c.Hash(Fields.Section), fact.Time, late, out var registration)) return false;
        if (registration is null) return true;
        if (c.Has(Fields.Grade))
        {
            registration.Grades++;
            registration.GradeSum += c.Value;
        }

        if (c.Number(Fields.Passed, 1) == 0) registration.NotPassed++;
        return true;
    }

    /// <summary>The place that something done in a section belongs to, if there is one; false when only a refold can tell.</summary>
    private static bool Studied(PersonState state, ulong section, long time, bool late, out Registration? registration)
    {
        if (!late)
        {
            registration = Find(state, 0, section);
            return true;
        }

        return FindLate(state, 0, section, time, out registration) != Found.Unclear;
    }

    private static bool ContactHours(PersonState state, in FactView fact, bool late)
    {
        var c = new FieldCursor(fact.Clear);
        var credential = c.Hash(Fields.Credential);
        var hours = c.Number(Fields.Hours);
        if (credential != 0)
        {
            var known = state.Credentials.Find(x => x.Credential == credential);
            if (late && (known is null || state.Credentials.Count == PersonState.MaxCredentials || fact.Time <= known.StatedAt || known.StatedAt == 0)) return false;
            (known ?? AddCredential(state, credential)).HoursEarned += hours;
        }

        state.ContactHours += hours;
        return true;
    }

    /// <summary>A later day than the one known is a new period, whose hours start from what is stated with it, or from nothing.</summary>
    private static bool Expiring(PersonState state, in FactView fact)
    {
        var c = new FieldCursor(fact.Clear);
        var name = c.Hash(Fields.Credential);
        var credential = state.Credentials.Find(x => x.Credential == name) ?? AddCredential(state, name);
        var hours = c.Number(Fields.Hours, -1);
        var required = c.Number(Fields.HoursRequired, -1);
        var expires = (int)c.Number(Fields.Expires);
        var newPeriod = credential.ExpiresDay != CredentialExpiry.NotStated && expires > credential.ExpiresDay;
        if (hours >= 0) credential.HoursEarned = hours;
        else if (newPeriod) credential.HoursEarned = 0;
        if (required >= 0) credential.HoursRequired = required;
        credential.ExpiresDay = expires;
        credential.StatedAt = fact.Time;
        return true;
    }

    private static CredentialExpiry AddCredential(PersonState state, ulong name)
    {
        if (state.Credentials.Count == PersonState.MaxCredentials) state.RemoveCredential(0);
        var credential = state.AddCredential();
        credential.Credential = name;
        return credential;
    }

    /// <summary>The course names what is missing when exactly one is.</summary>
    private static bool Progressed(PersonState state, in FactView fact)
    {
        var c = new FieldCursor(fact.Clear);
        var course = c.Hash(Fields.Course);
        var certificate = CertificateOf(state, c.Hash(Fields.Certificate));
        certificate.Completed = (int)c.Number(Fields.Completed);
        certificate.Required = (int)c.Number(Fields.Required);
        certificate.ProgressedAt = fact.Time;
        certificate.NextCourse = certificate.Required - certificate.Completed == 1 ? course : 0;
        return true;
    }

    private static bool Awarded(PersonState state, in FactView fact)
    {
        var certificate = CertificateOf(state, new FieldCursor(fact.Clear).Hash(Fields.Certificate));
        certificate.AwardedAt = fact.Time;
        certificate.NextCourse = 0;
        return true;
    }

    private static CertificateProgress CertificateOf(PersonState state, ulong name)
    {
        var certificate = state.Certificates.Find(x => x.Certificate == name);
        if (certificate is not null) return certificate;
        if (state.Certificates.Count == PersonState.MaxCertificates) state.RemoveCertificate(0);
        certificate = state.AddCertificate();
        certificate.Certificate = name;
        return certificate;
    }
}
