namespace Experience.Domain.People;

/// <summary>Reuse of the objects that lists hold: reading the next person allocates nothing.</summary>
public sealed partial class PersonState
{
    private readonly ItemPool<Registration> _registrations = new(static r => r.Reset());
    private readonly ItemPool<Wait> _waits = new(static w => w.Reset());
    private readonly ItemPool<SurveyAnswer> _answers = new(static a => a.Reset());
    private readonly ItemPool<Complaint> _complaints = new(static c => c.Reset());
    private readonly ItemPool<PromiseMade> _promises = new(static p => p.Reset());
    private readonly ItemPool<CertificateProgress> _certificates = new(static c => c.Reset());
    private readonly ItemPool<CredentialExpiry> _credentials = new(static c => c.Reset());

    /// <summary>Makes it the state of a person of whom nothing is known.</summary>
    public void Clear()
    {
        Last = default;
        FirstAt = Facts = ErasedAt = 0;
        Profile.Clear();
        _registrations.ReturnAll(Registrations);
        RegistrationsConfirmed = 0;
        RegistrationsMovedAt = LastForOthersAt = 0;
        Unplaced.Clear();
        _waits.ReturnAll(Waits);
        Money.Reset();
        Purchases.Reset();
        _answers.ReturnAll(Answers);
        _complaints.ReturnAll(Complaints);
        _promises.ReturnAll(Promises);
        _certificates.ReturnAll(Certificates);
        Plan.Reset();
        _credentials.ReturnAll(Credentials);
        UnmatchedSearches.Clear();
        Inquiries.Clear();
        Expectations.Clear();
        Elsewhere.Clear();
        Replies.Clear();
        Transaction = null;
        Delights = PromisesKept = PromisesBroken = Referrals = Notes = Activities = 0;
        LastDelightAt = LastActivityAt = LastOutreachAt = 0;
        Refunds.Clear();
        ContactHours = 0;
    }

    internal Registration AddRegistration() => _registrations.Add(Registrations);

    internal void RemoveRegistration(int index) => _registrations.Remove(Registrations, index);

    internal Wait AddWait() => _waits.Add(Waits);

    internal void RemoveWait(int index) => _waits.Remove(Waits, index);

    internal SurveyAnswer InsertAnswer(int index) => _answers.Insert(Answers, index);

    internal void RemoveAnswer(int index) => _answers.Remove(Answers, index);

    internal Complaint AddComplaint() => _complaints.Add(Complaints);

    internal void RemoveComplaint(int index) => _complaints.Remove(Complaints, index);

    internal PromiseMade AddPromise() => _promises.Add(Promises);

    internal void RemovePromise(int index) => _promises.Remove(Promises, index);

    internal CertificateProgress AddCertificate() => _certificates.Add(Certificates);

    internal void RemoveCertificate(int index) => _certificates.Remove(Certificates, index);

    internal CredentialExpiry AddCredential() => _credentials.Add(Credentials);

    internal void RemoveCredential(int index) => _credentials.Remove(Credentials, index);
}

/// <summary>Instances to reuse; never more than the lists of one state held at once, which their caps bound.</summary>
internal sealed class ItemPool<T>(Action<T> reset)
    where T : class, new()
{
    private readonly Stack<T> _free = [];

    public T Add(List<T> list) => Insert(list, list.Count);

    public T Insert(List<T> list, int index)
    {
        if (!_free.TryPop(out var item)) item = new T();
        list.Insert(index, item);
        return item;
    }

    public void Remove(List<T> list, int index)
    {
        Return(list[index]);
        list.RemoveAt(index);
    }

    public void ReturnAll(List<T> list)
    {
        foreach (var item in list) Return(item);
        list.Clear();
    }

    private void Return(T item)
    {
        reset(item);
        _free.Push(item);
    }
}
