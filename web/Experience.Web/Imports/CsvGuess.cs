using System.Globalization;
using Experience.Domain.Events;
using Experience.Web.Contracts;

namespace Experience.Web.Imports;

/// <summary>Guesses from a file's header and first rows what its columns are; a person looks before anything is recorded.</summary>
internal static class CsvGuess
{
    public const int SampleRows = 200;

    /// <summary>Formats that are tried, in order; where two fit every row, the first is taken and the note says so.</summary>
    public static readonly string[] DateFormats =
    [
        "yyyy-MM-dd", "yyyy-MM-dd HH:mm", "yyyy-MM-dd HH:mm:ss", "yyyy-MM-dd'T'HH:mm:ss", "yyyyMMdd",
        "M/d/yyyy", "M/d/yyyy H:mm", "M/d/yyyy h:mm tt", "d/M/yyyy", "d/M/yyyy H:mm", "d.M.yyyy", "d.M.yyyy H:mm", "M/d/yy", "MMM d, yyyy", "d MMM yyyy",
    ];

    // Header, without case, spaces and signs, to what it holds.
    private static readonly Dictionary<string, string> Known = Names(
        (ImportTargets.Subject, "studentid studentnumber studentno participantid personid customerid customernumber customer memberid learnerid contactid userid registrantid clientid patronid subject"),
        (ImportTargets.Id, "id eventid transactionid orderid ordernumber receipt receiptnumber receiptno confirmationnumber rowid"),
        (ImportTargets.Time, "date datetime time timestamp registrationdate registeredon registeredat registered regdate enrolmentdate enrollmentdate enrolledon paymentdate paidon orderdate purchasedate transactiondate createdat createdon submittedat responsedate"),
        ("givenName", "firstname givenname first forename"),
        ("familyName", "lastname familyname surname last"),
        ("preferredName", "preferredname nickname knownas"),
        (ImportTargets.FullName, "name fullname participant participantname student studentname customername"),
        ("email", "email emailaddress mail"),
        ("phone", "phone phonenumber mobile cell telephone tel"),
        ("postalCode", "zip zipcode postcode postalcode"),
        ("birthDate", "birthdate dateofbirth dob birthday"),
        ("organisation", "employer organisation organization company"),
        ("amount", "amount price fee total charge cost value dollarvalue tuition"),
        (ImportTargets.Paid, "paid amountpaid paidamount payment netpaid"),
        ("section", "section sectioncode sectionid sectionnumber class classid classcode coursesection"),
        ("course", "course coursename coursecode coursetitle courseid title"),
        ("term", "term semester season session"),
        ("program", "program programme programarea area subjectarea"),
        ("registration", "registrationid registrationnumber regid enrolmentid enrollmentid"),
        ("quantity", "quantity qty count items numberofcds"),
        ("channel", "channel"),
        ("desk", "desk location office"),
        ("staff", "staff staffname registrar agent"),
        ("reason", "reason"),
        ("service", "service servicerating staffrating customerservice"),
        ("rating", "rating courserating overall overallrating"),
        ("nps", "nps recommend likelihoodtorecommend"),
        ("csat", "csat satisfaction"),
        ("text", "comment comments feedback notes note"));

    public static (ImportMapping Mapping, IReadOnlyList<ImportColumn> Columns, IReadOnlyList<string> Notes) Guess(string file, string[] header, IReadOnlyList<string[]> rows, string zone)
    {
        var notes = new List<string>();
        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        var taken = new HashSet<string>(StringComparer.Ordinal);
        foreach (var column in header)
        {
            if (Known.TryGetValue(Bare(column), out var field) && taken.Add(field)) fields[column] = field;
        }

        // A lone "id" beside names is the person's, not the event's, when it repeats.
        if (!taken.Contains(ImportTargets.Subject) && fields.FirstOrDefault(f => f.Value == ImportTargets.Id).Key is { } idColumn
            && Repeats(rows, Array.IndexOf(header, idColumn)))
        {
            fields[idColumn] = ImportTargets.Subject;
            taken.Add(ImportTargets.Subject);
        }

        var type = TypeOf(file, taken);
        if (type == EventTypes.RegistrationConfirmed && !taken.Contains("section"))
        {
            var course = fields.First(f => f.Value == "course").Key;
            fields[course] = "section";
            notes.Add($"No column of sections: \"{course}\" stands for the section.");
        }

        if (type == EventTypes.PaymentReceived && !taken.Contains("amount") && fields.FirstOrDefault(f => f.Value == ImportTargets.Paid).Key is { } paid) fields[paid] = "amount";
        if (!taken.Contains(ImportTargets.Subject)) notes.Add("No column of people's keys: people are told apart by name and birth date, or by name and e-mail. A shared e-mail alone joins nobody.");
        if (!taken.Contains(ImportTargets.Time)) notes.Add("No column of dates: every row gets the time of the import.");
        if (!fields.ContainsValue(ImportTargets.Id)) notes.Add("No column of event ids: a row's id is its hash and its occurrence, so the same file again changes nothing.");
        var timeColumn = fields.FirstOrDefault(f => f.Value == ImportTargets.Time).Key;
        var format = timeColumn is null ? null : DateFormat(rows.Select(r => Cell(r, Array.IndexOf(header, timeColumn))), notes);
        var decimals = fields.Where(f => f.Value is "amount" or ImportTargets.Paid).Any(f => rows.Any(r => Cell(r, Array.IndexOf(header, f.Key)).AsSpan().ContainsAny(".$€£")));
        if (fields.Values.Any(v => v is "amount" or ImportTargets.Paid)) notes.Add(decimals ? "Amounts are read as whole units with decimals (190.00)." : "Amounts have no decimals: they are read as whole units. Choose cents if they are cents.");

        var mapping = new ImportMapping("/import/" + Slug(file), type.Name, zone, format, true, fields, null);
        var columns = header.Select((name, i) => new ImportColumn(
            name,
            [.. rows.Select(r => Cell(r, i)).Where(v => v.Length > 0).Distinct(StringComparer.Ordinal).Take(3)],
            fields.GetValueOrDefault(name),
            fields.ContainsKey(name) ? "by its name" : "kept as it is")).ToList();
        return (mapping, columns, notes);
    }

    public static string Cell(string[] row, int index) => (uint)index < (uint)row.Length ? row[index] : "";

    private static EventType TypeOf(string file, HashSet<string> fields)
    {
        if (fields.Overlaps(["service", "rating", "nps", "csat"])) return EventTypes.FeedbackSubmitted;
        if (file.Contains("refund", StringComparison.OrdinalIgnoreCase) && fields.Contains("amount")) return EventTypes.RefundIssued;
        if (fields.Overlaps(["section", "course"])) return EventTypes.RegistrationConfirmed;
        if (fields.Overlaps(["amount", ImportTargets.Paid])) return EventTypes.PaymentReceived;
        return EventTypes.ParticipantIdentified;
    }

    private static string? DateFormat(IEnumerable<string> values, List<string> notes)
    {
        var texts = values.Where(v => v.Length > 0).ToList();
        if (texts.Count == 0 || texts.All(t => Experience.Domain.Wire.WireTime.TryParse(System.Text.Encoding.UTF8.GetBytes(t), TimeZoneInfo.Utc, out _))) return null;
        var fitting = DateFormats.Where(f => texts.All(t => DateTime.TryParseExact(t, f, CultureInfo.InvariantCulture, DateTimeStyles.None, out _))).ToList();
        if (fitting.Count == 0)
        {
            notes.Add($"Dates such as \"{texts[0]}\" are not in a form that is known: name their format.");
            return null;
        }

        if (fitting.Contains("M/d/yyyy") && fitting.Contains("d/M/yyyy")) notes.Add($"Dates such as \"{texts[0]}\" fit month/day and day/month: month/day is taken.");
        return fitting[0];
    }

    private static bool Repeats(IReadOnlyList<string[]> rows, int column)
    {
        var values = rows.Select(r => Cell(r, column)).Where(v => v.Length > 0).ToList();
        return values.Distinct(StringComparer.Ordinal).Count() < values.Count;
    }

    private static string Bare(string header) => string.Concat(header.Where(char.IsLetterOrDigit)).ToLowerInvariant();

    private static string Slug(string file)
    {
        var name = string.Concat(Path.GetFileNameWithoutExtension(file).ToLowerInvariant().Select(c => char.IsAsciiLetterOrDigit(c) ? c : '-')).Trim('-');
        return name.Length == 0 ? "file" : name.Length <= 60 ? name : name[..60];
    }

    private static Dictionary<string, string> Names(params (string Field, string Headers)[] entries) =>
        entries.SelectMany(e => e.Headers.Split(' ').Select(h => (Header: h, e.Field))).ToDictionary(e => e.Header, e => e.Field, StringComparer.Ordinal);
}
