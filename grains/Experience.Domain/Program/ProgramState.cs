using Experience.Domain.Events;
using Experience.Domain.Models.Learning;
using Experience.Domain.People;
using static Experience.Domain.Events.Fields;

namespace Experience.Domain.Programs;

/// <summary>
/// The fold of the program's own stream: catalogue, costs, policy, segments, thanks. Mutable, of one owner; what everybody else
/// reads is its <see cref="Snapshot"/>. Facts come in the order of their stamps; for a late one the owner clears and folds again
/// (the stream is a catalogue, thousands of facts, not millions).
/// </summary>
public sealed partial class ProgramState(CivilZone zone, string name, string currency, Func<ulong, string?>? resolveName = null)
{
    /// <summary>Newest thanks kept one by one, for windows; older ones leave.</summary>
    public const int MaxThanks = 8_192;

    public const int MaxInitiatives = 256;

    private readonly Dictionary<ulong, SectionInfo> _sections = [];
    private readonly Dictionary<ulong, string> _names = [];
    private readonly List<SegmentDefinition> _segments = [];
    private readonly List<Thanks> _thanks = [];
    private readonly List<Initiative> _initiatives = [];
    private readonly HashSet<ulong> _changedSections = [];
    private readonly HashSet<ulong> _changedCourses = [];
    private readonly HashSet<string> _changedModels = [];
    private Policy _policy = Policy.Default(name, currency, zone.Zone.Id);
    private FrozenInputs _frozen = FrozenInputs.None;
    private ModelSet _models = ModelSet.None;
    private bool _everyone = true;
    private bool _catalogueChanged = true;
    private bool _segmentsChanged = true;
    private CatalogueIndex? _catalogue;
    private SegmentSet? _compiled;

    /// <summary>The newest fact that was folded.</summary>
    public Stamp Last { get; private set; }

    public long Facts { get; private set; }

    /// <summary>Ideas that staff submitted, and that were decided on.</summary>
    public (int Submitted, int Decided) Ideas { get; private set; }

    /// <summary>Pulse answers and their sum in hundredths.</summary>
    public (long Count, long Sum) Pulse { get; private set; }

    /// <summary>Documents that were recorded but do not read: they change nothing. The edge refuses them; an import may hold some.</summary>
    public int UnreadDocuments { get; private set; }

    /// <summary>Forgets everything but the frozen inputs, to fold again.</summary>
    public void Clear()
    {
        _sections.Clear();
        ClearDetails();
        ClearOrganisations();
        _names.Clear();
        _segments.Clear();
        _thanks.Clear();
        _initiatives.Clear();
        _models = ModelSet.None;
        _policy = Policy.Default(name, currency, zone.Zone.Id);
        Last = default;
        Facts = 0;
        Ideas = default;
        Pulse = default;
        UnreadDocuments = 0;
        _everyone = _catalogueChanged = _segmentsChanged = true;
    }

    /// <summary>Sets the day's inputs; everybody is assessed again at midnight anyway.</summary>
    public void Freeze(FrozenInputs inputs)
    {
        _frozen = inputs;
        _everyone = true;
    }

    public void Apply(in FactView fact)
    {
        Facts++;
        if (fact.Stamp > Last) Last = fact.Stamp;
        var type = fact.Type;
        if (type == EventTypes.SectionPublished || type == EventTypes.SectionRescheduled) ApplySection(fact);
        else if (type == EventTypes.SectionCancelled) ApplyCancelled(fact);
        else if (type == EventTypes.InstructorChanged) ApplyInstructor(fact);
        else if (type == EventTypes.CostRecorded) ApplyCost(fact);
        else if (type == EventTypes.CoursePublished) ApplyCourse(fact);
        else if (type == EventTypes.CertificatePublished) ApplyCertificate(fact);
        else if (type == EventTypes.OccupationPublished) ApplyOccupation(fact);
        else if (type == EventTypes.OccupationLinked) ApplyOccupationLink(fact);
        else if (type == EventTypes.OrganisationDescribed) ApplyOrganisation(fact);
        else if (type == EventTypes.EngagementOpened || type == EventTypes.EngagementClosed) ApplyEngagement(fact);
        else if (type == EventTypes.EngagementPaid) ApplyEngagementMoney(fact);
        else if (type == EventTypes.PolicyPublished) ApplyPolicy(fact);
        else if (type == EventTypes.SegmentDefined) ApplySegment(fact);
        else if (type == EventTypes.KudosGiven) ApplyThanks(fact);
        else if (type == EventTypes.InitiativeStarted || type == EventTypes.InitiativeEnded) ApplyInitiative(fact);
        else if (type == EventTypes.IdeaSubmitted) Ideas = (Ideas.Submitted + 1, Ideas.Decided);
        else if (type == EventTypes.IdeaDecided) Ideas = (Ideas.Submitted, Ideas.Decided + 1);
        else if (type == EventTypes.PulseSubmitted) ApplyPulse(fact);
        else if (type == EventTypes.ModelFitted) ApplyModel(fact);
    }

    /// <summary>
    /// The program as it stands, under a number of the engine's choice. <see cref="ProgramSnapshot.Changed"/> tells what differs
    /// from the snapshot taken before. Parts that did not change are shared with it.
    /// </summary>
    public ProgramSnapshot Snapshot(int number)
    {
        if (_catalogueChanged || _catalogue is null) _catalogue = new CatalogueIndex(new Dictionary<ulong, SectionInfo>(_sections));
        if (_segmentsChanged || _compiled is null) _compiled = SegmentSet.Compile(_segments);
        var costs = Costs();
        var changed = new ProgramChange(_everyone, _changedSections.ToHashSet(), _changedCourses.ToHashSet()) { Models = _changedModels.ToHashSet() };
        _everyone = _catalogueChanged = _segmentsChanged = false;
        _changedSections.Clear();
        _changedCourses.Clear();
        _changedModels.Clear();
        return new ProgramSnapshot(
            number, zone, _policy, _catalogue, _compiled, _frozen, costs, Details(), Organisations(), [.. _thanks], [.. _initiatives],
            new Dictionary<ulong, string>(_names), resolveName, _models, changed);
    }

    private void ApplySection(in FactView fact)
    {
        var reader = new FieldReader(fact.Clear);
        SectionInfo? section = null;
        while (reader.Next())
        {
            var number = reader.Number;
            if (number == Section.Number) section = Existing(ref reader, fact.Time);
            if (section is null) continue;
            section = With(section, ref reader, fact.Time);
        }

        if (section is null) return;
        if (fact.Type == EventTypes.SectionRescheduled) section = section with { RescheduledAt = fact.Time };
        else if (section.Cancelled) section = section with { CancelledAt = 0 };
        Put(section);
    }

    private SectionInfo Existing(ref FieldReader reader, long time)
    {
        var hash = reader.Hash;
        if (_sections.TryGetValue(hash, out var known)) return known;
        return new SectionInfo(hash, Spell(ref reader)) { PublishedAt = time };
    }

    private SectionInfo With(SectionInfo section, ref FieldReader reader, long time)
    {
        var number = reader.Number;
        if (number == Course.Number) return section with { Course = Intern(ref reader) };
        if (number == Fields.Term.Number) return section with { Term = Intern(ref reader) };
        if (number == Fields.Program.Number) return section with { Program = Intern(ref reader) };
        if (number == Certificate.Number) return section with { Certificate = Intern(ref reader) };
        if (number == Prerequisite.Number) return section with { Prerequisite = Intern(ref reader) };
        if (number == MinimumAge.Number) return section with { MinimumAge = (int)reader.Value };
        if (number == MaximumAge.Number) return section with { MaximumAge = (int)reader.Value };
        if (number == Fields.Title.Number) return section with { Title = Spell(ref reader) };
        if (number == Room.Number) return section with { Room = Spell(ref reader) };
        if (number == Meets.Number) return section with { Meets = Spell(ref reader) };
        if (number == Audience.Number) return section with { Audience = (int)reader.Value };
        if (number == Mode.Number) return section with { Mode = (int)reader.Value };
        if (number == Starts.Number) return section with { Starts = (int)reader.Value };
        if (number == Ends.Number) return section with { Ends = (int)reader.Value };
        if (number == Fee.Number) return section with { Fee = reader.Value };
        if (number == Capacity.Number) return section with { Capacity = (int)reader.Value };
        if (number == Minimum.Number) return section with { Minimum = (int)reader.Value };
        if (number == Meetings.Number) return section with { Meetings = InstantList.Read(reader.Bytes) };
        if (number != Instructor.Number) return section;
        var instructor = Intern(ref reader);
        // A change after the first publication is news for those who registered.
        return section with { Instructor = instructor, InstructorChangedAt = section.Instructor != 0 && section.Instructor != instructor ? time : section.InstructorChangedAt };
    }

    private void ApplyCancelled(in FactView fact)
    {
        var reader = new FieldReader(fact.Clear);
        while (reader.Next())
        {
            if (reader.Number != Section.Number) continue;
            Put(Existing(ref reader, fact.Time) with { CancelledAt = fact.Time });
            return;
        }
    }

    private void ApplyInstructor(in FactView fact)
    {
        var reader = new FieldReader(fact.Clear);
        SectionInfo? section = null;
        while (reader.Next())
        {
            if (reader.Number == Section.Number) section = Existing(ref reader, fact.Time);
            else if (reader.Number == Instructor.Number && section is not null)
                section = section with { Instructor = Intern(ref reader), InstructorChangedAt = fact.Time };
        }

        if (section is not null) Put(section);
    }

    private void ApplyPolicy(in FactView fact)
    {
        var reader = new FieldReader(fact.Clear);
        while (reader.Next())
        {
            if (reader.Number != Document.Number) continue;
            var policy = PolicyDocument.Parse(reader.Bytes, name, currency, zone.Zone.Id, out _);
            if (policy is null)
            {
                UnreadDocuments++;
                return;
            }

            _policy = policy.WithVersion(_policy.Version + 1);
            _everyone = true;
            return;
        }
    }

    private void ApplySegment(in FactView fact)
    {
        ulong hash = 0;
        string key = "", title = "";
        byte[] document = [];
        var reader = new FieldReader(fact.Clear);
        while (reader.Next())
        {
            if (reader.Number == Fields.Title.Number) title = Spell(ref reader);
            else if (reader.Number == Document.Number) document = reader.Bytes.ToArray();
            else if (reader.Number == Segment.Number)
            {
                hash = reader.Hash;
                key = Spell(ref reader);
            }
        }

        if (SegmentRule.Parse(document, out _) is not { } rule)
        {
            UnreadDocuments++;
            return;
        }

        var definition = new SegmentDefinition(hash, key, title.Length > 0 ? title : key, rule);
        var index = _segments.FindIndex(s => s.Hash == hash);
        if (index >= 0) _segments[index] = definition;
        else _segments.Add(definition);
        _segmentsChanged = _everyone = true;
    }

    private void ApplyModel(in FactView fact)
    {
        var version = 1;
        byte[] document = [];
        var reader = new FieldReader(fact.Clear);
        while (reader.Next())
        {
            if (reader.Number == Fields.Version.Number) version = (int)reader.Value;
            else if (reader.Number == Document.Number) document = reader.Bytes.ToArray();
        }

        if (_models.With(document, version, fact.Time, out var kind) is not { } models)
        {
            UnreadDocuments++;
            return;
        }

        _models = models;
        _changedModels.Add(kind);
        if (ModelKinds.Find(kind)!.Assessed) _everyone = true;
    }

    private void ApplyThanks(in FactView fact)
    {
        ulong staff = 0, desk = 0;
        var reader = new FieldReader(fact.Clear);
        while (reader.Next())
        {
            if (reader.Number == Staff.Number) staff = Intern(ref reader);
            else if (reader.Number == Desk.Number) desk = Intern(ref reader);
        }

        if (staff == 0) return;
        if (_thanks.Count == MaxThanks) _thanks.RemoveAt(0);
        _thanks.Add(new Thanks(fact.Time, staff, desk));
    }

    private void ApplyInitiative(in FactView fact)
    {
        ulong hash = 0;
        var spelled = "";
        var reader = new FieldReader(fact.Clear);
        while (reader.Next())
        {
            if (reader.Number == Fields.Initiative.Number)
            {
                hash = reader.Hash;
                spelled = Spell(ref reader);
            }
            else if (reader.Number == Fields.Title.Number) spelled = Spell(ref reader);
        }

        var index = _initiatives.FindIndex(i => i.Hash == hash);
        if (fact.Type == EventTypes.InitiativeEnded)
        {
            if (index >= 0) _initiatives[index] = _initiatives[index] with { EndedAt = fact.Time };
            return;
        }

        if (index >= 0) _initiatives.RemoveAt(index);
        else if (_initiatives.Count == MaxInitiatives) _initiatives.RemoveAt(0);
        _initiatives.Add(new Initiative(hash, spelled, fact.Time, 0));
    }

    private void ApplyPulse(in FactView fact)
    {
        var reader = new FieldReader(fact.Clear);
        while (reader.Next())
        {
            if (reader.Number == Morale.Number) Pulse = (Pulse.Count + 1, Pulse.Sum + reader.Value);
        }
    }

    private void Put(SectionInfo section)
    {
        _sections[section.Hash] = section;
        _changedSections.Add(section.Hash);
        if (section.Course != 0) _changedCourses.Add(section.Course);
        _catalogueChanged = true;
    }

    private ulong Intern(ref FieldReader reader)
    {
        var hash = reader.Hash;
        if (hash != 0 && !_names.ContainsKey(hash)) _names[hash] = reader.Text;
        return hash;
    }

    private string Spell(ref FieldReader reader)
    {
        Intern(ref reader);
        return reader.Text;
    }
}
