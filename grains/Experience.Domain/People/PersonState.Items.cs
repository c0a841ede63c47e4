namespace Experience.Domain.People;

// The stored form of each item of a state: presence bits as a varint, then the members that are not at their default, in the
// order of the bits.

public sealed partial class Registration
{
    /// <param name="before">The registration before this one in the list: people stay with a program, so what is as it was there costs nothing.</param>
    internal void Write(ref StateWriter w, Registration before)
    {
        var mask = (ulong)Status;
        if (PaidByOther) mask |= 1 << 3;
        if (OurFault) mask |= 1 << 4;
        if (Key != Section) mask |= 1 << 5;
        if (Course != before.Course) mask |= 1 << 6;
        if (Term != before.Term) mask |= 1 << 7;
        if (Program != before.Program) mask |= 1 << 8;
        if (StatusAt != ConfirmedAt) mask |= 1 << 9;
        if (Fee != 0) mask |= 1 << 10;
        if (Paid != Fee) mask |= 1 << 11;
        if (Refunded != 0) mask |= 1 << 12;
        if (PayerOrganisation != before.PayerOrganisation) mask |= 1 << 13;
        if (RefundAskedAt != 0) mask |= 1 << 14;
        if (Present != 0) mask |= 1 << 15;
        if (Absent != 0) mask |= 1 << 16;
        if (AbsentRunning != 0) mask |= 1 << 17;
        if (LastMeetingAt != 0) mask |= 1 << 18;
        if (Rating != 0) mask |= 1 << 19;
        if (RatingAt != 0) mask |= 1 << 20;
        if (Activities != 0) mask |= 1 << 21;
        if (Grades != 0) mask |= 1 << 22;
        if (NotPassed != 0) mask |= 1 << 23;
        w.Number(mask);
        w.Time(ConfirmedAt);
        w.Hash(Section);
        if ((mask & (1 << 5)) != 0) w.Hash(Key);
        if ((mask & (1 << 6)) != 0) w.Hash(Course);
        if ((mask & (1 << 7)) != 0) w.Hash(Term);
        if ((mask & (1 << 8)) != 0) w.Hash(Program);
        if ((mask & (1 << 9)) != 0) w.Time(StatusAt);
        if ((mask & (1 << 10)) != 0) w.Signed(Fee);
        if ((mask & (1 << 11)) != 0) w.Signed(Paid);
        if ((mask & (1 << 12)) != 0) w.Signed(Refunded);
        if ((mask & (1 << 13)) != 0) w.Hash(PayerOrganisation);
        if ((mask & (1 << 14)) != 0) w.Time(RefundAskedAt);
        if ((mask & (1 << 15)) != 0) w.Number((ulong)Present);
        if ((mask & (1 << 16)) != 0) w.Number((ulong)Absent);
        if ((mask & (1 << 17)) != 0) w.Number((ulong)AbsentRunning);
        if ((mask & (1 << 18)) != 0) w.Time(LastMeetingAt);
        if ((mask & (1 << 19)) != 0) w.Number((ulong)Rating);
        if ((mask & (1 << 20)) != 0) w.Time(RatingAt);
        if ((mask & (1 << 21)) != 0)
        {
            w.Number((ulong)Activities);
            w.Time(LastActivityAt);
        }

        if ((mask & (1 << 22)) != 0)
        {
            w.Number((ulong)Grades);
            w.Number((ulong)GradeSum);
        }

        if ((mask & (1 << 23)) != 0) w.Number((ulong)NotPassed);
    }

    internal void Read(ref StateReader r, Registration before)
    {
        var mask = r.Number();
        ConfirmedAt = r.Time();
        Section = r.Hash();
        Status = (RegistrationStatus)(mask & 7);
        PaidByOther = (mask & (1 << 3)) != 0;
        OurFault = (mask & (1 << 4)) != 0;
        Key = (mask & (1 << 5)) != 0 ? r.Hash() : Section;
        Course = (mask & (1 << 6)) != 0 ? r.Hash() : before.Course;
        Term = (mask & (1 << 7)) != 0 ? r.Hash() : before.Term;
        Program = (mask & (1 << 8)) != 0 ? r.Hash() : before.Program;
        StatusAt = (mask & (1 << 9)) != 0 ? r.Time() : ConfirmedAt;
        if ((mask & (1 << 10)) != 0) Fee = r.Signed();
        Paid = (mask & (1 << 11)) != 0 ? r.Signed() : Fee;
        if ((mask & (1 << 12)) != 0) Refunded = r.Signed();
        PayerOrganisation = (mask & (1 << 13)) != 0 ? r.Hash() : before.PayerOrganisation;
        if ((mask & (1 << 14)) != 0) RefundAskedAt = r.Time();
        if ((mask & (1 << 15)) != 0) Present = r.Int();
        if ((mask & (1 << 16)) != 0) Absent = r.Int();
        if ((mask & (1 << 17)) != 0) AbsentRunning = r.Int();
        if ((mask & (1 << 18)) != 0) LastMeetingAt = r.Time();
        if ((mask & (1 << 19)) != 0) Rating = r.Int();
        if ((mask & (1 << 20)) != 0) RatingAt = r.Time();
        if ((mask & (1 << 21)) != 0) (Activities, LastActivityAt) = (r.Int(), r.Time());
        if ((mask & (1 << 22)) != 0) (Grades, GradeSum) = (r.Int(), (long)r.Number());
        if ((mask & (1 << 23)) != 0) NotPassed = r.Int();
    }
}

public sealed partial class Wait
{
    internal void Write(ref StateWriter w)
    {
        ulong mask = 0;
        if (Course != 0) mask |= 1 << 0;
        if (Place != 0) mask |= 1 << 1;
        if (OfferedAt != 0) mask |= 1 << 2;
        if (EndedAt != 0) mask |= 1 << 3;
        w.Number(mask);
        w.Hash(Section);
        w.Time(Since);
        if ((mask & (1 << 0)) != 0) w.Hash(Course);
        if ((mask & (1 << 1)) != 0) w.Number((ulong)Place);
        if ((mask & (1 << 2)) != 0) w.Time(OfferedAt);
        if ((mask & (1 << 3)) != 0) w.Time(EndedAt);
    }

    internal void Read(ref StateReader r)
    {
        var mask = r.Number();
        Section = r.Hash();
        Since = r.Time();
        if ((mask & (1 << 0)) != 0) Course = r.Hash();
        if ((mask & (1 << 1)) != 0) Place = r.Int();
        if ((mask & (1 << 2)) != 0) OfferedAt = r.Time();
        if ((mask & (1 << 3)) != 0) EndedAt = r.Time();
    }
}

public sealed partial class SurveyAnswer
{
    /// <param name="registrations">Most answers are about a section that was taken: its place, from 1, stands for its name.</param>
    internal void Write(ref StateWriter w, List<Registration> registrations)
    {
        ulong mask = 0;
        if (HasText) mask |= 1 << 0;
        if (Survey >= 0) mask |= 1 << 1;
        if (Service != 0) mask |= 1 << 2;
        if (Competent != 0) mask |= 1 << 3;
        if (Pleasant != 0) mask |= 1 << 4;
        if (Easy != 0) mask |= 1 << 5;
        if (Course != 0) mask |= 1 << 6;
        if (Csat != 0) mask |= 1 << 7;
        if (NpsPlusOne != 0) mask |= 1 << 8;
        if (Ces != 0) mask |= 1 << 9;
        if (Section != 0) mask |= 1 << 10;
        if (Staff != 0) mask |= 1 << 11;
        if (Desk != 0) mask |= 1 << 12;
        w.Number(mask);
        w.Stamp(Stamp);
        if ((mask & (1 << 1)) != 0) w.Number((ulong)Survey);
        if ((mask & (1 << 2)) != 0) w.Number((ulong)Service);
        if ((mask & (1 << 3)) != 0) w.Number((ulong)Competent);
        if ((mask & (1 << 4)) != 0) w.Number((ulong)Pleasant);
        if ((mask & (1 << 5)) != 0) w.Number((ulong)Easy);
        if ((mask & (1 << 6)) != 0) w.Number((ulong)Course);
        if ((mask & (1 << 7)) != 0) w.Number((ulong)Csat);
        if ((mask & (1 << 8)) != 0) w.Number((ulong)NpsPlusOne);
        if ((mask & (1 << 9)) != 0) w.Number((ulong)Ces);
        if ((mask & (1 << 10)) != 0) WriteSection(ref w, registrations);
        if ((mask & (1 << 11)) != 0) w.Hash(Staff);
        if ((mask & (1 << 12)) != 0) w.Hash(Desk);
    }

    internal void Read(ref StateReader r, List<Registration> registrations)
    {
        var mask = r.Number();
        Stamp = r.Stamp();
        HasText = (mask & (1 << 0)) != 0;
        Survey = (mask & (1 << 1)) != 0 ? r.Int() : -1;
        if ((mask & (1 << 2)) != 0) Service = r.Int();
        if ((mask & (1 << 3)) != 0) Competent = r.Int();
        if ((mask & (1 << 4)) != 0) Pleasant = r.Int();
        if ((mask & (1 << 5)) != 0) Easy = r.Int();
        if ((mask & (1 << 6)) != 0) Course = r.Int();
        if ((mask & (1 << 7)) != 0) Csat = r.Int();
        if ((mask & (1 << 8)) != 0) NpsPlusOne = r.Int();
        if ((mask & (1 << 9)) != 0) Ces = r.Int();
        if ((mask & (1 << 10)) != 0) Section = ReadSection(ref r, registrations);
        if ((mask & (1 << 11)) != 0) Staff = r.Hash();
        if ((mask & (1 << 12)) != 0) Desk = r.Hash();
    }

    private void WriteSection(ref StateWriter w, List<Registration> registrations)
    {
        var place = 0;
        for (var i = 0; i < registrations.Count && place == 0; i++)
        {
            if (registrations[i].Section == Section) place = i + 1;
        }

        w.Number((ulong)place);
        if (place == 0) w.Hash(Section);
    }

    private static ulong ReadSection(ref StateReader r, List<Registration> registrations)
    {
        var place = r.Int();
        if (place == 0) return r.Hash();
        if ((uint)place > (uint)registrations.Count) throw new InvalidDataException("A stored answer names a registration that is not there.");
        return registrations[place - 1].Section;
    }
}

public sealed partial class Complaint
{
    internal void Write(ref StateWriter w)
    {
        ulong mask = 0;
        if (EasilyFixable) mask |= 1 << 0;
        if (Access) mask |= 1 << 1;
        if (OurFault) mask |= 1 << 2;
        if (Category != 0) mask |= 1 << 3;
        if (Department != 0) mask |= 1 << 4;
        if (Section != 0) mask |= 1 << 5;
        if (Desk != 0) mask |= 1 << 6;
        if (Title != 0) mask |= 1 << 7;
        if (FirstAnswerAt != 0) mask |= 1 << 8;
        if (UpdatedAt != 0) mask |= 1 << 9;
        if (StatedDue != 0) mask |= 1 << 10;
        if (ResolvedAt != 0) mask |= 1 << 11;
        w.Number(mask);
        w.Text(Key);
        w.Time(OpenedAt);
        if ((mask & (1 << 3)) != 0) w.Hash(Category);
        if ((mask & (1 << 4)) != 0) w.Hash(Department);
        if ((mask & (1 << 5)) != 0) w.Hash(Section);
        if ((mask & (1 << 6)) != 0) w.Hash(Desk);
        if ((mask & (1 << 7)) != 0) w.Hash(Title);
        if ((mask & (1 << 8)) != 0) w.Time(FirstAnswerAt);
        if ((mask & (1 << 9)) != 0) w.Time(UpdatedAt);
        if ((mask & (1 << 10)) != 0) w.Time(StatedDue);
        if ((mask & (1 << 11)) != 0) w.Time(ResolvedAt);
    }

    internal void Read(ref StateReader r)
    {
        var mask = r.Number();
        Key = r.Text();
        OpenedAt = r.Time();
        EasilyFixable = (mask & (1 << 0)) != 0;
        Access = (mask & (1 << 1)) != 0;
        OurFault = (mask & (1 << 2)) != 0;
        if ((mask & (1 << 3)) != 0) Category = r.Hash();
        if ((mask & (1 << 4)) != 0) Department = r.Hash();
        if ((mask & (1 << 5)) != 0) Section = r.Hash();
        if ((mask & (1 << 6)) != 0) Desk = r.Hash();
        if ((mask & (1 << 7)) != 0) Title = r.Hash();
        if ((mask & (1 << 8)) != 0) FirstAnswerAt = r.Time();
        if ((mask & (1 << 9)) != 0) UpdatedAt = r.Time();
        if ((mask & (1 << 10)) != 0) StatedDue = r.Time();
        if ((mask & (1 << 11)) != 0) ResolvedAt = r.Time();
    }
}

public sealed partial class PromiseMade
{
    internal void Write(ref StateWriter w)
    {
        ulong mask = 0;
        if (Title != 0) mask |= 1 << 0;
        if (Staff != 0) mask |= 1 << 1;
        if (Desk != 0) mask |= 1 << 2;
        if (Section != 0) mask |= 1 << 3;
        if (KeptAt != 0) mask |= 1 << 4;
        if (BrokenAt != 0) mask |= 1 << 5;
        w.Number(mask);
        w.Text(Key);
        w.Time(MadeAt);
        w.Time(DueAt);
        if ((mask & (1 << 0)) != 0) w.Hash(Title);
        if ((mask & (1 << 1)) != 0) w.Hash(Staff);
        if ((mask & (1 << 2)) != 0) w.Hash(Desk);
        if ((mask & (1 << 3)) != 0) w.Hash(Section);
        if ((mask & (1 << 4)) != 0) w.Time(KeptAt);
        if ((mask & (1 << 5)) != 0) w.Time(BrokenAt);
    }

    internal void Read(ref StateReader r)
    {
        var mask = r.Number();
        Key = r.Text();
        MadeAt = r.Time();
        DueAt = r.Time();
        if ((mask & (1 << 0)) != 0) Title = r.Hash();
        if ((mask & (1 << 1)) != 0) Staff = r.Hash();
        if ((mask & (1 << 2)) != 0) Desk = r.Hash();
        if ((mask & (1 << 3)) != 0) Section = r.Hash();
        if ((mask & (1 << 4)) != 0) KeptAt = r.Time();
        if ((mask & (1 << 5)) != 0) BrokenAt = r.Time();
    }
}

public sealed partial class CertificateProgress
{
    internal void Write(ref StateWriter w)
    {
        ulong mask = 0;
        if (Completed != 0) mask |= 1 << 0;
        if (Required != 0) mask |= 1 << 1;
        if (ProgressedAt != 0) mask |= 1 << 2;
        if (AwardedAt != 0) mask |= 1 << 3;
        if (NextCourse != 0) mask |= 1 << 4;
        w.Number(mask);
        w.Hash(Certificate);
        if ((mask & (1 << 0)) != 0) w.Number((ulong)Completed);
        if ((mask & (1 << 1)) != 0) w.Number((ulong)Required);
        if ((mask & (1 << 2)) != 0) w.Time(ProgressedAt);
        if ((mask & (1 << 3)) != 0) w.Time(AwardedAt);
        if ((mask & (1 << 4)) != 0) w.Hash(NextCourse);
    }

    internal void Read(ref StateReader r)
    {
        var mask = r.Number();
        Certificate = r.Hash();
        if ((mask & (1 << 0)) != 0) Completed = r.Int();
        if ((mask & (1 << 1)) != 0) Required = r.Int();
        if ((mask & (1 << 2)) != 0) ProgressedAt = r.Time();
        if ((mask & (1 << 3)) != 0) AwardedAt = r.Time();
        if ((mask & (1 << 4)) != 0) NextCourse = r.Hash();
    }
}

public sealed partial class CredentialExpiry
{
    internal void Write(ref StateWriter w)
    {
        ulong mask = 0;
        if (ExpiresDay != NotStated) mask |= 1 << 0;
        if (HoursRequired != 0) mask |= 1 << 1;
        if (HoursEarned != 0) mask |= 1 << 2;
        if (StatedAt != 0) mask |= 1 << 3;
        w.Number(mask);
        w.Hash(Credential);
        if ((mask & (1 << 0)) != 0) w.Signed(ExpiresDay);
        if ((mask & (1 << 1)) != 0) w.Signed(HoursRequired);
        if ((mask & (1 << 2)) != 0) w.Signed(HoursEarned);
        if ((mask & (1 << 3)) != 0) w.Time(StatedAt);
    }

    internal void Read(ref StateReader r)
    {
        var mask = r.Number();
        Credential = r.Hash();
        ExpiresDay = (mask & (1 << 0)) != 0 ? (int)r.Signed() : NotStated;
        if ((mask & (1 << 1)) != 0) HoursRequired = r.Signed();
        if ((mask & (1 << 2)) != 0) HoursEarned = r.Signed();
        if ((mask & (1 << 3)) != 0) StatedAt = r.Time();
    }
}
