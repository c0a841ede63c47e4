using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;
using Experience.Domain.Assessments;
using Experience.Domain.People;
using Experience.Domain.Programs;

namespace Experience.Domain.Boards;

/// <summary>What people add to their organisations. Money in minor units.</summary>
/// <param name="People">Linked to it, speaking for it, or in a place that it pays; each once.</param>
/// <param name="Seats">Places kept that it pays.</param>
/// <param name="SelfPayers">People linked to it who paid for themselves within 12 months.</param>
/// <param name="Paid">Paid − refunded by it for people's places, or for them at all.</param>
/// <param name="Past">Complaints past their clock.</param>
public readonly record struct OrganisationTally(long People, long Erased, long Contacts, long Seats, long SelfPayers, long Paid, long Complaints, long Past, long Promises)
{
    internal OrganisationTally Plus(in OrganisationTally o) => new(
        People + o.People, Erased + o.Erased, Contacts + o.Contacts, Seats + o.Seats, SelfPayers + o.SelfPayers, Paid + o.Paid, Complaints + o.Complaints, Past + o.Past, Promises + o.Promises);
}

/// <summary>One of an organisation's people.</summary>
/// <param name="Name">Empty for somebody who was erased: counted, and nameless.</param>
public sealed record OrganisationPerson(UInt128 Person, string Name, bool Contact, int Seats, int Complaints, int Past, int Promises, long LastAt)
{
    /// <summary>What is to be done comes first, then who was here last.</summary>
    internal (int, int, int, int, long, UInt128) Order => (-(Contact ? 1 : 0), -Past, -Complaints, -Promises, -LastAt, Person);
}

/// <summary>
/// People, places and money by organisation: all organisations, or one with its people. Names are brought to one key by the program's <see cref="OrganisationBook"/>.
/// </summary>
public sealed class OrganisationPass : IPeoplePass
{
    public const string Name = "organisations";

    /// <summary>People of one organisation that are named; more are counted.</summary>
    public const int MaxPeople = 200;

    private readonly ProgramSnapshot _program;
    private readonly int _day;
    private readonly string? _only;
    private readonly Dictionary<ulong, string> _keys = [];
    private readonly Dictionary<string, OrganisationTally> _tallies = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Dictionary<ulong, long>> _names = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Key, ulong Term), long> _terms = [];
    private readonly Dictionary<ulong, (long Seats, long Income)> _sections = [];
    private readonly Dictionary<string, OrganisationTally> _mine = new(StringComparer.Ordinal);
    private readonly List<OrganisationPerson> _people = [];

    /// <param name="argument">As <see cref="Argument"/> writes it.</param>
    public OrganisationPass(ProgramSnapshot program, string argument)
    {
        ArgumentNullException.ThrowIfNull(program);
        ArgumentNullException.ThrowIfNull(argument);
        _program = program;
        var bar = argument.IndexOf('|', StringComparison.Ordinal);
        _ = int.TryParse(argument.AsSpan(0, Math.Max(0, bar)), CultureInfo.InvariantCulture, out _day);
        _only = bar >= 0 && bar < argument.Length - 1 ? argument[(bar + 1)..] : null;
    }

    public IReadOnlyDictionary<string, OrganisationTally> Tallies => _tallies;

    /// <summary>Places kept in each section that the organisation pays, and paid − refunded for them. Only where one organisation is asked for.</summary>
    public IReadOnlyDictionary<ulong, (long Seats, long Income)> Sections => _sections;

    public IEnumerable<OrganisationPerson> People => _people.OrderBy(static p => p.Order).Take(MaxPeople);

    /// <summary>The civil day, and the key of one organisation; empty for all.</summary>
    public static string Argument(int day, string key) => day.ToString(CultureInfo.InvariantCulture) + "|" + key;

    public long SeatsIn(string key, Term term)
    {
        ArgumentNullException.ThrowIfNull(term);
        return _terms.GetValueOrDefault((key, term.Hash));
    }

    /// <summary>The name that most people's facts have for it.</summary>
    public string? NameOf(string key) => _names.TryGetValue(key, out var names)
        ? names.OrderByDescending(static n => n.Value).Select(n => _program.NameOf(n.Key)).Order(StringComparer.Ordinal).FirstOrDefault()
        : null;

    public IEnumerable<string> NamesOf(string key) => _names.TryGetValue(key, out var names) ? names.Keys.Select(_program.NameOf).Order(StringComparer.Ordinal) : [];

    public void Add(UInt128 person, PersonState state, in RowMeasures row)
    {
        ArgumentNullException.ThrowIfNull(state);
        var profile = state.Profile;
        if (profile.Organisation == 0 && profile.ContactFor == 0 && state.Money.ByOrganisation.Count == 0 && state.Money.LatestPayerOrganisation == 0 && !state.Registrations.Exists(static r => r.PayerOrganisation != 0)) return;
        _mine.Clear();
        if (profile.Organisation != 0) Mine(profile.Organisation, default);
        if (profile.ContactFor != 0) Mine(profile.ContactFor, new OrganisationTally { Contacts = 1 });
        foreach (var (organisation, net) in state.Money.ByOrganisation) Mine(organisation, new OrganisationTally { Paid = net });
        foreach (var r in state.Registrations)
        {
            if (r.PayerOrganisation == 0) continue;
            var key = Mine(r.PayerOrganisation, new OrganisationTally { Seats = r.Kept ? 1 : 0 });
            if (!Asked(key)) continue;
            if (r.Kept && _program.TermOf(r) is { } term) CollectionsMarshal.GetValueRefOrAddDefault(_terms, (key, term.Hash), out _)++;
            if (_only is null) continue;
            ref var section = ref CollectionsMarshal.GetValueRefOrAddDefault(_sections, r.Section, out _);
            section = (section.Seats + (r.Kept ? 1 : 0), section.Income + r.Paid - r.Refunded);
        }

        var erased = state.ErasedAt != 0;
        var selfPays = profile.Organisation != 0 && !erased && NeedRules.SelfPaidAt(state, _program, _day) is not null ? KeyOf(profile.Organisation) : null;
        var promises = erased ? 0 : state.Promises.Count(static p => p.Open);
        foreach (var (key, mine) in _mine)
        {
            if (!Asked(key)) continue;
            ref var tally = ref CollectionsMarshal.GetValueRefOrAddDefault(_tallies, key, out _);
            tally = tally.Plus(mine with { People = 1, Erased = erased ? 1 : 0, SelfPayers = key == selfPays ? 1 : 0, Complaints = row.ComplaintsOpen, Past = row.ComplaintsPast, Promises = promises });
            if (_only is not null)
                Keep(new OrganisationPerson(person, erased ? "" : PeopleLists.NameOf(profile), mine.Contacts > 0, (int)mine.Seats, row.ComplaintsOpen, row.ComplaintsPast, promises, state.Last.Time));
        }
    }

    public void Write(IBufferWriter<byte> output)
    {
        var writer = new PartialWriter(output);
        writer.Number(_tallies.Count);
        foreach (var (key, t) in _tallies)
        {
            writer.Text(key);
            foreach (var value in (ReadOnlySpan<long>)[t.People, t.Erased, t.Contacts, t.Seats, t.SelfPayers, t.Paid, t.Complaints, t.Past, t.Promises]) writer.Number(value);
            var names = _names[key];
            writer.Number(names.Count);
            foreach (var (name, count) in names)
            {
                writer.Hash(name);
                writer.Number(count);
            }
        }

        writer.Number(_terms.Count);
        foreach (var ((key, term), seats) in _terms)
        {
            writer.Text(key);
            writer.Hash(term);
            writer.Number(seats);
        }

        writer.Number(_sections.Count);
        foreach (var (section, (seats, income)) in _sections)
        {
            writer.Hash(section);
            writer.Number(seats);
            writer.Number(income);
        }

        writer.Number(_people.Count);
        foreach (var p in _people)
        {
            writer.Hash((ulong)(p.Person >> 64));
            writer.Hash((ulong)p.Person);
            writer.Text(p.Name);
            foreach (var value in (ReadOnlySpan<long>)[p.Contact ? 1 : 0, p.Seats, p.Complaints, p.Past, p.Promises, p.LastAt]) writer.Number(value);
        }
    }

    public void Add(ReadOnlySpan<byte> written)
    {
        var reader = new PartialReader(written);
        for (var left = reader.Count(); left > 0; left--)
        {
            var key = reader.Text();
            ref var tally = ref CollectionsMarshal.GetValueRefOrAddDefault(_tallies, key, out _);
            tally = tally.Plus(new OrganisationTally(
                reader.Number(), reader.Number(), reader.Number(), reader.Number(), reader.Number(), reader.Number(), reader.Number(), reader.Number(), reader.Number()));
            for (var names = reader.Count(); names > 0; names--)
            {
                var name = reader.Hash();
                CollectionsMarshal.GetValueRefOrAddDefault(NamesFor(key), name, out _) += reader.Number();
            }
        }

        for (var left = reader.Count(); left > 0; left--)
        {
            var key = (reader.Text(), reader.Hash());
            CollectionsMarshal.GetValueRefOrAddDefault(_terms, key, out _) += reader.Number();
        }

        for (var left = reader.Count(); left > 0; left--)
        {
            ref var section = ref CollectionsMarshal.GetValueRefOrAddDefault(_sections, reader.Hash(), out _);
            section = (section.Seats + reader.Number(), section.Income + reader.Number());
        }

        for (var left = reader.Count(); left > 0; left--)
        {
            var person = new UInt128(reader.Hash(), reader.Hash());
            Keep(new OrganisationPerson(person, reader.Text(), reader.Number() != 0, (int)reader.Number(), (int)reader.Number(), (int)reader.Number(), (int)reader.Number(), reader.Number()));
        }
    }

    private bool Asked(string key) => _only is null || _only == key;

    // Once a name, not once a person: names are few.
    private string KeyOf(ulong organisation)
    {
        if (!_keys.TryGetValue(organisation, out var key)) _keys[organisation] = key = _program.Organisations.KeyOf(_program.NameOf(organisation));
        return key;
    }

    private string Mine(ulong organisation, in OrganisationTally more)
    {
        var key = KeyOf(organisation);
        _mine[key] = _mine.GetValueOrDefault(key).Plus(more);
        if (Asked(key)) CollectionsMarshal.GetValueRefOrAddDefault(NamesFor(key), organisation, out _)++;
        return key;
    }

    private Dictionary<ulong, long> NamesFor(string key) => _names.TryGetValue(key, out var names) ? names : _names[key] = [];

    private void Keep(OrganisationPerson person)
    {
        _people.Add(person);
        if (_people.Count < 2 * MaxPeople) return;
        _people.Sort(static (a, b) => a.Order.CompareTo(b.Order));
        _people.RemoveRange(MaxPeople, _people.Count - MaxPeople);
    }
}
