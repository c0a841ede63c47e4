using Experience.Domain.Events;

namespace Experience.Domain.Programs;

/// <summary>Folds course templates, certificates, occupations and costs.</summary>
public sealed partial class ProgramState
{
    /// <summary>Occupations that one course leads to; a later link beyond them changes nothing.</summary>
    public const int MaxOccupationsOfCourse = 16;

    private readonly Dictionary<ulong, CourseInfo> _courses = [];
    private readonly Dictionary<ulong, CertificateInfo> _certificates = [];
    private readonly Dictionary<ulong, OccupationInfo> _occupations = [];
    private readonly Dictionary<ulong, SortedDictionary<string, ulong>> _leadsTo = [];
    private readonly Dictionary<CostKey, TermCosts> _costs = [];
    private CatalogueDetails? _details;
    private HashSet<ulong> _costedTerms = [];

    private void ClearDetails()
    {
        _courses.Clear();
        _certificates.Clear();
        _occupations.Clear();
        _leadsTo.Clear();
        _costs.Clear();
        _details = null;
    }

    private CatalogueDetails Details() => _details ??= _courses.Count + _certificates.Count + _occupations.Count + _leadsTo.Count == 0
        ? CatalogueDetails.None
        : new CatalogueDetails(
            new(_courses), new(_certificates), new(_occupations), _leadsTo.ToDictionary(static l => l.Key, static l => l.Value.Values.ToArray()));

    /// <summary>Costs by term and section; where another set of terms has some now, "kept in the term that costs are about" is another question for everybody.</summary>
    private CostBook Costs()
    {
        var book = CostBook.Of(_costs, _policy.Terms, section => _sections.GetValueOrDefault(section));
        if (!_costedTerms.SetEquals(book.Terms.Keys))
        {
            _costedTerms = [.. book.Terms.Keys];
            _everyone = true;
        }

        return book;
    }

    private void ApplyCourse(in FactView fact)
    {
        var reader = new FieldReader(fact.Clear);
        CourseInfo? course = null;
        var (audience, mode, fee) = (-1, -1, -1L);
        ulong program = 0, certificate = 0, credential = 0, prerequisite = 0;
        string? title = null;
        long hours = 0;
        int youngest = 0, oldest = 0;
        while (reader.Next())
        {
            var number = reader.Number;
            if (number == Fields.Course.Number) course = _courses.GetValueOrDefault(reader.Hash) ?? new CourseInfo(reader.Hash, Spell(ref reader));
            else if (number == Fields.Program.Number) program = Intern(ref reader);
            else if (number == Fields.Certificate.Number) certificate = Intern(ref reader);
            else if (number == Fields.Credential.Number) credential = Intern(ref reader);
            else if (number == Fields.Prerequisite.Number) prerequisite = Intern(ref reader);
            else if (number == Fields.Title.Number) title = Spell(ref reader);
            else if (number == Fields.Audience.Number) audience = (int)reader.Value;
            else if (number == Fields.Mode.Number) mode = (int)reader.Value;
            else if (number == Fields.Fee.Number) fee = reader.Value;
            else if (number == Fields.Hours.Number) hours = reader.Value;
            else if (number == Fields.MinimumAge.Number) youngest = (int)reader.Value;
            else if (number == Fields.MaximumAge.Number) oldest = (int)reader.Value;
        }

        if (course is null) return;
        // What is said last counts, and what is not said changes nothing.
        _courses[course.Hash] = course with
        {
            Title = title ?? course.Title,
            Program = program != 0 ? program : course.Program,
            Audience = audience >= 0 ? audience : course.Audience,
            Mode = mode >= 0 ? mode : course.Mode,
            Fee = fee >= 0 ? fee : course.Fee,
            Hours = hours > 0 ? hours : course.Hours,
            Certificate = certificate != 0 ? certificate : course.Certificate,
            Credential = credential != 0 ? credential : course.Credential,
            Prerequisite = prerequisite != 0 ? prerequisite : course.Prerequisite,
            MinimumAge = youngest > 0 ? youngest : course.MinimumAge,
            MaximumAge = oldest > 0 ? oldest : course.MaximumAge,
        };
        _details = null;
        _changedCourses.Add(course.Hash);
        // Its sections may be a next course now, or no more.
        foreach (var section in _sections.Values)
        {
            if (section.Course == course.Hash) _changedSections.Add(section.Hash);
        }
    }

    private void ApplyCertificate(in FactView fact)
    {
        var reader = new FieldReader(fact.Clear);
        CertificateInfo? certificate = null;
        ulong program = 0;
        var required = 0;
        string? title = null;
        while (reader.Next())
        {
            if (reader.Number == Fields.Certificate.Number) certificate = _certificates.GetValueOrDefault(reader.Hash) ?? new CertificateInfo(reader.Hash, Spell(ref reader), null, 0, 0);
            else if (reader.Number == Fields.Program.Number) program = Intern(ref reader);
            else if (reader.Number == Fields.Required.Number) required = (int)reader.Value;
            else if (reader.Number == Fields.Title.Number) title = Spell(ref reader);
        }

        if (certificate is null) return;
        _certificates[certificate.Hash] = certificate with
        {
            Title = title ?? certificate.Title,
            Program = program != 0 ? program : certificate.Program,
            Required = required > 0 ? required : certificate.Required,
        };
        _details = null;
    }

    private void ApplyOccupation(in FactView fact)
    {
        var c = new FieldCursor(fact.Clear);
        if (c.Text(Fields.Occupation) is not { } code) return;
        var region = c.Text(Fields.Region);
        var source = c.Text(Fields.DataSource);
        var wage = c.Number(Fields.MedianWage, -1);
        var openings = c.Number(Fields.AnnualOpenings, -1);
        long? growth = c.Has(Fields.Growth) ? c.Value : null;
        var asOf = (int)c.Number(Fields.AsOf, SectionInfo.NoDay);
        var title = c.Text(Fields.Title) ?? code;
        var hash = SipHash.Name(code);
        _names.TryAdd(hash, code);
        // A table replaces the one before whole: a figure that it leaves out is not known any more.
        _occupations[hash] = new OccupationInfo(hash, code, title, wage, openings, growth, region, source, asOf, fact.Time);
        _details = null;
    }

    private void ApplyOccupationLink(in FactView fact)
    {
        var c = new FieldCursor(fact.Clear);
        var course = c.Text(Fields.Course);
        if (course is null || c.Text(Fields.Occupation) is not { } code) return;
        var hash = SipHash.Name(course);
        _names.TryAdd(hash, course);
        if (!_leadsTo.TryGetValue(hash, out var codes)) _leadsTo[hash] = codes = new SortedDictionary<string, ulong>(StringComparer.Ordinal);
        if (codes.Count >= MaxOccupationsOfCourse) return;
        codes[code] = SipHash.Name(code);
        _details = null;
    }

    private void ApplyCost(in FactView fact)
    {
        ulong term = 0, section = 0;
        long amount = 0;
        var kind = 0;
        var reader = new FieldReader(fact.Clear);
        while (reader.Next())
        {
            if (reader.Number == Fields.Section.Number) section = Intern(ref reader);
            else if (reader.Number == Fields.Term.Number) term = Intern(ref reader);
            else if (reader.Number == Fields.Amount.Number) amount = reader.Value;
            else if (reader.Number == Fields.CostKind.Number) kind = (int)reader.Value;
        }

        var key = new CostKey(term, section, term != 0 ? 0 : zone.Day(fact.Time));
        var costs = _costs.GetValueOrDefault(key) ?? new TermCosts(0, 0, 0, 0);
        costs = kind switch
        {
            0 => costs with { Promotion = costs.Promotion + amount },
            1 => costs with { Production = costs.Production + amount },
            _ => costs with { Service = costs.Service + amount },
        };
        _costs[key] = costs with { LastAt = Math.Max(costs.LastAt, fact.Time) };
    }
}
