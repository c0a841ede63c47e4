using Experience.Domain.Events;

namespace Experience.Domain.People;

/// <summary>What the person says, what we promise, and what staff answered.</summary>
public static partial class PersonFold
{
    private static bool Feedback(PersonState state, in FactView fact, bool late)
    {
        var c = new FieldCursor(fact.Clear);
        var section = c.Hash(Fields.Section);
        var staff = c.Hash(Fields.Staff);
        var desk = c.Hash(Fields.Desk);
        var survey = (int)c.Number(Fields.Survey, -1);
        var service = (int)c.Number(Fields.Service);
        var competent = (int)c.Number(Fields.Competent);
        var pleasant = (int)c.Number(Fields.Pleasant);
        var easy = (int)c.Number(Fields.Easy);
        var rating = (int)c.Number(Fields.CourseRating);
        var csat = (int)c.Number(Fields.Csat);
        var nps = (int)c.Number(Fields.Nps, -1) + 1;
        var ces = (int)c.Number(Fields.Ces);

        Registration? registration = null;
        if (section != 0 && rating != 0)
        {
            if (!late) registration = Find(state, 0, section);
            else if (FindLate(state, 0, section, fact.Time, out registration) == Found.Unclear) return false;
            if (late && registration?.RatingAt == fact.Time) return false;
        }

        if (registration is not null && (!late || fact.Time > registration.RatingAt))
        {
            registration.Rating = rating;
            registration.RatingAt = fact.Time;
        }

        var stamp = fact.Stamp;
        var answers = state.Answers;
        var index = answers.Count;
        while (index > 0 && answers[index - 1].Stamp > stamp) index--;
        if (answers.Count == PersonState.MaxAnswers)
        {
            if (index == 0) return true;
            state.RemoveAnswer(0);
            index--;
        }

        var answer = state.InsertAnswer(index);
        answer.Stamp = stamp;
        answer.Survey = survey;
        answer.Service = service;
        answer.Competent = competent;
        answer.Pleasant = pleasant;
        answer.Easy = easy;
        answer.Course = rating;
        answer.Csat = csat;
        answer.NpsPlusOne = nps;
        answer.Ces = ces;
        answer.Section = section;
        answer.Staff = staff;
        answer.Desk = desk;
        answer.HasText = new FieldCursor(fact.Personal).Has(Fields.Words);
        return true;
    }

    /// <summary>A complaint opened again under its key starts afresh. Beyond the cap the oldest resolved one leaves, or else the oldest.</summary>
    private static bool ComplaintOpened(PersonState state, in FactView fact)
    {
        var c = new FieldCursor(fact.Clear);
        var section = c.Hash(Fields.Section);
        if (c.Text(Fields.Complaint) is not { Length: > 0 } key) return true;
        var same = state.Complaints.FindIndex(x => x.Key == key);
        if (same >= 0) state.RemoveComplaint(same);
        else if (state.Complaints.Count == PersonState.MaxComplaints) state.RemoveComplaint(Math.Max(0, state.Complaints.FindIndex(static x => !x.Open)));
        var complaint = state.AddComplaint();
        complaint.Key = key;
        complaint.Section = section;
        complaint.OpenedAt = fact.Time;
        complaint.Desk = c.Hash(Fields.Desk);
        complaint.Category = c.Hash(Fields.Category);
        complaint.Department = c.Hash(Fields.Department);
        complaint.StatedDue = Instant(c.Number(Fields.Due));
        complaint.OurFault = c.Number(Fields.Fault, -1) == FaultOurs;
        complaint.EasilyFixable = c.Number(Fields.EasilyFixable) != 0;
        complaint.Access = c.Number(Fields.Access) != 0;
        complaint.Title = c.Hash(Fields.Title);
        return true;
    }

    private static bool ComplaintUpdated(PersonState state, in FactView fact)
    {
        var c = new FieldCursor(fact.Clear);
        var key = c.Text(Fields.Complaint);
        if (state.Complaints.Find(x => x.Key == key) is not { } complaint) return true;
        var department = c.Hash(Fields.Department);
        if (department != 0) complaint.Department = department;
        complaint.StatedDue = Instant(c.Number(Fields.Due));
        Answered(complaint, fact.Time);
        return true;
    }

    private static bool ComplaintResolved(PersonState state, in FactView fact)
    {
        var key = new FieldCursor(fact.Clear).Text(Fields.Complaint);
        if (state.Complaints.Find(x => x.Key == key) is not { Open: true } complaint) return true;
        complaint.ResolvedAt = fact.Time;
        complaint.StatedDue = 0;
        Answered(complaint, fact.Time);
        return true;
    }

    private static void Answered(Complaint complaint, long time)
    {
        if (complaint.FirstAnswerAt == 0) complaint.FirstAnswerAt = time;
        complaint.UpdatedAt = time;
    }

    private static bool PromiseMade(PersonState state, in FactView fact)
    {
        var c = new FieldCursor(fact.Clear);
        var section = c.Hash(Fields.Section);
        if (c.Text(Fields.Promise) is not { Length: > 0 } key) return true;
        var same = state.Promises.FindIndex(x => x.Key == key);
        if (same >= 0) state.RemovePromise(same);
        else if (state.Promises.Count == PersonState.MaxPromises) state.RemovePromise(Math.Max(0, state.Promises.FindIndex(static x => !x.Open)));
        var promise = state.AddPromise();
        promise.Key = key;
        promise.Section = section;
        promise.MadeAt = fact.Time;
        promise.Staff = c.Hash(Fields.Staff);
        promise.Desk = c.Hash(Fields.Desk);
        promise.DueAt = Instant(c.Number(Fields.Due));
        promise.Title = c.Hash(Fields.Title);
        return true;
    }

    /// <summary>Kept counts once a promise, and once for each word on one that is not known (any more).</summary>
    private static bool PromiseKept(PersonState state, in FactView fact)
    {
        var key = new FieldCursor(fact.Clear).Text(Fields.Promise);
        var promise = state.Promises.Find(x => x.Key == key);
        if (promise is { KeptAt: not 0 }) return true;
        if (promise is not null) promise.KeptAt = fact.Time;
        state.PromisesKept++;
        return true;
    }

    private static bool PromiseBroken(PersonState state, in FactView fact)
    {
        var key = new FieldCursor(fact.Clear).Text(Fields.Promise);
        var promise = state.Promises.Find(x => x.Key == key);
        if (promise is { BrokenAt: not 0 }) return true;
        if (promise is not null) promise.BrokenAt = fact.Time;
        state.PromisesBroken++;
        return true;
    }

    private static bool Delight(PersonState state, in FactView fact)
    {
        state.LastDelightAt = state.Delights == 0 ? fact.Time : Math.Max(state.LastDelightAt, fact.Time);
        state.Delights++;
        return true;
    }

    private static bool Replied(PersonState state, in FactView fact, ReplyKind kind, bool late)
    {
        if (late && !CanLog(state.Replies, fact.Time)) return false;
        var c = new FieldCursor(fact.Clear);
        var transaction = c.Hash(Fields.Transaction);
        var staff = c.Hash(Fields.Staff);
        var rule = c.Hash(Fields.Rule);
        var cause = c.Hash(Fields.Cause);
        Log(state.Replies, new Reply(rule, cause, kind, fact.Time, staff, transaction), PersonState.MaxReplies);
        // Whoever accepted or declined was asked.
        if (kind != ReplyKind.Acknowledged) state.LastOutreachAt = state.LastOutreachAt == 0 ? fact.Time : Math.Max(state.LastOutreachAt, fact.Time);
        return true;
    }
}
