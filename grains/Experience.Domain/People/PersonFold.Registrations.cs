using Experience.Domain.Events;

namespace Experience.Domain.People;

/// <summary>Places in sections: confirmed, moved, ended; attendance; waiting lists.</summary>
public static partial class PersonFold
{
    /// <summary>What a late fact may know of the registration that it names.</summary>
    private enum Found
    {
        /// <summary>There was none then, nor is there now.</summary>
        None,

        /// <summary>There is none now in a full list; if there was one then, it has left since, and took with it what the fact says of it.</summary>
        Gone,

        /// <summary>It is the one that was meant then, and existed.</summary>
        Known,

        /// <summary>Only a refold can tell.</summary>
        Unclear,
    }

    /// <summary>
    /// The registration that a fact means: the one of its key; without a match, or without a key, the newest in its section (of those
    /// without a key of their own, when the fact has one).
    /// </summary>
    private static Registration? Find(PersonState state, ulong key, ulong section)
    {
        var index = IndexOf(state, key, section);
        return index < 0 ? null : state.Registrations[index];
    }

    private static int IndexOf(PersonState state, ulong key, ulong section)
    {
        var list = state.Registrations;
        if (key != 0)
        {
            for (var i = list.Count - 1; i >= 0; i--)
            {
                if (list[i].Key == key) return i;
            }
        }

        if (section == 0) return -1;
        for (var i = list.Count - 1; i >= 0; i--)
        {
            if (list[i].Section == section && (key == 0 || list[i].Key == section)) return i;
        }

        return -1;
    }

    /// <summary>
    /// The same for a late fact. Identities change only where <see cref="PersonState.RegistrationsMovedAt"/> says so; otherwise entries are only
    /// added, at the end, and leave a full list only from its start. So after the last move the entries of then, the oldest perhaps left out, are the first of those of
    /// now, and the newest match of now, where it existed then, was the newest match then too. Only a match by section, where one by key would
    /// have come first, may be that of an entry of then that has left.
    /// </summary>
    private static Found FindLate(PersonState state, ulong key, ulong section, long time, out Registration? registration)
    {
        registration = Find(state, key, section);
        if (key == 0 && section == 0) return Found.None;
        if (time <= state.RegistrationsMovedAt) return Found.Unclear;
        var full = state.Registrations.Count == PersonState.MaxRegistrations;
        if (registration is null) return full ? Found.Gone : Found.None;
        if (full && key != 0 && registration.Key != key) return Found.Unclear;
        return time > registration.ConfirmedAt ? Found.Known : Found.Unclear;
    }

    private static bool Confirmed(PersonState state, in FactView fact, CivilZone zone, bool late)
    {
        var personal = new FieldCursor(fact.Personal);
        var paidByOther = personal.Has(Fields.Payer);
        var c = new FieldCursor(fact.Clear);
        if (personal.Has(Fields.Beneficiary))
        {
            // The payer's copy: a purchase and a date, no seat.
            var payerOrganisation = c.Hash(Fields.PayerOrganisation);
            if (late && payerOrganisation == 0 && !CanPurchase(state.Purchases, zone.Day(fact.Time))) return false;
            state.LastForOthersAt = Math.Max(state.LastForOthersAt, fact.Time);
            if (payerOrganisation == 0) Purchase(state.Purchases, zone.Day(fact.Time), quantity: 1);
            return true;
        }

        var section = c.Hash(Fields.Section);
        var course = c.Hash(Fields.Course);
        var term = c.Hash(Fields.Term);
        var program = c.Hash(Fields.Program);
        var key = c.Hash(Fields.Registration);
        var organisation = c.Hash(Fields.PayerOrganisation);
        var fee = c.Number(Fields.Amount);
        if (late)
        {
            return FindLate(state, key, section, fact.Time, out var known) == Found.Known && Repeats(state, known!, fact.Time, key, section)
                && Says(known!.Course, course) && Says(known.Term, term) && Says(known.Program, program) && (fee == 0 || fee == known.Fee)
                && organisation == 0 && (!paidByOther || known.PaidByOther);
        }

        var registration = Place(state, key, section, fact.Time, out var isNew);
        if (course != 0) registration.Course = course;
        if (term != 0) registration.Term = term;
        if (program != 0) registration.Program = program;
        if (fee != 0) registration.Fee = fee;
        if (organisation != 0) registration.PayerOrganisation = organisation;
        registration.PaidByOther |= paidByOther;
        TakeUp(state, registration);
        EndWait(state, section, fact.Time);
        if (organisation != 0)
        {
            state.Money.LatestPayerOrganisation = organisation;
            state.Money.LatestPaymentAt = fact.Time;
        }

        if (!isNew) return true;
        state.RegistrationsConfirmed++;
        if (!registration.PaidByOther && registration.PayerOrganisation == 0) Purchase(state.Purchases, zone.Day(fact.Time), quantity: 1);
        return true;
    }

    /// <summary>
    /// Whether a late confirmation says again what held then and holds now, so that it changes nothing: the same place was confirmed, no move of
    /// places has ever made money match late (<see cref="TakeUp"/>), and nobody waited for the section.
    /// </summary>
    private static bool Repeats(PersonState state, Registration known, long time, ulong key, ulong section)
    {
        if (known.Section != section || key != 0 && known.Key != key || state.RegistrationsMovedAt != 0) return false;
        if (known.Status is not (RegistrationStatus.Confirmed or RegistrationStatus.Completed) || time <= known.StatusAt) return false;
        return state.Waits.Count < PersonState.MaxWaits && !state.Waits.Exists(w => w.Section == section);
    }

    // What is said last counts, and what is not said changes nothing: the value of now, said earlier, changes nothing either.
    private static bool Says(ulong now, ulong said) => said == 0 || said == now;

    /// <summary>
    /// The entry that a confirmation is about. A person holds one place in a section at a time, so a confirmation in a section where a place
    /// is confirmed already is that place, under whatever key; one for an ended place takes it up again.
    /// </summary>
    private static Registration Place(PersonState state, ulong key, ulong section, long time, out bool isNew)
    {
        var list = state.Registrations;
        var index = IndexOf(state, key, section);
        if (index < 0) index = ConfirmedIn(list, section);
        if (index < 0)
        {
            if (list.Count == PersonState.MaxRegistrations) state.RemoveRegistration(0);
            var added = state.AddRegistration();
            added.Key = key != 0 ? key : section;
            added.Section = section;
            added.ConfirmedAt = added.StatusAt = time;
            isNew = true;
            return added;
        }

        var registration = list[index];
        isNew = registration.Status is not (RegistrationStatus.Confirmed or RegistrationStatus.Completed);
        // The same place said again is no move: it is found as before, and counts what it counted.
        if (isNew || key != 0 && registration.Key != key || registration.Section != section) state.RegistrationsMovedAt = time;
        if (key != 0) registration.Key = key;
        registration.Section = section;
        if (!isNew) return registration;
        registration.Status = RegistrationStatus.Confirmed;
        registration.ConfirmedAt = registration.StatusAt = time;
        // What was refunded belongs to the first time.
        registration.Paid -= registration.Refunded;
        registration.Refunded = 0;
        registration.RefundAskedAt = 0;
        registration.OurFault = false;
        list.RemoveAt(index);
        list.Add(registration);
        return registration;
    }

    private static int ConfirmedIn(List<Registration> list, ulong section)
    {
        for (var i = list.Count - 1; i >= 0; i--)
        {
            if (list[i].Section == section && list[i].Status == RegistrationStatus.Confirmed) return i;
        }

        return -1;
    }

    /// <summary>Money that came before the confirmation, often with the very same time.</summary>
    private static void TakeUp(PersonState state, Registration registration)
    {
        for (var i = 0; i < state.Unplaced.Count; i++)
        {
            var money = state.Unplaced[i];
            var same = money.Registration != 0 && money.Registration == registration.Key
                || money.Section == registration.Section && (money.Registration == 0 || registration.Key == registration.Section);
            if (!same) continue;
            registration.Paid += money.Paid;
            registration.Refunded += money.Refunded;
            registration.PaidByOther |= money.PaidByOther;
            if (registration.PayerOrganisation == 0) registration.PayerOrganisation = money.PayerOrganisation;
            state.Unplaced.RemoveAt(i--);
        }
    }

    /// <summary>Cancelled, dropped, withdrawn, completed: the newest word on a place counts. Without a place it says nothing.</summary>
    private static bool StatusSet(PersonState state, in FactView fact, RegistrationStatus status, bool late)
    {
        var personal = new FieldCursor(fact.Personal);
        if (personal.Has(Fields.Beneficiary)) return true;
        var c = new FieldCursor(fact.Clear);
        var section = c.Hash(Fields.Section);
        var key = c.Hash(Fields.Registration);
        Registration? registration;
        if (late)
        {
            var found = FindLate(state, key, section, fact.Time, out registration);
            if (found == Found.Unclear) return false;
            // A place that had ended is taken up by the next confirmation, which found it confirmed without this fact: whether there was one is not kept.
            if (status != RegistrationStatus.Completed && found is Found.Known or Found.Gone) return false;
            if (found == Found.Known && fact.Time == registration!.StatusAt) return false;
            if (found == Found.Known && fact.Time < registration!.StatusAt) return true;
        }
        else
        {
            registration = Find(state, key, section);
        }

        if (registration is null) return true;
        registration.Status = status;
        registration.StatusAt = fact.Time;
        return true;
    }

    /// <summary>
    /// The place moves to another section and is confirmed there; money goes with it. Where the other section was confirmed on its own
    /// before, the old place ends as transferred and its money goes to the new one.
    /// </summary>
    private static bool Transferred(PersonState state, in FactView fact)
    {
        var personal = new FieldCursor(fact.Personal);
        if (personal.Has(Fields.Beneficiary)) return true;
        var c = new FieldCursor(fact.Clear);
        var section = c.Hash(Fields.Section);
        var key = c.Hash(Fields.Registration);
        var toSection = c.Hash(Fields.ToSection);
        if (toSection == section || Find(state, key, section) is not { } registration) return true;
        state.RegistrationsMovedAt = fact.Time;
        var there = ConfirmedIn(state.Registrations, toSection);
        if (there >= 0 && state.Registrations[there] != registration)
        {
            var target = state.Registrations[there];
            target.Paid += registration.Paid;
            target.Refunded += registration.Refunded;
            registration.Paid = registration.Refunded = 0;
            registration.Status = RegistrationStatus.Transferred;
            registration.StatusAt = fact.Time;
            return true;
        }

        if (registration.Key == registration.Section) registration.Key = toSection;
        registration.Section = toSection;
        registration.Status = RegistrationStatus.Confirmed;
        registration.StatusAt = fact.Time;
        // Meetings, and what was said of them, were the other section's.
        registration.Present = registration.Absent = registration.AbsentRunning = registration.Rating = 0;
        registration.LastMeetingAt = registration.RatingAt = 0;
        EndWait(state, toSection, fact.Time);
        return true;
    }

    /// <summary>
    /// Absences running are those up to the newest meeting, so a meeting older than the newest counted one changes the counters only. An
    /// excused absence neither breaks a run nor makes one longer.
    /// </summary>
    private static bool Attendance(PersonState state, in FactView fact, bool late)
    {
        var c = new FieldCursor(fact.Clear);
        var section = c.Hash(Fields.Section);
        var key = c.Hash(Fields.Registration);
        var meeting = Instant(c.Number(Fields.Meeting, fact.Time));
        var presence = c.Number(Fields.Presence);
        if (presence is not (Present or Absent)) return true;
        Registration? registration;
        if (late)
        {
            var found = FindLate(state, key, section, fact.Time, out registration);
            if (found == Found.Unclear) return false;
            if (found == Found.Known && !CanAttend(registration!, meeting, presence)) return false;
        }
        else
        {
            registration = Find(state, key, section);
        }

        if (registration is null) return true;
        if (presence == Present) registration.Present++;
        else registration.Absent++;
        if (registration.LastMeetingAt != 0 && meeting < registration.LastMeetingAt) return true;
        registration.LastMeetingAt = meeting;
        registration.AbsentRunning = presence == Present ? 0 : registration.AbsentRunning + 1;
        return true;
    }

    /// <summary>
    /// Whether a late meeting gives what a refold would. <see cref="Registration.LastMeetingAt"/> is the newest of all meetings, so one that is newer still would have
    /// been counted last in any order: attended, it ends the run. With nobody missing up to the newest meeting, that was attended: whatever was known of an
    /// older one by then, it ended there; and the newest one, attended once more, leaves it so.
    /// </summary>
    private static bool CanAttend(Registration registration, long meeting, long presence)
    {
        if (meeting <= 0) return false;
        if (presence == Present && meeting > registration.LastMeetingAt) return true;
        return registration.AbsentRunning == 0 && (meeting < registration.LastMeetingAt || presence == Present && meeting == registration.LastMeetingAt);
    }

    // Places in Fields.Presence.Codes; 2 is excused.
    private const long Present = 0;
    private const long Absent = 1;

    private static bool WaitJoined(PersonState state, in FactView fact)
    {
        var c = new FieldCursor(fact.Clear);
        var section = c.Hash(Fields.Section);
        var course = c.Hash(Fields.Course);
        var place = (int)c.Number(Fields.Place);
        var wait = OpenWait(state, section);
        if (wait is null)
        {
            if (state.Waits.Count == PersonState.MaxWaits) state.RemoveWait(Math.Max(0, state.Waits.FindIndex(static w => w.EndedAt != 0)));
            wait = state.AddWait();
            wait.Section = section;
            wait.Since = fact.Time;
        }

        if (course != 0) wait.Course = course;
        if (place != 0) wait.Place = place;
        return true;
    }

    private static bool WaitOffered(PersonState state, in FactView fact)
    {
        if (OpenWait(state, new FieldCursor(fact.Clear).Hash(Fields.Section)) is { } wait) wait.OfferedAt = fact.Time;
        return true;
    }

    private static bool WaitExpired(PersonState state, in FactView fact)
    {
        EndWait(state, new FieldCursor(fact.Clear).Hash(Fields.Section), fact.Time);
        return true;
    }

    private static Wait? OpenWait(PersonState state, ulong section) => state.Waits.Find(w => w.Section == section && w.EndedAt == 0);

    private static void EndWait(PersonState state, ulong section, long time)
    {
        if (state.Waits.Count > 0 && OpenWait(state, section) is { } wait) wait.EndedAt = time;
    }
}
