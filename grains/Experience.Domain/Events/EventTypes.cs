using static Experience.Domain.Events.Fields;

namespace Experience.Domain.Events;

/// <summary>The vocabulary: every event type, once. Codes are stored: append only, never reuse.</summary>
public static class EventTypes
{
    private static readonly List<EventType> Defined = [];

    // Person
    public static readonly EventType ParticipantIdentified = Define(1, "participant.identified", EventFamily.Person, "Who the person is: names, ways to reach them, birth date.",
        [], [GivenName, FamilyName, PreferredName, Email, Phone, PostalCode, BirthDate, Student, Organisation], oneOf: [GivenName, FamilyName, PreferredName, Email, Phone, PostalCode, BirthDate, Student, Organisation]);
    public static readonly EventType ParticipantMerged = Define(2, "participant.merged", EventFamily.Person, "Two keys turned out to be one person.", [Other], [OtherSource, Reason, Staff], mirror: (Other, Other));
    public static readonly EventType ParticipantUnmerged = Define(3, "participant.unmerged", EventFamily.Person, "Two keys are two people: what undoes a merge, and says that there is none.", [Other], [OtherSource, Reason, Staff], mirror: (Other, Other));
    public static readonly EventType ParticipantErased = Define(4, "participant.erased", EventFamily.Person, "The person's data were erased.", [], [Reason, Staff]);
    public static readonly EventType HouseholdLinked = Define(5, "household.linked", EventFamily.Person, "The subject is the guardian of a child.", [Child], [], mirror: (Child, Guardian));
    public static readonly EventType OrganisationLinked = Define(6, "organisation.linked", EventFamily.Person, "The person works at, or comes through, an organisation.", [Organisation], [Words]);
    public static readonly EventType ConsentGranted = Define(7, "consent.granted", EventFamily.Person, "Consent was given for a purpose.", [Purpose], [Channel]);
    public static readonly EventType ConsentRevoked = Define(8, "consent.revoked", EventFamily.Person, "Consent was taken back.", [Purpose], [Channel]);
    public static readonly EventType GoalStated = Define(9, "goal.stated", EventFamily.Person, "What the person wants to reach.", [Goal], [Words, Certificate]);
    public static readonly EventType PreferenceStated = Define(10, "preference.stated", EventFamily.Person, "How the person wants it: mode, channel, times.", [], [Mode, Channel, Topic, Words], oneOf: [Mode, Channel, Topic, Words]);
    public static readonly EventType NoteAdded = Define(11, "note.added", EventFamily.Person, "A member of staff wrote a note.", [Words], [Staff, Desk]);
    public static readonly EventType OrganisationContact = Define(12, "organisation.contact", EventFamily.Person, "The person speaks for an organisation: its contact.", [Organisation], [Topic]);
    public static readonly EventType ContactAllowed = Define(13, "contact.allowed", EventFamily.Person, "The person may be contacted by a channel, for one purpose or for every one.", [Channel], [Purpose]);
    public static readonly EventType ContactRefused = Define(14, "contact.refused", EventFamily.Person, "The person is not to be contacted by a channel, for one purpose or for any.", [Channel], [Purpose]);

    // Before the sale
    public static readonly EventType InquiryReceived = Define(20, "inquiry.received", EventFamily.Before, "The person asked about something.", [], [Topic, Course, Program, Channel, Staff, Desk, Words]);
    public static readonly EventType SearchUnmatched = Define(21, "search.unmatched", EventFamily.Before, "A search found nothing.", [Topic], [Channel]);
    public static readonly EventType ExpectationStated = Define(22, "expectation.stated", EventFamily.Before, "What the person expects of a section.", [], [Section, Topic, Words], oneOf: [Topic, Words]);
    public static readonly EventType ElsewhereReported = Define(23, "elsewhere.reported", EventFamily.Before, "What the person takes at another provider.", [], [Provider, Topic, Count], oneOf: [Provider, Topic, Count]);

    // Transaction
    public static readonly EventType TransactionOpened = Define(30, "transaction.opened", EventFamily.Transaction, "A transaction began.", [Transaction], [Kind, Section, Registration, Staff, Desk, Channel]);
    public static readonly EventType TransactionClosed = Define(31, "transaction.closed", EventFamily.Transaction, "A transaction ended.", [Transaction], [Kind, Outcome, Staff, Desk, Channel]);
    public static readonly EventType RegistrationConfirmed = Define(32, "registration.confirmed", EventFamily.Transaction, "A place in a section is confirmed.", [Section], [Registration, Course, Term, Program, Amount, Payer, PayerOrganisation, Staff, Desk, Channel, Transaction]);
    public static readonly EventType RegistrationCancelled = Define(33, "registration.cancelled", EventFamily.Transaction, "We cancelled the registration.", [Section], [Registration, Reason, Payer, Staff]);
    public static readonly EventType RegistrationDropped = Define(34, "registration.dropped", EventFamily.Transaction, "The person dropped before the first meeting.", [Section], [Registration, Reason, Payer, Staff, Desk, Channel]);
    public static readonly EventType RegistrationWithdrawn = Define(35, "registration.withdrawn", EventFamily.Transaction, "The person withdrew after the first meeting.", [Section], [Registration, Reason, Payer, Staff, Desk, Channel]);
    public static readonly EventType RegistrationTransferred = Define(36, "registration.transferred", EventFamily.Transaction, "The registration moved to another section.", [Section, ToSection], [Registration, Reason, Payer, Staff, Desk]);
    public static readonly EventType WaitlistJoined = Define(37, "waitlist.joined", EventFamily.Transaction, "The person joined a waiting list.", [Section], [Place, Course]);
    public static readonly EventType WaitlistOffered = Define(38, "waitlist.offered", EventFamily.Transaction, "A seat was offered to the person who waits.", [Section], [Due]);
    public static readonly EventType WaitlistExpired = Define(39, "waitlist.expired", EventFamily.Transaction, "The person left the waiting list, or the offer ran out.", [Section], []);
    public static readonly EventType BalanceDue = Define(40, "balance.due", EventFamily.Transaction, "What the person owes now, in all.", [Amount], [Due, Section, Registration, Payer]);
    public static readonly EventType PaymentReceived = Define(41, "payment.received", EventFamily.Transaction, "Money came in.", [Amount], [Payment, Section, Registration, Payer, PayerOrganisation, Quantity, Course, Program, Staff, Desk, Channel, Transaction]);
    public static readonly EventType RefundRequested = Define(42, "refund.requested", EventFamily.Transaction, "The person asked for money back.", [], [Section, Registration, Amount, Reason, Fault, Payer, Staff, Desk, Channel, Transaction, Words]);
    public static readonly EventType RefundIssued = Define(43, "refund.issued", EventFamily.Transaction, "Money went back.", [Amount], [Section, Registration, Payment, Reason, Fault, Payer, PayerOrganisation, Staff, Desk, Transaction]);
    public static readonly EventType CreditIssued = Define(44, "credit.issued", EventFamily.Transaction, "Credit was given for later.", [Amount], [Section, Registration, Reason, Payer, Staff]);
    public static readonly EventType CreditRedeemed = Define(45, "credit.redeemed", EventFamily.Transaction, "Credit was used.", [Amount], [Section, Registration, Payer]);

    // Learning
    public static readonly EventType AttendanceRecorded = Define(60, "attendance.recorded", EventFamily.Learning, "Presence at one class meeting.", [Section, Presence], [Meeting, Registration]);
    public static readonly EventType ActivityRecorded = Define(61, "activity.recorded", EventFamily.Learning, "Activity in a course online.", [], [Section, Activity, Count]);
    public static readonly EventType AssessmentGraded = Define(62, "assessment.graded", EventFamily.Learning, "Work was graded.", [Section], [Assessment, Grade, Passed], oneOf: [Grade, Passed]);
    public static readonly EventType ContactHoursEarned = Define(63, "contacthours.earned", EventFamily.Learning, "Contact hours were earned.", [Hours], [Section, Credential]);
    public static readonly EventType SectionCompleted = Define(64, "section.completed", EventFamily.Learning, "The person completed a section.", [Section], [Registration, Course, Passed, Grade]);
    public static readonly EventType CertificateProgressed = Define(65, "certificate.progressed", EventFamily.Learning, "Progress towards a certificate.", [Certificate, Completed, Required], [Course, Topic]);
    public static readonly EventType CertificateAwarded = Define(66, "certificate.awarded", EventFamily.Learning, "A certificate was awarded.", [Certificate], []);
    public static readonly EventType CredentialExpiring = Define(67, "credential.expiring", EventFamily.Learning, "A licence or credential runs out.", [Credential, Expires], [HoursRequired, Hours]);
    public static readonly EventType CertificatePlanned = Define(68, "certificate.planned", EventFamily.Learning, "A certificate of one's own: the courses that make it, in order.", [Certificate, Document], [Goal]);

    // Voice
    public static readonly EventType FeedbackSubmitted = Define(80, "feedback.submitted", EventFamily.Voice, "An answered survey.", [],
        [Survey, Service, Competent, Pleasant, Easy, CourseRating, Csat, Nps, Ces, Words, Section, Staff, Desk, Channel, Site], oneOf: [Service, Competent, Pleasant, Easy, CourseRating, Csat, Nps, Ces, Words]);
    public static readonly EventType CommentPosted = Define(81, "comment.posted", EventFamily.Voice, "A comment in public or in class.", [Words], [Section, Channel, Site]);
    public static readonly EventType ComplaintOpened = Define(82, "complaint.opened", EventFamily.Voice, "The person is annoyed by something; its clock starts.", [Complaint, Category], [EasilyFixable, Access, Department, Due, Section, Desk, Staff, Channel, Fault, Title, Words]);
    public static readonly EventType ComplaintUpdated = Define(83, "complaint.updated", EventFamily.Voice, "The person was told how it stands; its clock starts again.", [Complaint], [Due, Department, Staff, Desk, Words]);
    public static readonly EventType ComplaintResolved = Define(84, "complaint.resolved", EventFamily.Voice, "It was put right.", [Complaint], [Staff, Desk, Words]);
    public static readonly EventType PromiseMade = Define(85, "promise.made", EventFamily.Voice, "We promised something by a time.", [Promise, Due], [Title, Staff, Desk, Section, Words]);
    public static readonly EventType PromiseKept = Define(86, "promise.kept", EventFamily.Voice, "We kept a promise.", [Promise], [Staff, Desk]);
    public static readonly EventType PromiseBroken = Define(87, "promise.broken", EventFamily.Voice, "We broke a promise.", [Promise], [Staff, Desk, Reason]);
    public static readonly EventType DelightGiven = Define(88, "delight.given", EventFamily.Voice, "We did more than was expected.", [], [Title, Staff, Desk, Words]);
    public static readonly EventType ReferralMade = Define(89, "referral.made", EventFamily.Voice, "The person sent somebody to us.", [], [ReferredPerson, Course, Channel]);

    // Staff
    public static readonly EventType KudosGiven = Define(100, "kudos.given", EventFamily.Staff, "A member of staff was thanked.", [Staff], [From, Desk, Title, Words], target: EventTarget.Program);
    public static readonly EventType IdeaSubmitted = Define(101, "idea.submitted", EventFamily.Staff, "A member of staff had an idea.", [Idea], [Staff, Desk, Title, Words], target: EventTarget.Program);
    public static readonly EventType IdeaDecided = Define(102, "idea.decided", EventFamily.Staff, "An idea was decided on.", [Idea, Decision], [Staff, Words], target: EventTarget.Program);
    public static readonly EventType PulseSubmitted = Define(103, "pulse.submitted", EventFamily.Staff, "How work is, from a member of staff; no name.", [Morale], [Desk, Words], target: EventTarget.Program);

    // Catalogue and rules
    public static readonly EventType SectionPublished = Define(120, "section.published", EventFamily.Catalogue, "A section is offered, or its entry changed.", [Section],
        [Course, Title, Term, Program, Audience, Instructor, Room, Mode, Starts, Ends, Meets, Meetings, Fee, Capacity, Minimum, Certificate, Credential, Hours, Prerequisite, MinimumAge, MaximumAge, Desk], target: EventTarget.Program);
    public static readonly EventType SectionRescheduled = Define(121, "section.rescheduled", EventFamily.Catalogue, "A section meets at other times.", [Section], [Starts, Ends, Meets, Meetings, Room, Reason], target: EventTarget.Program);
    public static readonly EventType SectionCancelled = Define(122, "section.cancelled", EventFamily.Catalogue, "We cancelled a section.", [Section], [Reason], target: EventTarget.Program);
    public static readonly EventType InstructorChanged = Define(123, "instructor.changed", EventFamily.Catalogue, "Another instructor teaches the section.", [Section, Instructor], [Reason], target: EventTarget.Program);
    public static readonly EventType CostRecorded = Define(124, "cost.recorded", EventFamily.Catalogue, "A cost of a term.", [Amount, CostKind], [Term, Program, Section, Title], target: EventTarget.Program);
    public static readonly EventType InitiativeStarted = Define(125, "initiative.started", EventFamily.Catalogue, "An initiative began.", [Initiative], [Title, Segment, Words], target: EventTarget.Program);
    public static readonly EventType InitiativeEnded = Define(126, "initiative.ended", EventFamily.Catalogue, "An initiative ended.", [Initiative], [], target: EventTarget.Program);
    public static readonly EventType SegmentDefined = Define(127, "segment.defined", EventFamily.Catalogue, "A segment's rule was set.", [Segment, Document], [Title, Staff], target: EventTarget.Program);
    public static readonly EventType PolicyPublished = Define(128, "policy.published", EventFamily.Catalogue, "The policy was published.", [Document], [Fields.Version, Staff], target: EventTarget.Program);
    public static readonly EventType ModelFitted = Define(129, "model.fitted", EventFamily.Catalogue, "A model was fitted.", [Model, Fields.Version, Document], [], target: EventTarget.Program);
    public static readonly EventType CoursePublished = Define(130, "course.published", EventFamily.Catalogue, "A course template, or its entry changed.", [Course],
        [Title, Program, Audience, Mode, Fee, Hours, Certificate, Credential, Prerequisite, MinimumAge, MaximumAge], target: EventTarget.Program);
    public static readonly EventType CertificatePublished = Define(131, "certificate.published", EventFamily.Catalogue, "A certificate program, or its entry changed.", [Certificate], [Title, Program, Required], target: EventTarget.Program);
    public static readonly EventType OccupationPublished = Define(132, "occupation.published", EventFamily.Catalogue, "What is known of an occupation: wage, openings, growth.", [Occupation, Title],
        [MedianWage, AnnualOpenings, Growth, Region, DataSource, AsOf], target: EventTarget.Program);
    public static readonly EventType OccupationLinked = Define(133, "occupation.linked", EventFamily.Catalogue, "A course leads to an occupation.", [Course, Occupation], [], target: EventTarget.Program);
    public static readonly EventType OrganisationDescribed = Define(134, "organisation.described", EventFamily.Catalogue, "What is known of an organisation; with alias, one more name of it.", [Organisation], [Alias, Title, Industry], target: EventTarget.Program);
    public static readonly EventType EngagementOpened = Define(135, "engagement.opened", EventFamily.Catalogue, "An organisation engaged us, or what was agreed changed.", [Organisation, Engagement],
        [EngagementKind, Title, Amount, PurchaseOrder, Section, Count, Starts, Ends, Staff], target: EventTarget.Program);
    public static readonly EventType EngagementClosed = Define(136, "engagement.closed", EventFamily.Catalogue, "An engagement ended.", [Engagement], [Outcome], target: EventTarget.Program);
    public static readonly EventType EngagementPaid = Define(137, "engagement.paid", EventFamily.Catalogue, "Money from an organisation that is for no one person's seat; negative when it went back.", [Organisation, Amount], [Engagement, PurchaseOrder], target: EventTarget.Program);

    // Correction
    public static readonly EventType EventVoided = Define(140, "event.voided", EventFamily.Correction, "Undoes one event, by source and id; may come before it. For an event of two people, other names the second one.", [TargetId], [TargetSource, Reason, Staff, Other], mirror: (Other, Other));

    // Answers of staff
    public static readonly EventType NeedOffered = Define(150, "need.offered", EventFamily.Answer, "A need was spoken of.", [Rule, Cause], [Staff, Desk, Channel, Transaction]);
    public static readonly EventType NeedAccepted = Define(151, "need.accepted", EventFamily.Answer, "The person said yes.", [Rule, Cause], [Staff, Desk, Channel, Transaction]);
    public static readonly EventType NeedDeclined = Define(152, "need.declined", EventFamily.Answer, "The person said not now.", [Rule, Cause], [Staff, Desk, Channel, Transaction]);
    public static readonly EventType RiskAcknowledged = Define(153, "risk.acknowledged", EventFamily.Answer, "A member of staff took care of a flag.", [Rule, Cause], [Staff, Desk, Outcome, Words]);

    // Observations of the engine: written by it, accepted from nobody
    public static readonly EventType NeedRaised = Define(170, "need.raised", EventFamily.Observation, "The engine saw a need.", [Rule, Cause], [Fields.Version]);
    public static readonly EventType NeedCleared = Define(171, "need.cleared", EventFamily.Observation, "The need is gone.", [Rule, Cause], [Fields.Version]);
    public static readonly EventType RiskRaised = Define(172, "risk.raised", EventFamily.Observation, "The engine raised a flag.", [Rule, Cause], [Severity, Fields.Version]);
    public static readonly EventType RiskCleared = Define(173, "risk.cleared", EventFamily.Observation, "The flag is gone.", [Rule, Cause], [Fields.Version]);
    public static readonly EventType SegmentEntered = Define(174, "segment.entered", EventFamily.Observation, "The person entered a segment; of the program, how many did when a rule changed.", [Segment], [Count]);
    public static readonly EventType SegmentLeft = Define(175, "segment.left", EventFamily.Observation, "The person left a segment; of the program, how many did when a rule changed.", [Segment], [Count]);

    /// <summary>A type that the vocabulary does not know: kept, shown in the journey, folded into nothing.</summary>
    public static readonly EventType Unknown = new()
    {
        Code = 255,
        Name = "unknown",
        Family = EventFamily.Unknown,
        Target = EventTarget.Person,
        Description = "A type that the vocabulary does not know, kept as it came.",
        Fields = [new(UnknownType, true)],
    };

    private static readonly EventType?[] ByCode = IndexCodes();
    private static readonly Dictionary<string, EventType> ByName = Defined.ToDictionary(t => t.Name, StringComparer.Ordinal);
    private static readonly Dictionary<string, EventType>.AlternateLookup<ReadOnlySpan<char>> BySpan = ByName.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>All types of the vocabulary, in order of code, without <see cref="Unknown"/>.</summary>
    public static IReadOnlyList<EventType> All { get; } = [.. Defined.OrderBy(t => t.Code)];

    /// <summary>The type of a stored code; a code of a later version reads as <see cref="Unknown"/>.</summary>
    public static EventType Of(byte code) => ByCode[code] ?? Unknown;

    /// <summary>The type of a name, or null when the vocabulary does not know it.</summary>
    public static EventType? Find(ReadOnlySpan<char> name) => BySpan.TryGetValue(name, out var type) ? type : null;

    private static EventType Define(
        byte code,
        string name,
        EventFamily family,
        string description,
        Field[] required,
        Field[] optional,
        EventTarget target = EventTarget.Person,
        (Field Other, Field As)? mirror = null,
        Field[]? oneOf = null)
    {
        // What one person pays for another is a fact of both; the payer's copy names the beneficiary.
        mirror ??= optional.Contains(Payer) ? (Payer, Beneficiary) : null;
        IEnumerable<Field> mirrored = mirror is { } m && !required.Contains(m.As) && !optional.Contains(m.As) ? [m.As] : [];
        var type = new EventType
        {
            Code = code,
            Name = name,
            Family = family,
            Target = target,
            Description = description,
            Fields = [.. required.Select(f => new FieldUse(f, true)), .. optional.Concat(mirrored).Select(f => new FieldUse(f, false))],
            Mirror = mirror,
            OneOf = oneOf ?? [],
        };
        Defined.Add(type);
        return type;
    }

    private static EventType?[] IndexCodes()
    {
        var index = new EventType?[256];
        foreach (var type in Defined)
        {
            if (index[type.Code] is not null) throw new InvalidOperationException($"Event code {type.Code} is used twice.");
            index[type.Code] = type;
        }

        return index;
    }
}
