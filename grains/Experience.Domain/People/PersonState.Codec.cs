using System.Buffers;

namespace Experience.Domain.People;

/// <summary>
/// The stored form of a state: a version, presence bits, then only the parts that there are. It is canonical, equal states have equal
/// bytes, because each part is present exactly when it holds something and every number has one encoding; so the bytes
/// are hashed and compared as they are. The profile's texts stand last and are copied, not read, unless asked for.
/// </summary>
public sealed partial class PersonState
{
    /// <summary>First byte of the stored form. A new version reads all older ones.</summary>
    public const byte StoredVersion = 1;

    // Upper bounds of the stored size, from the field lists below: a varint is at most 10 bytes, a hash 8.
    private const int FixedBytes = 1100;
    private const int RegistrationBytes = 180;
    private const int AnswerBytes = 140;
    private const int ItemBytes = 120;
    private const int KeyedItemBytes = ItemBytes + StateBytes.MaxText;
    private const int PairBytes = 20;

    [Flags]
    private enum Part : ulong
    {
        Registrations = 1 << 0,
        Waits = 1 << 1,
        Money = 1 << 2,
        Purchases = 1 << 3,
        Answers = 1 << 4,
        Complaints = 1 << 5,
        Promises = 1 << 6,
        Certificates = 1 << 7,
        Credentials = 1 << 8,
        Searches = 1 << 9,
        Inquiries = 1 << 10,
        Expectations = 1 << 11,
        Elsewhere = 1 << 12,
        Replies = 1 << 13,
        Transaction = 1 << 14,
        Delights = 1 << 15,
        PromiseCounts = 1 << 16,
        Referrals = 1 << 17,
        Notes = 1 << 18,
        Refunds = 1 << 19,
        Activities = 1 << 20,
        ContactHours = 1 << 21,
        LastOutreach = 1 << 22,
        LastForOthers = 1 << 23,
        Moved = 1 << 24,
        Unplaced = 1 << 25,
        EarlierRegistrations = 1 << 26,
        Profile = 1 << 27,
        Texts = 1 << 28,
        Erased = 1 << 29,
        Plan = 1 << 30,
    }

    /// <summary>Replaces the state by a stored one. The bytes are not needed afterwards.</summary>
    /// <exception cref="InvalidDataException">They are damaged, or of a later version.</exception>
    public void Read(ReadOnlySpan<byte> stored)
    {
        Clear();
        if (stored.IsEmpty) return;
        if (stored[0] != StoredVersion) throw new InvalidDataException($"A stored state has version {stored[0]}, this program reads {StoredVersion}.");
        var r = new StateReader(stored[1..]);
        var parts = (Part)r.Number();
        Facts = (long)r.Number();
        Last = r.Stamp();
        FirstAt = Facts == 1 ? Last.Time : r.Time();
        if ((parts & Part.Registrations) != 0)
        {
            var before = NoRegistration;
            for (var n = r.Count(); n > 0; n--)
            {
                var registration = AddRegistration();
                registration.Read(ref r, before);
                before = registration;
            }
        }

        RegistrationsConfirmed = Registrations.Count;
        if ((parts & Part.EarlierRegistrations) != 0) RegistrationsConfirmed += (int)r.Signed();
        if ((parts & Part.Money) != 0) Money.Read(ref r);
        if ((parts & Part.Purchases) != 0) Purchases.Read(ref r);
        if ((parts & Part.Answers) != 0) for (var n = r.Count(); n > 0; n--) InsertAnswer(Answers.Count).Read(ref r, Registrations);
        if ((parts & ~CommonParts) != 0) ReadRare(ref r, parts);
        if ((parts & Part.Profile) != 0) Profile.ReadNumbers(ref r);
        if ((parts & Part.Texts) != 0) Profile.ReadTexts(r.Rest);
    }

    /// <summary>Writes the stored form.</summary>
    public void Write(IBufferWriter<byte> output)
    {
        var parts = Present();
        var w = new StateWriter(output.GetSpan(Bound()));
        w.Rest[0] = StoredVersion;
        w.Skip(1);
        w.Number((ulong)parts);
        w.Number((ulong)Facts);
        w.Stamp(Last);
        if (Facts != 1) w.Time(FirstAt);
        if ((parts & Part.Registrations) != 0)
        {
            w.Number((ulong)Registrations.Count);
            var before = NoRegistration;
            foreach (var registration in Registrations)
            {
                registration.Write(ref w, before);
                before = registration;
            }
        }

        if ((parts & Part.EarlierRegistrations) != 0) w.Signed(RegistrationsConfirmed - Registrations.Count);
        if ((parts & Part.Money) != 0) Money.Write(ref w);
        if ((parts & Part.Purchases) != 0) Purchases.Write(ref w);
        if ((parts & Part.Answers) != 0)
        {
            w.Number((ulong)Answers.Count);
            foreach (var answer in Answers) answer.Write(ref w, Registrations);
        }

        if ((parts & ~CommonParts) != 0) WriteRare(ref w, parts);
        if ((parts & Part.Profile) != 0) Profile.WriteNumbers(ref w);
        if ((parts & Part.Texts) != 0)
        {
            Profile.WriteTexts(w.Rest);
            w.Skip(Profile.TextBytes);
        }

        output.Advance(w.Length);
    }

    // What the first of the list is compared with; nobody writes to it.
    private static readonly Registration NoRegistration = new();

    private const Part CommonParts = Part.Registrations | Part.EarlierRegistrations | Part.Money | Part.Purchases | Part.Answers | Part.Profile | Part.Texts;

    private Part Present()
    {
        Part parts = 0;
        if (Registrations.Count > 0) parts |= Part.Registrations;
        if (RegistrationsConfirmed != Registrations.Count) parts |= Part.EarlierRegistrations;
        if (!Money.IsEmpty) parts |= Part.Money;
        if (!Purchases.IsEmpty) parts |= Part.Purchases;
        if (Answers.Count > 0) parts |= Part.Answers;
        if (Waits.Count > 0) parts |= Part.Waits;
        if (Complaints.Count > 0) parts |= Part.Complaints;
        if (Promises.Count > 0) parts |= Part.Promises;
        if (Certificates.Count > 0) parts |= Part.Certificates;
        if (Credentials.Count > 0) parts |= Part.Credentials;
        if (UnmatchedSearches.Count > 0) parts |= Part.Searches;
        if (Inquiries.Count > 0) parts |= Part.Inquiries;
        if (Expectations.Count > 0) parts |= Part.Expectations;
        if (Elsewhere.Count > 0) parts |= Part.Elsewhere;
        if (Replies.Count > 0) parts |= Part.Replies;
        if (Refunds.Count > 0) parts |= Part.Refunds;
        if (Unplaced.Count > 0) parts |= Part.Unplaced;
        if (Transaction is not null) parts |= Part.Transaction;
        if (Delights != 0 || LastDelightAt != 0) parts |= Part.Delights;
        if (PromisesKept != 0 || PromisesBroken != 0) parts |= Part.PromiseCounts;
        if (Referrals != 0) parts |= Part.Referrals;
        if (Notes != 0) parts |= Part.Notes;
        if (Activities != 0 || LastActivityAt != 0) parts |= Part.Activities;
        if (ContactHours != 0) parts |= Part.ContactHours;
        if (LastOutreachAt != 0) parts |= Part.LastOutreach;
        if (LastForOthersAt != 0) parts |= Part.LastForOthers;
        if (RegistrationsMovedAt != 0) parts |= Part.Moved;
        if (ErasedAt != 0) parts |= Part.Erased;
        if (Plan.Courses.Count > 0) parts |= Part.Plan;
        if (Profile.HasNumbers) parts |= Part.Profile;
        if (Profile.HasTexts) parts |= Part.Texts;
        return parts;
    }

    private int Bound() => FixedBytes
        + Registrations.Count * RegistrationBytes
        + Answers.Count * AnswerBytes
        + (Waits.Count + Certificates.Count + Credentials.Count + Elsewhere.Count + Replies.Count + Refunds.Count + Unplaced.Count) * ItemBytes
        + (Complaints.Count + Promises.Count) * KeyedItemBytes
        + (UnmatchedSearches.Count + Inquiries.Count + Expectations.Count + Money.Months.Count + Purchases.RecentDays.Count) * PairBytes
        + Profile.TextBytes;

    private void ReadRare(ref StateReader r, Part parts)
    {
        if ((parts & Part.Waits) != 0) for (var n = r.Count(); n > 0; n--) AddWait().Read(ref r);
        if ((parts & Part.Complaints) != 0) for (var n = r.Count(); n > 0; n--) AddComplaint().Read(ref r);
        if ((parts & Part.Promises) != 0) for (var n = r.Count(); n > 0; n--) AddPromise().Read(ref r);
        if ((parts & Part.Certificates) != 0) for (var n = r.Count(); n > 0; n--) AddCertificate().Read(ref r);
        if ((parts & Part.Credentials) != 0) for (var n = r.Count(); n > 0; n--) AddCredential().Read(ref r);
        if ((parts & Part.Searches) != 0) ReadTopics(ref r, UnmatchedSearches);
        if ((parts & Part.Inquiries) != 0) ReadTopics(ref r, Inquiries);
        if ((parts & Part.Expectations) != 0) ReadTopics(ref r, Expectations);
        if ((parts & Part.Elsewhere) != 0)
        {
            for (var n = r.Count(); n > 0; n--) Elsewhere.Add(new ElsewhereReport(r.Hash(), r.Hash(), r.Int(), r.Time()));
        }

        if ((parts & Part.Replies) != 0)
        {
            for (var n = r.Count(); n > 0; n--) Replies.Add(new Reply(r.Hash(), r.Hash(), (ReplyKind)r.Int(), r.Time(), r.Hash(), r.Hash()));
        }

        if ((parts & Part.Refunds) != 0)
        {
            for (var n = r.Count(); n > 0; n--) Refunds.Add(new RefundAsked(r.Time(), r.Hash(), r.Hash(), r.Number() != 0));
        }

        if ((parts & Part.Unplaced) != 0)
        {
            for (var n = r.Count(); n > 0; n--) Unplaced.Add(new UnplacedMoney(r.Hash(), r.Hash(), r.Signed(), r.Signed(), r.Hash(), r.Number() != 0));
        }

        if ((parts & Part.Transaction) != 0) Transaction = new OpenTransaction(r.Hash(), (int)r.Signed(), r.Hash(), r.Hash(), r.Hash(), r.Time());
        if ((parts & Part.Delights) != 0) (Delights, LastDelightAt) = (r.Int(), r.Time());
        if ((parts & Part.PromiseCounts) != 0) (PromisesKept, PromisesBroken) = (r.Int(), r.Int());
        if ((parts & Part.Referrals) != 0) Referrals = r.Int();
        if ((parts & Part.Notes) != 0) Notes = r.Int();
        if ((parts & Part.Activities) != 0) (Activities, LastActivityAt) = (r.Int(), r.Time());
        if ((parts & Part.ContactHours) != 0) ContactHours = r.Signed();
        if ((parts & Part.LastOutreach) != 0) LastOutreachAt = r.Time();
        if ((parts & Part.LastForOthers) != 0) LastForOthersAt = r.Time();
        if ((parts & Part.Moved) != 0) RegistrationsMovedAt = r.Time();
        if ((parts & Part.Erased) != 0) ErasedAt = r.Time();
        if ((parts & Part.Plan) == 0) return;
        (Plan.Certificate, Plan.PlannedAt) = (r.Hash(), r.Time());
        for (var n = r.Count(); n > 0; n--) Plan.Courses.Add(r.Hash());
    }

    private void WriteRare(ref StateWriter w, Part parts)
    {
        if ((parts & Part.Waits) != 0)
        {
            w.Number((ulong)Waits.Count);
            foreach (var wait in Waits) wait.Write(ref w);
        }

        if ((parts & Part.Complaints) != 0)
        {
            w.Number((ulong)Complaints.Count);
            foreach (var complaint in Complaints) complaint.Write(ref w);
        }

        if ((parts & Part.Promises) != 0)
        {
            w.Number((ulong)Promises.Count);
            foreach (var promise in Promises) promise.Write(ref w);
        }

        if ((parts & Part.Certificates) != 0)
        {
            w.Number((ulong)Certificates.Count);
            foreach (var certificate in Certificates) certificate.Write(ref w);
        }

        if ((parts & Part.Credentials) != 0)
        {
            w.Number((ulong)Credentials.Count);
            foreach (var credential in Credentials) credential.Write(ref w);
        }

        if ((parts & Part.Searches) != 0) WriteTopics(ref w, UnmatchedSearches);
        if ((parts & Part.Inquiries) != 0) WriteTopics(ref w, Inquiries);
        if ((parts & Part.Expectations) != 0) WriteTopics(ref w, Expectations);
        if ((parts & Part.Elsewhere) != 0)
        {
            w.Number((ulong)Elsewhere.Count);
            foreach (var report in Elsewhere)
            {
                w.Hash(report.Provider);
                w.Hash(report.Topic);
                w.Number((ulong)report.Count);
                w.Time(report.At);
            }
        }

        if ((parts & Part.Replies) != 0)
        {
            w.Number((ulong)Replies.Count);
            foreach (var reply in Replies)
            {
                w.Hash(reply.Rule);
                w.Hash(reply.Cause);
                w.Number((ulong)reply.Kind);
                w.Time(reply.At);
                w.Hash(reply.Staff);
                w.Hash(reply.Transaction);
            }
        }

        if ((parts & Part.Refunds) != 0)
        {
            w.Number((ulong)Refunds.Count);
            foreach (var refund in Refunds)
            {
                w.Time(refund.At);
                w.Hash(refund.Section);
                w.Hash(refund.Reason);
                w.Number(refund.OurFault ? 1UL : 0);
            }
        }

        if ((parts & Part.Unplaced) != 0)
        {
            w.Number((ulong)Unplaced.Count);
            foreach (var money in Unplaced)
            {
                w.Hash(money.Registration);
                w.Hash(money.Section);
                w.Signed(money.Paid);
                w.Signed(money.Refunded);
                w.Hash(money.PayerOrganisation);
                w.Number(money.PaidByOther ? 1UL : 0);
            }
        }

        if (Transaction is { } transaction)
        {
            w.Hash(transaction.Key);
            w.Signed(transaction.Kind);
            w.Hash(transaction.Section);
            w.Hash(transaction.Staff);
            w.Hash(transaction.Desk);
            w.Time(transaction.OpenedAt);
        }

        if ((parts & Part.Delights) != 0)
        {
            w.Number((ulong)Delights);
            w.Time(LastDelightAt);
        }

        if ((parts & Part.PromiseCounts) != 0)
        {
            w.Number((ulong)PromisesKept);
            w.Number((ulong)PromisesBroken);
        }

        if ((parts & Part.Referrals) != 0) w.Number((ulong)Referrals);
        if ((parts & Part.Notes) != 0) w.Number((ulong)Notes);
        if ((parts & Part.Activities) != 0)
        {
            w.Number((ulong)Activities);
            w.Time(LastActivityAt);
        }

        if ((parts & Part.ContactHours) != 0) w.Signed(ContactHours);
        if ((parts & Part.LastOutreach) != 0) w.Time(LastOutreachAt);
        if ((parts & Part.LastForOthers) != 0) w.Time(LastForOthersAt);
        if ((parts & Part.Moved) != 0) w.Time(RegistrationsMovedAt);
        if ((parts & Part.Erased) != 0) w.Time(ErasedAt);
        if ((parts & Part.Plan) == 0) return;
        w.Hash(Plan.Certificate);
        w.Time(Plan.PlannedAt);
        w.Number((ulong)Plan.Courses.Count);
        foreach (var course in Plan.Courses) w.Hash(course);
    }

    private static void ReadTopics(ref StateReader r, List<TopicAt> list)
    {
        for (var n = r.Count(); n > 0; n--) list.Add(new TopicAt(r.Hash(), r.Time()));
    }

    private static void WriteTopics(ref StateWriter w, List<TopicAt> list)
    {
        w.Number((ulong)list.Count);
        foreach (var topic in list)
        {
            w.Hash(topic.Topic);
            w.Time(topic.At);
        }
    }
}
