using System.Buffers;
using System.Runtime.InteropServices;
using Experience.Domain.Assessments;
using Experience.Domain.Events;
using Experience.Domain.People;
using Experience.Domain.Programs;

namespace Experience.Domain.Boards;

/// <summary>What people add to one section. Money in minor units.</summary>
/// <param name="Kept">Places kept, as the product defines it.</param>
/// <param name="Contract">Of those, places that an organisation pays.</param>
/// <param name="Confirmed">Places confirmed ever; moves away not counted.</param>
/// <param name="Income">Paid − refunded for places in it, whoever paid.</param>
public readonly record struct SectionTally(long Kept, long Contract, long Confirmed, long Dropped, long Waiting, long Income, long Refunded)
{
    internal SectionTally Plus(in SectionTally other) => new(
        Kept + other.Kept, Contract + other.Contract, Confirmed + other.Confirmed, Dropped + other.Dropped, Waiting + other.Waiting, Income + other.Income, Refunded + other.Refunded);
}

/// <summary>
/// Places, people and money by section, course and program area, of one term or of all. People are unduplicated: whoever kept two places of a course in
/// the term is one participant of it.
/// </summary>
public sealed class CataloguePass : IPeoplePass
{
    public const string Name = "catalogue";

    private readonly ProgramSnapshot _program;
    private readonly Term? _term;
    private readonly Dictionary<ulong, SectionTally> _sections = [];
    private readonly Dictionary<ulong, long> _courses = [];
    private readonly HashSet<ulong> _seen = [];

    /// <param name="term">Key of a term; empty for all.</param>
    public CataloguePass(ProgramSnapshot program, string term)
    {
        ArgumentNullException.ThrowIfNull(program);
        _program = program;
        _term = string.IsNullOrEmpty(term) ? null : program.Terms.Find(SipHash.Name(term));
    }

    /// <summary>People who kept something, each once.</summary>
    public long Participants { get; private set; }

    /// <summary>Paid − refunded for places, whoever paid.</summary>
    public long Income { get; private set; }

    public SectionTally this[ulong section] => _sections.GetValueOrDefault(section);

    public long ParticipantsOf(ulong course) => _courses.GetValueOrDefault(course);

    public void Add(UInt128 person, PersonState state, in RowMeasures row)
    {
        ArgumentNullException.ThrowIfNull(state);
        var kept = false;
        _seen.Clear();
        foreach (var r in state.Registrations)
        {
            var section = _program.Section(r.Section);
            if (_term is not null && _program.TermOf(r, section) != _term) continue;
            var income = r.Paid - r.Refunded;
            Income += income;
            ref var tally = ref CollectionsMarshal.GetValueRefOrAddDefault(_sections, r.Section, out _);
            var moved = r.Status == RegistrationStatus.Transferred;
            tally = tally.Plus(new SectionTally(
                r.Kept ? 1 : 0, r.Kept && r.PayerOrganisation != 0 ? 1 : 0, moved ? 0 : 1, r.Status is RegistrationStatus.Dropped or RegistrationStatus.Withdrawn ? 1 : 0, 0, income, r.Refunded));
            if (!r.Kept) continue;
            kept = true;
            var course = section is { Course: not 0 } ? section.Course : r.Course;
            if (course != 0 && _seen.Add(course)) CollectionsMarshal.GetValueRefOrAddDefault(_courses, course, out _)++;
        }

        if (kept) Participants++;
        foreach (var wait in state.Waits)
        {
            if (wait.EndedAt != 0 || wait.Section == 0) continue;
            ref var tally = ref CollectionsMarshal.GetValueRefOrAddDefault(_sections, wait.Section, out _);
            tally = tally with { Waiting = tally.Waiting + 1 };
        }
    }

    public void Write(IBufferWriter<byte> output)
    {
        var writer = new PartialWriter(output);
        writer.Number(Participants);
        writer.Number(Income);
        writer.Number(_sections.Count);
        foreach (var (section, t) in _sections)
        {
            writer.Hash(section);
            foreach (var value in (ReadOnlySpan<long>)[t.Kept, t.Contract, t.Confirmed, t.Dropped, t.Waiting, t.Income, t.Refunded]) writer.Number(value);
        }

        writer.Number(_courses.Count);
        foreach (var (course, people) in _courses)
        {
            writer.Hash(course);
            writer.Number(people);
        }
    }

    public void Add(ReadOnlySpan<byte> written)
    {
        var reader = new PartialReader(written);
        Participants += reader.Number();
        Income += reader.Number();
        for (var left = reader.Count(); left > 0; left--)
        {
            ref var tally = ref CollectionsMarshal.GetValueRefOrAddDefault(_sections, reader.Hash(), out _);
            tally = tally.Plus(new SectionTally(reader.Number(), reader.Number(), reader.Number(), reader.Number(), reader.Number(), reader.Number(), reader.Number()));
        }

        for (var left = reader.Count(); left > 0; left--)
        {
            var course = reader.Hash();
            CollectionsMarshal.GetValueRefOrAddDefault(_courses, course, out _) += reader.Number();
        }
    }
}
