using static Experience.Domain.Events.FieldKind;

namespace Experience.Domain.Events;

/// <summary>Every field of the vocabulary, once. Numbers are stored: append only, never reuse.</summary>
public static class Fields
{
    // Kept for what the vocabulary does not know: one JSON object, sealed.
    public static readonly Field Extra = new(1, "extra", Json, "Fields that the vocabulary does not know, kept as they came.") { Sealed = true };
    public static readonly Field UnknownType = new(2, "unknownType", Key, "The name of a type that the vocabulary does not know.");

    // What an event is about
    public static readonly Field Section = new(10, "section", Name, "Course offering (section) at the source.") { Example = "\"excel-03\"" };
    public static readonly Field Course = new(11, "course", Name, "Course template that sections are offered from.") { Example = "\"excel\"" };
    public static readonly Field Term = new(12, "term", Name, "Term, as the policy's calendar names it.") { Example = "\"2026-fall\"" };
    public static readonly Field Program = new(13, "program", Name, "Program area that a course belongs to.") { Example = "\"Computing\"" };
    public static readonly Field Registration = new(14, "registration", Key, "Registration at the source; without it the section names it.") { Example = "\"reg-88121\"" };
    public static readonly Field ToSection = new(15, "toSection", Name, "Section that a registration moves to.") { Example = "\"excel-05\"" };
    public static readonly Field Transaction = new(16, "transaction", Key, "Transaction at the desk or online.") { Example = "\"t-20419\"" };
    public static readonly Field Payment = new(17, "payment", Key, "Payment at the source; several events may share one.") { Example = "\"pay-5512\"" };
    public static readonly Field Complaint = new(18, "complaint", Key, "Complaint.") { Example = "\"c-311\"" };
    public static readonly Field Promise = new(19, "promise", Key, "Promise made to the person.") { Example = "\"p-77\"" };
    public static readonly Field Certificate = new(20, "certificate", Name, "Certificate program.") { Example = "\"bookkeeping\"" };
    public static readonly Field Credential = new(21, "credential", Name, "Licence or credential that expires.") { Example = "\"RN licence\"" };
    public static readonly Field Organisation = new(22, "organisation", Name, "Employer or other organisation.") { Example = "\"Harlan Precision\"" };
    public static readonly Field PayerOrganisation = new(23, "payerOrganisation", Name, "Organisation that pays, when no person does.") { Example = "\"Harlan Precision\"" };
    public static readonly Field Staff = new(24, "staff", Name, "Member of staff.") { Example = "\"Rosa Lin\"" };
    public static readonly Field Desk = new(25, "desk", Name, "Desk, line or channel team.") { Example = "\"Main\"" };
    public static readonly Field Instructor = new(26, "instructor", Name, "Instructor.") { Example = "\"Tom Reed\"" };
    public static readonly Field Category = new(27, "category", Name, "Category of a complaint.") { Example = "\"Log-in\"" };
    public static readonly Field Department = new(28, "department", Name, "Department that owns it.") { Example = "\"Computing\"" };
    public static readonly Field Topic = new(29, "topic", Name, "What it is about, in a few words.") { Example = "\"Welding\"" };
    public static readonly Field Provider = new(30, "provider", Name, "Another provider of courses.") { Example = "\"City Library\"" };
    public static readonly Field Room = new(31, "room", Name, "Room.") { Example = "\"B214\"" };
    public static readonly Field Rule = new(32, "rule", Name, "Rule of the policy.") { Example = "\"low-rating\"" };
    public static readonly Field Cause = new(33, "cause", Key, "Cause that the rule named, as the card shows it.") { Example = "\"8f2c\"" };
    public static readonly Field Initiative = new(34, "initiative", Name, "Initiative, to see what it changed.") { Example = "\"Welcome call\"" };
    public static readonly Field Idea = new(35, "idea", Key, "Idea of a member of staff.") { Example = "\"idea-12\"" };
    public static readonly Field Assessment = new(36, "assessment", Name, "Assignment, quiz or examination.") { Example = "\"quiz-1\"" };
    public static readonly Field Survey = new(37, "survey", Code, "Which survey asked.") { Codes = ["annual", "transactional", "course"], Example = "\"annual\"" };
    public static readonly Field Occupation = new(38, "occupation", Name, "Occupation that a course leads to, by its code in a classification such as SOC.") { Example = "\"43-3031\"" };
    public static readonly Field Region = new(39, "region", Name, "Region that figures are about.") { Example = "\"Illinois\"" };
    public static readonly Field Industry = new(40, "industry", Name, "Industry of an organisation.") { Example = "\"Machining\"" };
    public static readonly Field Alias = new(41, "alias", Name, "Another name of the same organisation.") { Example = "\"Harlan Precision Inc.\"" };
    public static readonly Field DataSource = new(42, "dataSource", Name, "Where figures were taken from.") { Example = "\"BLS OEWS\"" };
    public static readonly Field Engagement = new(43, "engagement", Key, "Engagement with an organisation.") { Example = "\"e-204\"" };
    public static readonly Field PurchaseOrder = new(44, "purchaseOrder", Key, "Purchase order of an organisation.") { Example = "\"PO-7781\"" };

    public static readonly Field Site = new(49, "site", Name, "Where it was said in public: a review site or a network.") { Example = "\"Google\"" };

    // Money
    public static readonly Field Amount = new(50, "amount", Money, "Amount in minor units (cents).") { Min = -1_000_000_000_000, Max = 1_000_000_000_000, Example = "19000" };
    public static readonly Field Fee = new(51, "fee", Money, "Fee in minor units (cents).") { Min = 0, Max = 1_000_000_000_000, Example = "19000" };
    public static readonly Field Margin = new(52, "margin", Money, "Margin after the section's own costs, in minor units.") { Min = -1_000_000_000_000, Max = 1_000_000_000_000, Example = "9500" };
    public static readonly Field MedianWage = new(53, "medianWage", Money, "Median wage of a year, in minor units.") { Min = 0, Max = 1_000_000_000_000, Example = "4564000" };

    // Numbers
    public static readonly Field Service = new(60, "service", Hundredths, "Staff service, 1–5 (the customer service score).") { Min = 100, Max = 500, Example = "4" };
    public static readonly Field Competent = new(61, "competent", Hundredths, "Staff competent, 1–5.") { Min = 100, Max = 500, Example = "4" };
    public static readonly Field Pleasant = new(62, "pleasant", Hundredths, "Staff pleasant, 1–5.") { Min = 100, Max = 500, Example = "5" };
    public static readonly Field Easy = new(63, "easy", Hundredths, "Easy to do business with, 1–5.") { Min = 100, Max = 500, Example = "3" };
    public static readonly Field CourseRating = new(64, "rating", Hundredths, "The course as a whole, 1–5.") { Min = 100, Max = 500, Example = "5" };
    public static readonly Field Csat = new(65, "csat", Hundredths, "Customer satisfaction, 1–5.") { Min = 100, Max = 500, Example = "4" };
    public static readonly Field Nps = new(66, "nps", Int, "Would recommend, 0–10.") { Min = 0, Max = 10, Example = "9" };
    public static readonly Field Ces = new(67, "ces", Hundredths, "Customer effort score, 1 (hard) to 7 (easy).") { Min = 100, Max = 700, Example = "6" };
    public static readonly Field Grade = new(68, "grade", Hundredths, "Grade in percent.") { Min = 0, Max = 10_000, Example = "82.5" };
    public static readonly Field Hours = new(69, "hours", Hundredths, "Contact hours.") { Min = 0, Max = 1_000_000, Example = "6" };
    public static readonly Field HoursRequired = new(70, "hoursRequired", Hundredths, "Hours that the renewal needs.") { Min = 0, Max = 1_000_000, Example = "12" };
    public static readonly Field Count = new(71, "count", Int, "How many.") { Min = 0, Max = 1_000_000, Example = "2" };
    public static readonly Field Completed = new(72, "completed", Int, "Courses completed.") { Min = 0, Max = 1000, Example = "3" };
    public static readonly Field Required = new(73, "required", Int, "Courses required.") { Min = 1, Max = 1000, Example = "4" };
    public static readonly Field Place = new(74, "place", Int, "Place on the waiting list, from 1.") { Min = 1, Max = 100_000, Example = "4" };
    public static readonly Field Capacity = new(75, "capacity", Int, "Seats.") { Min = 0, Max = 100_000, Example = "16" };
    public static readonly Field Minimum = new(76, "minimum", Int, "Registrations that the section needs to run.") { Min = 0, Max = 100_000, Example = "8" };
    public static readonly Field Quantity = new(77, "quantity", Int, "Items bought.") { Min = 0, Max = 1_000_000, Example = "1" };
    public static readonly Field Morale = new(78, "morale", Hundredths, "How work is, 1–5.") { Min = 100, Max = 500, Example = "4" };
    public static readonly Field AnnualOpenings = new(79, "annualOpenings", Int, "Openings a year.") { Min = 0, Max = 100_000_000, Example = "1840" };
    public static readonly Field Growth = new(80, "growth", Hundredths, "Expected change of employment, in percent over the source's period.") { Min = -10_000, Max = 100_000, Example = "4.5" };

    // Time
    public static readonly Field Due = new(90, "due", Instant, "When it is due; the next update, for a complaint.") { Example = "\"2026-11-23T17:00:00-06:00\"" };
    public static readonly Field Expires = new(91, "expires", Date, "Last valid day.") { Example = "\"2027-03-31\"" };
    public static readonly Field Starts = new(92, "starts", Date, "First day.") { Example = "\"2026-09-08\"" };
    public static readonly Field Ends = new(93, "ends", Date, "Last day.") { Example = "\"2026-12-11\"" };
    public static readonly Field Meeting = new(94, "meeting", Instant, "The class meeting that it is about.") { Example = "\"2026-11-24T18:00:00-06:00\"" };
    public static readonly Field Meetings = new(95, "meetings", Instants, "All class meetings, in order.") { Example = "[\"2026-11-24T18:00:00-06:00\",\"2026-12-01T18:00:00-06:00\"]" };
    public static readonly Field BirthDate = new(96, "birthDate", Date, "Birth date.") { Sealed = true, Example = "\"1984-05-02\"" };
    public static readonly Field AsOf = new(97, "asOf", Date, "The day that figures are of.") { Example = "\"2025-05-31\"" };

    // Choices
    public static readonly Field Presence = new(110, "presence", Code, "Presence at one meeting.") { Codes = ["present", "absent", "excused"], Example = "\"present\"" };
    public static readonly Field Kind = new(111, "kind", Code, "What kind of transaction.") { Codes = ["registration", "refund", "transfer", "payment", "inquiry", "complaint", "other"], Example = "\"refund\"" };
    public static readonly Field Channel = new(112, "channel", Code, "How it reached us or them.") { Codes = ["counter", "phone", "online", "email", "text", "chat", "post"], Example = "\"counter\"" };
    public static readonly Field Outcome = new(113, "outcome", Code, "How it ended.") { Codes = ["done", "abandoned", "referred", "undecided"], Example = "\"done\"" };
    public static readonly Field Fault = new(114, "fault", Code, "Whose fault it was.") { Codes = ["ours", "theirs", "nobody"], Example = "\"ours\"" };
    public static readonly Field Reason = new(115, "reason", Name, "Reason, in a few words.") { Example = "\"instructor changed\"" };
    public static readonly Field EasilyFixable = new(116, "easilyFixable", Bool, "Whether it can be fixed without a decision.") { Example = "true" };
    public static readonly Field Access = new(117, "access", Bool, "Whether it keeps the person out (log-in, link, door).") { Example = "true" };
    public static readonly Field Mode = new(118, "mode", Code, "How a section is delivered.") { Codes = ["room", "online", "hybrid", "self-paced"], Example = "\"room\"" };
    public static readonly Field CostKind = new(119, "costKind", Code, "Which cost.") { Codes = ["promotion", "production", "service"], Example = "\"promotion\"" };
    public static readonly Field Goal = new(120, "goal", Code, "What the person wants from it.") { Codes = ["job", "promotion", "licence", "degree", "hobby", "company", "other"], Example = "\"job\"" };
    public static readonly Field Purpose = new(121, "purpose", Code, "What consent is about.") { Codes = ["service", "offers", "research", "sharing"], Example = "\"offers\"" };
    public static readonly Field Passed = new(122, "passed", Bool, "Whether it was passed.") { Example = "true" };
    public static readonly Field Audience = new(123, "audience", Code, "Whom a course is for.") { Codes = ["professional", "leisure", "language", "youth", "senior", "contract", "licence", "academic"], Example = "\"professional\"" };
    public static readonly Field Decision = new(124, "decision", Code, "What became of the idea.") { Codes = ["adopted", "tried", "declined", "later"], Example = "\"adopted\"" };
    public static readonly Field Severity = new(125, "severity", Code, "How severe.") { Codes = ["medium", "high"], Example = "\"high\"" };
    public static readonly Field Activity = new(126, "activity", Code, "Which activity online.") { Codes = ["login", "view", "submission", "discussion", "download", "other"], Example = "\"login\"" };
    public static readonly Field Main = new(127, "main", Bool, "Whether staff may decide it without approval.") { Example = "true" };
    public static readonly Field EngagementKind = new(128, "engagementKind", Code, "What we do for an organisation.") { Codes = ["training", "consulting", "mentoring", "research"], Example = "\"training\"" };

    // Text and people: sealed
    public static readonly Field GivenName = new(140, "givenName", Text, "Given name.") { MaxLength = 100, Example = "\"Maria\"" };
    public static readonly Field FamilyName = new(141, "familyName", Text, "Family name.") { MaxLength = 100, Example = "\"Delgado\"" };
    public static readonly Field PreferredName = new(142, "preferredName", Text, "Name that the person wants to hear.") { MaxLength = 100, Example = "\"Maria\"" };
    public static readonly Field Email = new(143, "email", Text, "E-mail address.") { MaxLength = 254, Example = "\"maria@example.org\"" };
    public static readonly Field Phone = new(144, "phone", Text, "Phone number.") { MaxLength = 40, Example = "\"+1 555 0100 4471\"" };
    public static readonly Field PostalCode = new(145, "postalCode", Text, "Postal code.") { MaxLength = 20, Example = "\"60614\"" };
    public static readonly Field Words = new(146, "text", Text, "What was said or written.") { MaxLength = 4000, Example = "\"Two days for a password.\"" };
    public static readonly Field Payer = new(147, "payer", Person, "Who pays, when it is another person.") { Example = "\"p-16\"" };
    public static readonly Field Child = new(148, "child", Person, "The child of the household.") { Example = "\"p-18\"" };
    public static readonly Field Guardian = new(149, "guardian", Person, "The guardian of the household.") { Example = "\"p-16\"" };
    public static readonly Field Beneficiary = new(150, "beneficiary", Person, "For whom it was paid or registered.") { Example = "\"p-18\"" };
    public static readonly Field Other = new(151, "other", Person, "The other key of the same person.") { Example = "\"p-171\"" };
    public static readonly Field From = new(152, "from", Person, "Who gave it.") { Example = "\"p-17\"" };
    public static readonly Field ReferredPerson = new(153, "referred", Person, "Who was referred.") { Example = "\"p-40\"" };
    public static readonly Field Student = new(154, "studentId", Text, "Student number.") { MaxLength = 60, Example = "\"900113\"" };

    public static readonly Field OtherSource = new(155, "otherSource", Key, "Source of the other key; by default the event's own.") { Example = "\"/desk/online\"" };

    // Catalogue and rules
    public static readonly Field Title = new(170, "title", Name, "Title, as people know it.") { Example = "\"Excel 03\"" };
    public static readonly Field Document = new(171, "document", Json, "The document, a JSON object.") { MaxLength = EventLimits.MaxDocumentBytes, Example = "{}" };
    public static readonly Field Segment = new(172, "segment", Name, "Segment.") { Example = "\"night-owls\"" };
    public static readonly Field Model = new(173, "model", Name, "Model.") { Example = "\"bg-nbd\"" };
    public static readonly Field Version = new(174, "version", Int, "Version, from 1.") { Min = 1, Max = 1_000_000_000, Example = "2" };
    public static readonly Field MinimumAge = new(175, "minimumAge", Int, "Youngest age.") { Min = 0, Max = 120, Example = "9" };
    public static readonly Field MaximumAge = new(176, "maximumAge", Int, "Oldest age.") { Min = 0, Max = 120, Example = "12" };
    public static readonly Field Prerequisite = new(177, "prerequisite", Name, "Course that must be completed first.") { Example = "\"spanish-1\"" };
    public static readonly Field Meets = new(178, "meets", Name, "When it meets, in words.") { Example = "\"Tue 18:00\"" };

    // Correction
    public static readonly Field TargetSource = new(190, "targetSource", Key, "Source of the event to undo; by default the void's own.") { Example = "\"/desk\"" };
    public static readonly Field TargetId = new(191, "targetId", Key, "Id of the event to undo.") { Example = "\"r-1001\"" };

    private static readonly Field[] ByNumber = Index();

    /// <summary>All fields, in ascending number.</summary>
    public static IReadOnlyList<Field> All { get; } = [.. ByNumber.Where(f => f is not null)];

    /// <summary>The field of a stored number, or null when a later version wrote it.</summary>
    public static Field? Find(int number) => (uint)number < (uint)ByNumber.Length ? ByNumber[number] : null;

    private static Field[] Index()
    {
        var fields = typeof(Fields).GetFields().Where(f => f.FieldType == typeof(Field)).Select(f => (Field)f.GetValue(null)!).ToArray();
        var index = new Field[fields.Max(f => f.Number) + 1];
        foreach (var field in fields)
        {
            if (index[field.Number] is not null) throw new InvalidOperationException($"Field number {field.Number} is used twice.");
            index[field.Number] = field;
        }

        return index;
    }
}
