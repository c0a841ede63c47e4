using System.Runtime.InteropServices;
using Experience.Domain.Events;

namespace Experience.Domain.People;

/// <summary>
/// Folds the facts of one person into the person's state. The state is a function of the set of facts, voided ones left out: whoever
/// folds applies newer facts in order, and older ones late where that is provably the same as folding everything again.
/// </summary>
/// <remarks>
/// Each handler serves both: with <c>late</c> it first decides whether the fact commutes with everything newer that may have been
/// folded, and answers false, having changed nothing, where it does not. What commutes: sums; registers that keep the newest, when the
/// two times differ; logs in order of time; counters of an entry that existed then and that no newer fact has turned into another one
/// (<see cref="PersonState.RegistrationsMovedAt"/>). Times that a state keeps without their tie are compared strictly: on
/// equal times the answer is false.
/// </remarks>
public static partial class PersonFold
{
    private static readonly bool[] PersonalTypes = [.. Enumerable.Range(0, 256).Select(code => EventTypes.Of((byte)code)).Select(type =>
        type == EventTypes.ParticipantIdentified || type == EventTypes.FeedbackSubmitted || type.Fields.Any(use => use.Field.Kind == FieldKind.Person))];

    /// <summary>Folds a fact that is newer than all that were folded (<see cref="PersonState.Last"/>). An older one throws.</summary>
    public static void Apply(PersonState state, in FactView fact, CivilZone zone)
    {
        if (!Folds(fact.Type)) return;
        var stamp = fact.Stamp;
        // Equal stamps are let through: somebody who can compute 2^32 hashes can make two, and must not be able to stop a shard with them. They are folded
        // in the order in which the caller sorts, by id.
        if (state.Facts > 0 && stamp < state.Last) throw new InvalidOperationException("A fact was folded out of order.");
        Fold(state, fact, zone, late: false);
        if (state.Facts++ == 0) state.FirstAt = fact.Time;
        state.Last = stamp;
    }

    /// <summary>
    /// Folds a fact that is older than the newest one, if the result is that of folding all facts in order; otherwise changes nothing and
    /// answers false.
    /// </summary>
    public static bool TryApplyLate(PersonState state, in FactView fact, CivilZone zone)
    {
        if (!Folds(fact.Type)) return true;
        var stamp = fact.Stamp;
        // Equal stamps have no order to fold in. A time up to 1970 cannot be told from "never" (0) in a register of times.
        if (state.Facts == 0 || stamp >= state.Last || fact.Time <= 0) return false;
        if (!Fold(state, fact, zone, late: true)) return false;
        state.Facts++;
        state.FirstAt = Math.Min(state.FirstAt, fact.Time);
        return true;
    }

    /// <summary>
    /// Whether facts of a type count in a person's state at all: observations are the engine's own words, and what joins streams says whose facts are
    /// folded, and is no fact about the person. So a person is the same whichever links made them one, and after an unmerge as if there had been none.
    /// </summary>
    public static bool Folds(EventType type) => type.Family != EventFamily.Observation && !Links(type);

    /// <summary>Whether a type says which streams are one person: see <see cref="Kinship"/>.</summary>
    public static bool Links(EventType type) => type == EventTypes.ParticipantMerged || type == EventTypes.ParticipantUnmerged;

    /// <summary>Whether a void can undo a fact of this type: a void stays, what was erased cannot come back, and a merge is undone by an unmerge.</summary>
    public static bool CanBeVoided(EventType type) => type != EventTypes.EventVoided && type != EventTypes.ParticipantErased && !Links(type);

    /// <summary>
    /// Whether folding a type reads personal fields: who the person is, who pays or is paid for, whether words were given. For
    /// every other type a folder need not unseal them, which costs ten times what folding does.
    /// </summary>
    public static bool ReadsPersonal(EventType type) => PersonalTypes[type.Code];

    /// <summary>
    /// True when it was folded. A type without a case of its own is only counted: its place is the journey (a comment),
    /// another stream, or the folder of facts itself (a void).
    /// </summary>
    private static bool Fold(PersonState state, in FactView fact, CivilZone zone, bool late) => fact.Type.Code switch
    {
        Code.ParticipantIdentified => !late && Identified(state, fact),
        Code.ParticipantErased => !late && Erased(state, fact),
        Code.HouseholdLinked => !late && Household(state, fact),
        Code.OrganisationLinked => !late && OrganisationLinked(state, fact),
        Code.ConsentGranted => !late && Consent(state, fact, granted: true),
        Code.ConsentRevoked => !late && Consent(state, fact, granted: false),
        Code.OrganisationContact => !late && OrganisationContact(state, fact),
        Code.ContactAllowed => !late && Contact(state, fact, allowed: true),
        Code.ContactRefused => !late && Contact(state, fact, allowed: false),
        Code.GoalStated => !late && GoalStated(state, fact),
        Code.PreferenceStated => !late && Preference(state, fact),
        Code.NoteAdded => Count(state, static s => s.Notes++),
        Code.InquiryReceived => Inquiry(state, fact, late),
        Code.SearchUnmatched => Search(state, fact, late),
        Code.ExpectationStated => Expectation(state, fact, late),
        Code.ElsewhereReported => Elsewhere(state, fact, late),
        Code.TransactionOpened => !late && Opened(state, fact),
        Code.TransactionClosed => Closed(state, fact, late),
        Code.RegistrationConfirmed => Confirmed(state, fact, zone, late),
        Code.RegistrationCancelled => StatusSet(state, fact, RegistrationStatus.CancelledByUs, late),
        Code.RegistrationDropped => StatusSet(state, fact, RegistrationStatus.Dropped, late),
        Code.RegistrationWithdrawn => StatusSet(state, fact, RegistrationStatus.Withdrawn, late),
        Code.RegistrationTransferred => !late && Transferred(state, fact),
        Code.WaitlistJoined => !late && WaitJoined(state, fact),
        Code.WaitlistOffered => !late && WaitOffered(state, fact),
        Code.WaitlistExpired => !late && WaitExpired(state, fact),
        Code.BalanceDue => Balance(state, fact, late),
        Code.PaymentReceived => Payment(state, fact, zone, late),
        Code.RefundRequested => RefundRequested(state, fact, late),
        Code.RefundIssued => RefundIssued(state, fact, zone, late),
        Code.CreditIssued => CreditIssued(state, fact),
        Code.CreditRedeemed => CreditRedeemed(state, fact, late),
        Code.AttendanceRecorded => Attendance(state, fact, late),
        Code.ActivityRecorded => Activity(state, fact, late),
        Code.AssessmentGraded => Graded(state, fact, late),
        Code.ContactHoursEarned => ContactHours(state, fact, late),
        Code.SectionCompleted => StatusSet(state, fact, RegistrationStatus.Completed, late),
        Code.CertificateProgressed => !late && Progressed(state, fact),
        Code.CertificateAwarded => !late && Awarded(state, fact),
        Code.CredentialExpiring => !late && Expiring(state, fact),
        Code.CertificatePlanned => !late && Planned(state, fact),
        Code.FeedbackSubmitted => Feedback(state, fact, late),
        Code.ComplaintOpened => !late && ComplaintOpened(state, fact),
        Code.ComplaintUpdated => !late && ComplaintUpdated(state, fact),
        Code.ComplaintResolved => !late && ComplaintResolved(state, fact),
        Code.PromiseMade => !late && PromiseMade(state, fact),
        Code.PromiseKept => !late && PromiseKept(state, fact),
        Code.PromiseBroken => !late && PromiseBroken(state, fact),
        Code.DelightGiven => Delight(state, fact),
        Code.ReferralMade => Count(state, static s => s.Referrals++),
        Code.NeedOffered => Replied(state, fact, ReplyKind.Offered, late),
        Code.NeedAccepted => Replied(state, fact, ReplyKind.Accepted, late),
        Code.NeedDeclined => Replied(state, fact, ReplyKind.Declined, late),
        Code.RiskAcknowledged => Replied(state, fact, ReplyKind.Acknowledged, late),
        _ => true,
    };

    private static bool Count(PersonState state, Action<PersonState> count)
    {
        count(state);
        return true;
    }

    /// <summary>
    /// Adds to a log in order of time, of which the newest <paramref name="cap"/> stay. A late entry goes where it would have stood; where it
    /// meets an equal time its place is unknown, see <see cref="CanLog"/>.
    /// </summary>
    private static void Log<T>(List<T> log, in T entry, int cap)
        where T : struct, IDated
    {
        var index = log.Count;
        while (index > 0 && log[index - 1].At > entry.At) index--;
        if (log.Count == cap)
        {
            if (index == 0) return;
            log.RemoveAt(0);
            index--;
        }

        log.Insert(index, entry);
    }

    private static bool CanLog<T>(List<T> log, long at)
        where T : struct, IDated
    {
        foreach (ref var entry in CollectionsMarshal.AsSpan(log))
        {
            if (entry.At == at) return false;
        }

        return true;
    }

    /// <summary>A stated instant within what the stored form can hold: sources make mistakes, states must not.</summary>
    private static long Instant(long stated) => Math.Clamp(stated, EventLimits.MinTime, MaxInstant);

    // 9999-12-31
    private const long MaxInstant = 253_402_214_400_000_000;

    /// <summary>Codes as constants, for the switch; <see cref="EventTypes"/> defines them, and a test compares the two.</summary>
    internal static class Code
    {
        public const byte ParticipantIdentified = 1;
        public const byte ParticipantErased = 4;
        public const byte HouseholdLinked = 5;
        public const byte OrganisationLinked = 6;
        public const byte ConsentGranted = 7;
        public const byte ConsentRevoked = 8;
        public const byte GoalStated = 9;
        public const byte PreferenceStated = 10;
        public const byte NoteAdded = 11;
        public const byte OrganisationContact = 12;
        public const byte ContactAllowed = 13;
        public const byte ContactRefused = 14;
        public const byte InquiryReceived = 20;
        public const byte SearchUnmatched = 21;
        public const byte ExpectationStated = 22;
        public const byte ElsewhereReported = 23;
        public const byte TransactionOpened = 30;
        public const byte TransactionClosed = 31;
        public const byte RegistrationConfirmed = 32;
        public const byte RegistrationCancelled = 33;
        public const byte RegistrationDropped = 34;
        public const byte RegistrationWithdrawn = 35;
        public const byte RegistrationTransferred = 36;
        public const byte WaitlistJoined = 37;
        public const byte WaitlistOffered = 38;
        public const byte WaitlistExpired = 39;
        public const byte BalanceDue = 40;
        public const byte PaymentReceived = 41;
        public const byte RefundRequested = 42;
        public const byte RefundIssued = 43;
        public const byte CreditIssued = 44;
        public const byte CreditRedeemed = 45;
        public const byte AttendanceRecorded = 60;
        public const byte ActivityRecorded = 61;
        public const byte AssessmentGraded = 62;
        public const byte ContactHoursEarned = 63;
        public const byte SectionCompleted = 64;
        public const byte CertificateProgressed = 65;
        public const byte CertificateAwarded = 66;
        public const byte CredentialExpiring = 67;
        public const byte CertificatePlanned = 68;
        public const byte FeedbackSubmitted = 80;
        public const byte ComplaintOpened = 82;
        public const byte ComplaintUpdated = 83;
        public const byte ComplaintResolved = 84;
        public const byte PromiseMade = 85;
        public const byte PromiseKept = 86;
        public const byte PromiseBroken = 87;
        public const byte DelightGiven = 88;
        public const byte ReferralMade = 89;
        public const byte NeedOffered = 150;
        public const byte NeedAccepted = 151;
        public const byte NeedDeclined = 152;
        public const byte RiskAcknowledged = 153;
    }
}
