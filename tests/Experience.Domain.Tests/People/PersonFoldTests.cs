using Experience.Domain.Events;
using Experience.Domain.People;

namespace Experience.Domain.Tests.People;

/// <summary>What each kind of fact means, one rule a test. Times are days after the first fact.</summary>
public sealed class PersonFoldTests
{
    private const long Start = 20_000 * CivilZone.MicrosPerDay;

    private readonly PersonState _state = new();
    private int _id;

    [Fact]
    public void Codes_of_the_fold_are_those_of_the_vocabulary()
    {
        var codes = typeof(PersonFold.Code).GetFields().ToDictionary(f => f.Name, f => (byte)f.GetRawConstantValue()!);
        Assert.NotEmpty(codes);
        foreach (var (name, code) in codes) Assert.Equal(((EventType)typeof(EventTypes).GetField(name)!.GetValue(null)!).Code, code);
    }

    [Fact]
    public void Own_payments_less_refunds_are_net_paid_and_the_seat_knows_them()
    {
        Confirm(0, "a", "r1", 10_000);
        Add(1, EventTypes.PaymentReceived, (Fields.Amount, 10_000), (Fields.Registration, "r1"));
        Add(2, EventTypes.RefundIssued, (Fields.Amount, 4_000), (Fields.Registration, "r1"), (Fields.Fault, "ours"));
        Assert.Equal((6_000, 4_000), (_state.Money.NetPaid, _state.Money.Refunded));
        var seat = Assert.Single(_state.Registrations);
        Assert.Equal((10_000, 4_000, true, true), (seat.Paid, seat.Refunded, seat.OurFault, seat.Kept));
    }

    [Fact]
    public void A_full_refund_ends_keeping()
    {
        Confirm(0, "a", "r1", 10_000);
        Add(1, EventTypes.PaymentReceived, (Fields.Amount, 10_000), (Fields.Section, "a"));
        Assert.True(_state.Registrations[0].Kept);
        Add(2, EventTypes.RefundIssued, (Fields.Amount, 10_000), (Fields.Section, "a"));
        Assert.False(_state.Registrations[0].Kept);
    }

    [Fact]
    public void Where_no_payment_named_the_seat_its_fee_says_what_a_full_refund_is()
    {
        Confirm(0, "a", null, 10_000);
        Add(1, EventTypes.RefundIssued, (Fields.Amount, 4_000), (Fields.Section, "a"));
        Assert.True(_state.Registrations[0].Kept);
        Add(2, EventTypes.RefundIssued, (Fields.Amount, 6_000), (Fields.Section, "a"));
        Assert.False(_state.Registrations[0].Kept);
    }

    [Theory]
    [InlineData("registration.cancelled", RegistrationStatus.CancelledByUs, false)]
    [InlineData("registration.dropped", RegistrationStatus.Dropped, false)]
    [InlineData("registration.withdrawn", RegistrationStatus.Withdrawn, true)]
    [InlineData("section.completed", RegistrationStatus.Completed, true)]
    public void The_newest_word_on_a_seat_is_its_status(string type, RegistrationStatus status, bool kept)
    {
        Confirm(0, "a", null, 10_000);
        Add(1, EventTypes.Find(type)!, (Fields.Section, "a"));
        Assert.Equal((status, kept), (_state.Registrations[0].Status, _state.Registrations[0].Kept));
    }

    [Fact]
    public void A_state_folded_from_traces_is_that_of_somebody_who_was_erased()
    {
        for (var seed = 1; seed <= 60; seed++)
        {
            var history = Histories.Of(new Random(seed), 80, Spread.Wide).Where(f => f.Type != EventTypes.EventVoided).OrderBy(f => f.Stamp).ToList();
            if (!history.Exists(f => f.Type == EventTypes.ParticipantErased)) continue;
            var known = new PersonState();
            var traced = new PersonState();
            foreach (var fact in history)
            {
                PersonFold.Apply(known, fact.View(), CivilZone.Utc);
                var traces = PersonalTraces.Of(fact.Type, fact.Personal.Span);
                PersonFold.Apply(traced, new FactView(fact.Type, fact.Time, fact.Id, fact.Clear.Span, PersonalTraces.FieldsOf(traces)), CivilZone.Utc);
            }

            Assert.Equal(ReferenceFolder.Write(known), ReferenceFolder.Write(traced));
            Assert.Equal(("", "", "", int.MinValue, 0), (known.Profile.FamilyName, known.Profile.Email, known.Profile.Guardian, known.Profile.BirthDay, known.Profile.ChildCount));
        }
    }

    [Fact]
    public void Money_of_another_person_pays_the_seat_and_is_not_the_participants_own()
    {
        Confirm(0, "a", "r1", 10_000, (Fields.Payer, "p-16"));
        Add(1, EventTypes.PaymentReceived, (Fields.Amount, 10_000), (Fields.Registration, "r1"), (Fields.Payer, "p-16"));
        Assert.Equal((0, 10_000), (_state.Money.NetPaid, _state.Registrations[0].Paid));
        Assert.True(_state.Registrations[0].PaidByOther);
        Assert.Equal((0, 0), (_state.Purchases.Days, _state.Purchases.Spend));
    }

    [Fact]
    public void The_payers_copy_is_money_and_a_purchase_and_no_seat()
    {
        Confirm(0, "a", "r1", 10_000, (Fields.Beneficiary, "p-18"));
        Add(1, EventTypes.PaymentReceived, (Fields.Amount, 10_000), (Fields.Registration, "r1"), (Fields.Beneficiary, "p-18"));
        Add(2, EventTypes.RefundIssued, (Fields.Amount, 1_000), (Fields.Registration, "r1"), (Fields.Beneficiary, "p-18"));
        Assert.Empty(_state.Registrations);
        Assert.Empty(_state.Unplaced);
        Assert.Equal((9_000, 1_000, 1), (_state.Money.NetPaid, _state.Money.Refunded, _state.Purchases.Days));
        Assert.Equal(Start + CivilZone.MicrosPerDay, _state.LastForOthersAt);
    }

    [Fact]
    public void Money_of_an_organisation_is_its_own_value_and_names_the_latest_payer()
    {
        Confirm(0, "a", "r1", 10_000, (Fields.PayerOrganisation, "Harlan Precision"));
        Assert.Equal(SipHash.Name("Harlan Precision"), _state.Money.LatestPayerOrganisation);
        Add(1, EventTypes.PaymentReceived, (Fields.Amount, 10_000), (Fields.Registration, "r1"), (Fields.PayerOrganisation, "Harlan Precision"));
        Assert.Equal((0, 10_000, 10_000), (_state.Money.NetPaid, _state.Money.PaidByOrganisations, _state.Registrations[0].Paid));
        Assert.Equal(0, _state.Purchases.Days);
        Add(2, EventTypes.PaymentReceived, (Fields.Amount, 500));
        Assert.Equal(0UL, _state.Money.LatestPayerOrganisation);
    }

    [Fact]
    public void Money_before_its_seat_is_taken_up_by_it()
    {
        Add(0, EventTypes.PaymentReceived, (Fields.Amount, 10_000), (Fields.Registration, "r1"), (Fields.Section, "a"));
        Add(0, EventTypes.PaymentReceived, (Fields.Amount, 500), (Fields.Section, "b"));
        Confirm(0, "a", "r1", 10_000);
        Assert.Equal((10_000, 10_500), (_state.Registrations[0].Paid, _state.Money.NetPaid));
        Assert.Equal(SipHash.Name("b"), Assert.Single(_state.Unplaced).Section);
    }

    [Fact]
    public void A_bare_payment_is_a_purchase_and_days_count_once()
    {
        Add(0, EventTypes.PaymentReceived, (Fields.Amount, 0));
        Add(0, EventTypes.PaymentReceived, (Fields.Amount, 500), (Fields.Quantity, 3));
        Add(7, EventTypes.PaymentReceived, (Fields.Amount, 500), (Fields.Section, "a"));
        Add(9, EventTypes.PaymentReceived, (Fields.Amount, 700));
        var p = _state.Purchases;
        Assert.Equal((2, 9, 1_700, 500, 5), (p.Days, p.LastDay - p.FirstDay, p.Spend, p.FirstDaySpend, p.Quantity));
        Assert.Equal((long)Math.Round(Math.Log(9) * 1e6), p.SumLogGaps);
    }

    [Fact]
    public void A_balance_is_what_was_stated_less_what_was_paid_since()
    {
        Add(0, EventTypes.PaymentReceived, (Fields.Amount, 5_000));
        Add(1, EventTypes.BalanceDue, (Fields.Amount, 9_000), (Fields.Due, Start));
        Add(2, EventTypes.PaymentReceived, (Fields.Amount, 5_000));
        Assert.Equal((4_000, Start), (_state.Money.Balance, _state.Money.BalanceDueAt));
        Add(3, EventTypes.CreditIssued, (Fields.Amount, 6_000));
        Add(4, EventTypes.CreditRedeemed, (Fields.Amount, 5_000));
        Assert.Equal((0, 1_000, 10_000), (_state.Money.Balance, _state.Money.Credit, _state.Money.NetPaid));
    }

    [Fact]
    public void A_transfer_moves_the_seat_with_its_money()
    {
        Confirm(0, "a", null, 10_000);
        Add(1, EventTypes.PaymentReceived, (Fields.Amount, 10_000), (Fields.Section, "a"));
        Add(2, EventTypes.RegistrationCancelled, (Fields.Section, "a"));
        Add(3, EventTypes.RegistrationTransferred, (Fields.Section, "a"), (Fields.ToSection, "b"));
        var seat = Assert.Single(_state.Registrations);
        Assert.Equal((SipHash.Name("b"), RegistrationStatus.Confirmed, 10_000), (seat.Section, seat.Status, seat.Paid));
        Add(4, EventTypes.AttendanceRecorded, (Fields.Section, "b"), (Fields.Presence, "present"));
        Assert.Equal(1, seat.Present);
    }

    [Fact]
    public void A_transfer_to_a_seat_that_was_confirmed_on_its_own_leaves_one_seat_kept()
    {
        Confirm(0, "a", "r1", 10_000);
        Add(0, EventTypes.PaymentReceived, (Fields.Amount, 10_000), (Fields.Registration, "r1"));
        Confirm(1, "b", "r2", 10_000);
        Add(2, EventTypes.RegistrationTransferred, (Fields.Section, "a"), (Fields.Registration, "r1"), (Fields.ToSection, "b"));
        Assert.Equal([RegistrationStatus.Transferred, RegistrationStatus.Confirmed], _state.Registrations.Select(r => r.Status));
        Assert.Equal([0, 10_000], _state.Registrations.Select(r => r.Paid));
    }

    [Fact]
    public void A_confirmation_repeated_is_the_same_seat_and_one_after_a_drop_a_new_purchase()
    {
        Confirm(0, "a", null, 10_000);
        Confirm(1, "a", null, 12_000);
        Assert.Equal((1, 1, 12_000), (_state.RegistrationsConfirmed, _state.Purchases.Days, _state.Registrations[0].Fee));
        Add(2, EventTypes.RegistrationDropped, (Fields.Section, "a"));
        Confirm(3, "a", null, 12_000);
        Assert.Equal((2, 2, RegistrationStatus.Confirmed), (_state.RegistrationsConfirmed, _state.Purchases.Days, Assert.Single(_state.Registrations).Status));
    }

    [Fact]
    public void Absences_run_until_a_newer_meeting_is_attended_and_excuses_do_not_count()
    {
        Confirm(0, "a", null, 10_000);
        Meet(1, 1, "present");
        Meet(8, 8, "absent");
        Meet(15, 15, "excused");
        Meet(22, 22, "absent");
        Meet(23, 10, "present");
        var seat = _state.Registrations[0];
        Assert.Equal((2, 2, 2), (seat.Present, seat.Absent, seat.AbsentRunning));
        Meet(29, 29, "present");
        Assert.Equal(0, seat.AbsentRunning);
    }

    [Fact]
    public void A_confirmed_seat_ends_the_wait_for_it()
    {
        Add(0, EventTypes.WaitlistJoined, (Fields.Section, "a"), (Fields.Place, 4));
        Add(1, EventTypes.WaitlistOffered, (Fields.Section, "a"));
        Confirm(2, "a", null, 10_000);
        var wait = Assert.Single(_state.Waits);
        Assert.Equal((4, Start + CivilZone.MicrosPerDay, Start + 2 * CivilZone.MicrosPerDay), (wait.Place, wait.OfferedAt, wait.EndedAt));
    }

    [Fact]
    public void A_complaints_clock_starts_again_with_each_update_and_stops_when_resolved()
    {
        Add(0, EventTypes.ComplaintOpened, (Fields.Complaint, "c-1"), (Fields.Category, "Log-in"), (Fields.Access, 1), (Fields.Due, Start + 5));
        var complaint = Assert.Single(_state.Complaints);
        Assert.Equal((Start, 0, Start + 5, true, true), (complaint.OpenedAt, complaint.FirstAnswerAt, complaint.StatedDue, complaint.Access, complaint.Open));
        Add(1, EventTypes.ComplaintUpdated, (Fields.Complaint, "c-1"));
        Add(2, EventTypes.ComplaintUpdated, (Fields.Complaint, "c-1"), (Fields.Department, "Computing"));
        Assert.Equal((Start + CivilZone.MicrosPerDay, Start + 2 * CivilZone.MicrosPerDay, 0), (complaint.FirstAnswerAt, complaint.UpdatedAt, complaint.StatedDue));
        Add(3, EventTypes.ComplaintResolved, (Fields.Complaint, "c-1"));
        Assert.Equal((Start + 3 * CivilZone.MicrosPerDay, false), (complaint.ResolvedAt, complaint.Open));
        Add(4, EventTypes.ComplaintOpened, (Fields.Complaint, "c-1"), (Fields.Category, "Log-in"));
        Assert.True(Assert.Single(_state.Complaints).Open);
    }

    [Fact]
    public void An_open_complaint_outlives_resolved_ones_beyond_the_cap()
    {
        Add(0, EventTypes.ComplaintOpened, (Fields.Complaint, "open"), (Fields.Category, "Log-in"));
        for (var i = 1; i <= PersonState.MaxComplaints; i++)
        {
            Add(i, EventTypes.ComplaintOpened, (Fields.Complaint, $"c-{i}"), (Fields.Category, "Log-in"));
            Add(i, EventTypes.ComplaintResolved, (Fields.Complaint, $"c-{i}"));
        }

        Assert.Equal(PersonState.MaxComplaints, _state.Complaints.Count);
        Assert.Equal("open", Assert.Single(_state.Complaints, c => c.Open).Key);
    }

    [Fact]
    public void A_promise_is_kept_once()
    {
        Add(0, EventTypes.PromiseMade, (Fields.Promise, "p-1"), (Fields.Due, Start + 7));
        Add(1, EventTypes.PromiseKept, (Fields.Promise, "p-1"));
        Add(2, EventTypes.PromiseKept, (Fields.Promise, "p-1"));
        Add(3, EventTypes.PromiseBroken, (Fields.Promise, "p-2"));
        Assert.Equal((1, 1, false), (_state.PromisesKept, _state.PromisesBroken, Assert.Single(_state.Promises).Open));
    }

    [Fact]
    public void Hours_count_towards_their_credential_until_a_new_period_begins()
    {
        Add(0, EventTypes.ContactHoursEarned, (Fields.Hours, 300), (Fields.Credential, "RN"));
        Assert.Equal(CredentialExpiry.NotStated, _state.Credentials[0].ExpiresDay);
        Add(1, EventTypes.CredentialExpiring, (Fields.Credential, "RN"), (Fields.Expires, 20_100), (Fields.HoursRequired, 1_200));
        Add(2, EventTypes.ContactHoursEarned, (Fields.Hours, 300), (Fields.Credential, "RN"));
        Add(2, EventTypes.ContactHoursEarned, (Fields.Hours, 100));
        Assert.Equal((600, 1_200, 20_100, 700), (_state.Credentials[0].HoursEarned, _state.Credentials[0].HoursRequired, _state.Credentials[0].ExpiresDay, _state.ContactHours));
        Add(3, EventTypes.CredentialExpiring, (Fields.Credential, "RN"), (Fields.Expires, 20_800));
        Assert.Equal((0, 1_200), (_state.Credentials[0].HoursEarned, _state.Credentials[0].HoursRequired));
    }

    [Fact]
    public void A_certificate_names_the_next_course_when_one_is_missing()
    {
        Add(0, EventTypes.CertificateProgressed, (Fields.Certificate, "bookkeeping"), (Fields.Completed, 2), (Fields.Required, 4), (Fields.Course, "payroll"));
        Assert.Equal(0UL, _state.Certificates[0].NextCourse);
        Add(1, EventTypes.CertificateProgressed, (Fields.Certificate, "bookkeeping"), (Fields.Completed, 3), (Fields.Required, 4), (Fields.Course, "payroll"));
        Assert.Equal(SipHash.Name("payroll"), _state.Certificates[0].NextCourse);
        Add(2, EventTypes.CertificateAwarded, (Fields.Certificate, "bookkeeping"));
        Assert.Equal((0UL, Start + 2 * CivilZone.MicrosPerDay), (_state.Certificates[0].NextCourse, _state.Certificates[0].AwardedAt));
    }

    [Fact]
    public void Answers_of_staff_are_outreach_and_an_acknowledgement_is_not()
    {
        Add(0, EventTypes.RiskAcknowledged, (Fields.Rule, "silence"), (Fields.Cause, "x"));
        Assert.Equal(0, _state.LastOutreachAt);
        Add(1, EventTypes.NeedOffered, (Fields.Rule, "second-term"), (Fields.Cause, "y"), (Fields.Transaction, "t-1"));
        Assert.Equal(Start + CivilZone.MicrosPerDay, _state.LastOutreachAt);
        Assert.Equal(new Reply(SipHash.Name("second-term"), SipHash.Name("y"), ReplyKind.Offered, Start + CivilZone.MicrosPerDay, 0, SipHash.Name("t-1")), _state.Replies[1]);
    }

    [Fact]
    public void The_open_transaction_is_the_newest_one_until_it_closes()
    {
        Add(0, EventTypes.TransactionOpened, (Fields.Transaction, "t-1"), (Fields.Kind, "refund"), (Fields.Desk, "Main"));
        Add(1, EventTypes.TransactionClosed, (Fields.Transaction, "t-0"));
        Assert.Equal((SipHash.Name("t-1"), 1), (_state.Transaction!.Key, _state.Transaction.Kind));
        Add(2, EventTypes.TransactionClosed, (Fields.Transaction, "t-1"));
        Assert.Null(_state.Transaction);
    }

    [Fact]
    public void Consent_is_by_purpose_and_its_newest_word_counts()
    {
        Add(0, EventTypes.ConsentGranted, (Fields.Purpose, "offers"));
        Add(1, EventTypes.ConsentGranted, (Fields.Purpose, "research"));
        Add(2, EventTypes.ConsentRevoked, (Fields.Purpose, "offers"));
        Assert.Equal((0b110, 0b100), (_state.Profile.ConsentStated, _state.Profile.ConsentGranted));
    }

    [Fact]
    public void The_newest_name_counts_and_what_is_not_stated_stays()
    {
        Add(0, EventTypes.ParticipantIdentified, (Fields.GivenName, "Maria"), (Fields.Email, "m@example.org"), (Fields.BirthDate, 5_000));
        Add(1, EventTypes.ParticipantIdentified, (Fields.GivenName, "Mariana"));
        Add(2, EventTypes.HouseholdLinked, (Fields.Child, "p-18"));
        Add(3, EventTypes.HouseholdLinked, (Fields.Child, "p-18"));
        Assert.Equal(("Mariana", "m@example.org", 5_000), (_state.Profile.GivenName, _state.Profile.Email, _state.Profile.BirthDay));
        Assert.Equal(["p-18"], _state.Profile.Children);
        Add(4, EventTypes.HouseholdLinked, (Fields.Guardian, "p-16"));
        Assert.True(_state.Profile.HasGuardian);
        Assert.Equal("p-16", _state.Profile.Guardian);
    }

    [Fact]
    public void Facts_without_a_meaning_of_their_own_are_counted_and_observations_are_not()
    {
        Add(0, EventTypes.CommentPosted, (Fields.Words, "fine"));
        Add(1, EventTypes.EventVoided, (Fields.TargetId, "x"));
        Add(2, EventTypes.Unknown, (Fields.UnknownType, "locker.rented"));
        Assert.Equal((3, Start + 2 * CivilZone.MicrosPerDay), (_state.Facts, _state.Last.Time));
        Add(3, EventTypes.RiskRaised, (Fields.Rule, "silence"), (Fields.Cause, "x"));
        Assert.Equal((3, Start + 2 * CivilZone.MicrosPerDay), (_state.Facts, _state.Last.Time));
    }

    [Fact]
    public void A_fact_older_than_the_newest_is_not_applied_as_if_it_were_new()
    {
        Add(1, EventTypes.NoteAdded, (Fields.Words, "b"));
        var older = new FactBuilder(EventTypes.NoteAdded, "/registration", "old", "p-17", Start).Set(Fields.Words, "a").Build();
        Assert.Throws<InvalidOperationException>(() => PersonFold.Apply(_state, older.View(), CivilZone.Utc));
        Assert.True(PersonFold.TryApplyLate(_state, older.View(), CivilZone.Utc));
        Assert.Equal((2, 2, Start), (_state.Notes, _state.Facts, _state.FirstAt));
    }

    private void Confirm(int day, string section, string? key, long fee, params (Field, object)[] more) =>
        Add(day, EventTypes.RegistrationConfirmed, [(Fields.Section, section), (Fields.Registration, key ?? ""), (Fields.Amount, fee), .. more]);

    private void Meet(int day, int meetingDay, string presence) =>
        Add(day, EventTypes.AttendanceRecorded, (Fields.Section, "a"), (Fields.Presence, presence), (Fields.Meeting, Start + meetingDay * CivilZone.MicrosPerDay));

    /// <summary>Applies a fact; of those of one day, each is the newest (the hash of its id breaks the tie, so one is looked for).</summary>
    private void Add(int day, EventType type, params (Field Field, object Value)[] fields)
    {
        while (true)
        {
            var builder = new FactBuilder(type, "/registration", $"e-{_id++}", "p-17", Start + day * CivilZone.MicrosPerDay);
            foreach (var (field, value) in fields)
            {
                if (value is string text) builder.Set(field, text);
                else builder.Set(field, Convert.ToInt64(value));
            }

            var fact = builder.Build();
            if (_state.Facts > 0 && fact.Stamp <= _state.Last) continue;
            PersonFold.Apply(_state, fact.View(), CivilZone.Utc);
            return;
        }
    }
}
