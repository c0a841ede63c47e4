using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Experience.Domain.Programs;

/// <summary>The JSON form of a policy, read strictly and written whole.</summary>
internal static class PolicyDocument
{
    private static readonly string[] Weekdays = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

    private static readonly JsonWriterOptions Indented = new() { Indented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Policy? Parse(ReadOnlySpan<byte> json, string program, string currency, string timeZone, out DocumentError? error)
    {
        try
        {
            if (json.Length > Policy.MaxBytes) throw new DocumentException("document", "is too long", $"at most {Policy.MaxBytes} bytes");
            var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 16, CommentHandling = JsonCommentHandling.Skip });
            using var document = JsonDocument.ParseValue(ref reader);
            error = null;
            return Read(document.RootElement, program, currency, timeZone);
        }
        catch (DocumentException refused)
        {
            error = refused.Error;
            return null;
        }
        catch (JsonException broken)
        {
            error = new DocumentError("document", "is not JSON: line " + (broken.LineNumber + 1), "a JSON object");
            return null;
        }
    }

    private static Policy Read(JsonElement element, string program, string currency, string timeZone)
    {
        var root = new ObjectReader(element, "");
        program = root.Text("program", program, 80);
        currency = root.Text("currency", currency, 3);
        if (currency.Length != 3 || !currency.All(char.IsAsciiLetterUpper)) throw new DocumentException("currency", "is not a currency code", "an ISO 4217 code such as USD");
        timeZone = root.Text("timeZone", timeZone, 80);
        if (!TimeZoneInfo.TryFindSystemTimeZoneById(timeZone, out _)) throw new DocumentException("timeZone", "is not a time zone", "an IANA name such as America/Chicago");
        var office = ReadOffice(root.Child("office"));
        var terms = ReadTerms(root);
        var goals = ReadGoals(root.Child("goals"));
        var weights = ReadWeights(root.Child("score"));
        var refunds = ReadRefunds(root);
        var desk = ReadDesk(root.Child("desk"));
        var offers = ReadOffers(root.Child("offers"), out var offersWait);
        var alerts = ReadAlerts(root.Child("alerts"));
        var consent = ReadConsent(root.Child("consent"), offersWait);
        var identity = ReadIdentity(root.Child("identity"));
        var rules = ReadRules(root.Child("rules"));
        root.Close();
        var json = Write(program, currency, timeZone, office, terms, goals, weights, refunds, desk, offers, alerts, consent, identity, rules);
        return new Policy(program, currency, timeZone, office, terms, goals, weights, refunds, desk, offers, alerts, consent, rules, json) { Identity = identity };
    }

    private static OfficeCalendar ReadOffice(ObjectReader? child)
    {
        if (child is not { } reader) return OfficeCalendar.Default;
        var weekdays = OfficeCalendar.Default.Weekdays;
        if (reader.Find("days", out var days))
        {
            weekdays = 0;
            foreach (var item in reader.Items("days", 7))
            {
                var index = item.ValueKind == JsonValueKind.String ? Array.IndexOf(Weekdays, item.GetString()) : -1;
                if (index < 0) throw new DocumentException(reader.PathOf("days"), "has something that is not a weekday", string.Join(", ", Weekdays));
                weekdays |= 1 << index;
            }

            if (weekdays == 0) throw new DocumentException(reader.PathOf("days"), "is empty", "at least one weekday");
        }

        var opens = TimeOfDay(reader, "opens", OfficeCalendar.Default.Opens);
        var closes = TimeOfDay(reader, "closes", OfficeCalendar.Default.Closes);
        if (closes <= opens) throw new DocumentException(reader.PathOf("closes"), "is not later than opens", "a later time of the day");
        var holidays = new List<int>();
        foreach (var item in reader.Items("holidays", Policy.MaxHolidays)) holidays.Add(ObjectReader.DateOf(item, reader.PathOf("holidays")));
        holidays.Sort();
        reader.Close();
        return new OfficeCalendar(weekdays, opens, closes, holidays);
    }

    private static long TimeOfDay(ObjectReader reader, string member, long otherwise)
    {
        if (!reader.Find(member, out var value)) return otherwise;
        if (value.ValueKind != JsonValueKind.String || !TimeOnly.TryParseExact(value.GetString(), "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out var time))
            throw new DocumentException(reader.PathOf(member), "is not a time of day", "such as 08:00");
        return time.Ticks / TimeSpan.TicksPerMicrosecond;
    }

    private static TermCalendar ReadTerms(ObjectReader root)
    {
        var terms = new List<Term>();
        foreach (var item in root.Items("terms", TermCalendar.MaxTerms))
        {
            var path = $"terms[{terms.Count}]";
            var reader = new ObjectReader(item, path);
            var key = reader.Text("key", "", 80);
            if (key.Length == 0) throw new DocumentException(reader.PathOf("key"), "is missing", "the key that events name");
            if (terms.Exists(t => t.Key == key)) throw new DocumentException(reader.PathOf("key"), "is there twice", "one entry for each term");
            var name = reader.Text("name", key, 80);
            var season = reader.Text("season", name.Split(' ')[0], 40);
            var main = reader.Flag("main", true);
            var youth = reader.Flag("youth", false);
            var starts = reader.Date("starts");
            var ends = reader.Date("ends");
            if (ends < starts) throw new DocumentException(reader.PathOf("ends"), "is before the start", "a later date");
            var opens = reader.Find("registrationOpens", out _) ? reader.Date("registrationOpens") : starts - 60;
            var closes = reader.Find("registrationCloses", out _) ? reader.Date("registrationCloses") : starts + 7;
            if (closes < opens) throw new DocumentException(reader.PathOf("registrationCloses"), "is before registration opens", "a later date");
            reader.Close();
            terms.Add(new Term(key, name, season, main, youth, opens, closes, starts, ends));
        }

        if (terms.Count > 0 && !terms.Exists(t => t.Main)) throw new DocumentException("terms", "has no main term", "at least one term with main: true");
        return new TermCalendar(terms);
    }

    private static Goals ReadGoals(ObjectReader? child)
    {
        if (child is not { } reader) return new Goals(400, 5000, 400, 1500);
        var goals = new Goals(
            reader.Hundredths("service", 400, 100, 500),
            reader.Hundredths("repeatRate", 5000, 0, 10_000),
            reader.Hundredths("refundRate", 400, 0, 10_000),
            reader.Hundredths("cancellationRate", 1500, 0, 10_000));
        reader.Close();
        return goals;
    }

    private static ScoreWeights ReadWeights(ObjectReader? child)
    {
        if (child is not { } reader) return new ScoreWeights(35, 30, 20, 15);
        var weights = new ScoreWeights(
            reader.Whole("satisfaction", 35, 1, 97),
            reader.Whole("effort", 30, 1, 97),
            reader.Whole("engagement", 20, 1, 97),
            reader.Whole("loyalty", 15, 1, 97));
        if (weights.Satisfaction + weights.Effort + weights.Engagement + weights.Loyalty != 100)
            throw new DocumentException("score", "does not sum to 100", "four whole numbers that sum to 100");
        reader.Close();
        return weights;
    }

    private static List<RefundLine> ReadRefunds(ObjectReader root)
    {
        if (!root.Find("refunds", out _)) return [new(1, 100), new(2, 90)];
        var lines = new List<RefundLine>();
        foreach (var item in root.Items("refunds", Policy.MaxRefundLines))
        {
            var reader = new ObjectReader(item, $"refunds[{lines.Count}]");
            lines.Add(new RefundLine(reader.Whole("beforeMeeting", 1, 1, 64), reader.Whole("percent", 0, 0, 100)));
            reader.Close();
        }

        lines.Sort((a, b) => a.BeforeMeeting.CompareTo(b.BeforeMeeting));
        return lines;
    }

    private static DeskPowers ReadDesk(ObjectReader? child)
    {
        if (child is not { } reader) return new DeskPowers(20_000, true, true, 2_500);
        var desk = new DeskPowers(
            reader.Whole("fullRefundUpTo", 20_000, 0, 1_000_000_000),
            reader.Flag("fullRefundWhenOurs", true),
            reader.Flag("freeTransfer", true),
            reader.Whole("creditUpTo", 2_500, 0, 1_000_000_000));
        reader.Close();
        return desk;
    }

    /// <param name="wait">What documents said of consent to offers before it had a member of its own: read for ever, written no more.</param>
    private static OfferLimits ReadOffers(ObjectReader? child, out bool wait)
    {
        wait = false;
        if (child is not { } reader) return new OfferLimits(1, 14, 2, 2);
        wait = reader.Flag("needsConsent", false);
        var limits = new OfferLimits(
            reader.Whole("perTransaction", 1, 0, 10),
            reader.Whole("everyDays", 14, 0, 365),
            reader.Whole("flags", 2, 0, 10),
            reader.Whole("needs", 2, 0, 10));
        reader.Close();
        return limits;
    }

    private static ConsentRules ReadConsent(ObjectReader? child, bool offersWait)
    {
        var otherwise = ConsentRules.Default with { Offers = offersWait };
        if (child is not { } reader) return otherwise;
        var rules = new ConsentRules(
            Waits("service", otherwise.Service), Waits("offers", otherwise.Offers), Waits("writtenOffers", otherwise.WrittenOffers), Waits("research", otherwise.Research), Waits("sharing", otherwise.Sharing));
        reader.Close();
        return rules;

        bool Waits(string member, bool missing) => reader.Text(member, missing ? ConsentRules.WhenGranted : ConsentRules.UntilRefused) switch
        {
            ConsentRules.WhenGranted => true,
            ConsentRules.UntilRefused => false,
            _ => throw new DocumentException(reader.PathOf(member), "is not a rule of consent", $"{ConsentRules.WhenGranted} or {ConsentRules.UntilRefused}"),
        };
    }

    private static AlertLimits ReadAlerts(ObjectReader? child)
    {
        if (child is not { } reader) return AlertLimits.Default;
        var limits = new AlertLimits(
            reader.Whole("callsPerDay", AlertLimits.Default.CallsPerDay, 1, 10_000),
            reader.Whole("quietDays", AlertLimits.Default.QuietDays, 1, 365));
        reader.Close();
        return limits;
    }

    private static IdentityRules ReadIdentity(ObjectReader? child)
    {
        if (child is not { } reader) return IdentityRules.Default;
        var lists = new List<IReadOnlyList<string>>();
        var stated = reader.Find("merge", out _);
        foreach (var item in reader.Items("merge", IdentityRules.MaxLists))
        {
            var path = $"{reader.PathOf("merge")}[{lists.Count}]";
            if (item.ValueKind != JsonValueKind.Array || item.GetArrayLength() == 0) throw new DocumentException(path, "is not a list of what has to be shared", string.Join(", ", IdentityRules.Kinds));
            var kinds = new List<string>();
            foreach (var kind in item.EnumerateArray())
            {
                if (kind.ValueKind != JsonValueKind.String || !IdentityRules.Kinds.Contains(kind.GetString()!)) throw new DocumentException(path, "names something that people do not share", string.Join(", ", IdentityRules.Kinds));
                kinds.Add(kind.GetString()!);
            }

            // What a household shares must never be enough.
            if (!kinds.Contains("given") || kinds.Count < 3) throw new DocumentException(path, "would merge a household, or people of one name", "given and at least two others");
            lists.Add(kinds);
        }

        reader.Close();
        return stated ? new IdentityRules(lists) : IdentityRules.Default;
    }

    private static RuleSettings[] ReadRules(ObjectReader? child)
    {
        var settings = new RuleSettings[Rules.Count];
        foreach (var rule in Rules.All)
        {
            var values = rule.Parameters.Select(p => p.Default).ToArray();
            var words = rule.Words;
            var enabled = true;
            if (child?.Child(rule.Key) is { } reader)
            {
                enabled = reader.Flag("enabled", true);
                words = reader.Text("words", words, 300);
                for (var i = 0; i < values.Length; i++)
                {
                    var p = rule.Parameters[i];
                    values[i] = reader.Whole(p.Name, p.Default, p.Min, p.Max);
                }

                reader.Close();
            }

            settings[(int)rule.Id] = new RuleSettings(enabled, words, values);
        }

        settings[0] = new RuleSettings(false, "", []);
        child?.Close();
        return settings;
    }

    private static string Write(
        string program, string currency, string timeZone, OfficeCalendar office, TermCalendar terms, Goals goals, ScoreWeights weights,
        List<RefundLine> refunds, DeskPowers desk, OfferLimits offers, AlertLimits alerts, ConsentRules consent, IdentityRules identity, RuleSettings[] rules)
    {
        var output = new ArrayBufferWriter<byte>(4096);
        using (var json = new Utf8JsonWriter(output, Indented))
        {
            json.WriteStartObject();
            json.WriteString("program", program);
            json.WriteString("currency", currency);
            json.WriteString("timeZone", timeZone);
            json.WriteStartObject("office");
            json.WriteStartArray("days");
            for (var i = 0; i < 7; i++)
            {
                if ((office.Weekdays >> i & 1) != 0) json.WriteStringValue(Weekdays[i]);
            }

            json.WriteEndArray();
            json.WriteString("opens", Clock(office.Opens));
            json.WriteString("closes", Clock(office.Closes));
            json.WriteStartArray("holidays");
            foreach (var day in office.Holidays) json.WriteStringValue(Date(day));
            json.WriteEndArray();
            json.WriteEndObject();
            WriteTerms(json, terms);
            json.WriteStartObject("goals");
            json.WriteNumber("service", goals.Service / 100m);
            json.WriteNumber("repeatRate", goals.RepeatRate / 100m);
            json.WriteNumber("refundRate", goals.RefundRate / 100m);
            json.WriteNumber("cancellationRate", goals.CancellationRate / 100m);
            json.WriteEndObject();
            json.WriteStartObject("score");
            json.WriteNumber("satisfaction", weights.Satisfaction);
            json.WriteNumber("effort", weights.Effort);
            json.WriteNumber("engagement", weights.Engagement);
            json.WriteNumber("loyalty", weights.Loyalty);
            json.WriteEndObject();
            json.WriteStartArray("refunds");
            foreach (var line in refunds)
            {
                json.WriteStartObject();
                json.WriteNumber("beforeMeeting", line.BeforeMeeting);
                json.WriteNumber("percent", line.Percent);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteStartObject("desk");
            json.WriteNumber("fullRefundUpTo", desk.FullRefundUpTo);
            json.WriteBoolean("fullRefundWhenOurs", desk.FullRefundWhenOurs);
            json.WriteBoolean("freeTransfer", desk.FreeTransfer);
            json.WriteNumber("creditUpTo", desk.CreditUpTo);
            json.WriteEndObject();
            json.WriteStartObject("offers");
            json.WriteNumber("perTransaction", offers.PerTransaction);
            json.WriteNumber("everyDays", offers.EveryDays);
            json.WriteNumber("flags", offers.Flags);
            json.WriteNumber("needs", offers.Needs);
            json.WriteEndObject();
            json.WriteStartObject("alerts");
            json.WriteNumber("callsPerDay", alerts.CallsPerDay);
            json.WriteNumber("quietDays", alerts.QuietDays);
            json.WriteEndObject();
            json.WriteStartObject("consent");
            foreach (var (member, waits) in ((string, bool)[])[("service", consent.Service), ("offers", consent.Offers), ("writtenOffers", consent.WrittenOffers), ("research", consent.Research), ("sharing", consent.Sharing)])
                json.WriteString(member, waits ? ConsentRules.WhenGranted : ConsentRules.UntilRefused);
            json.WriteEndObject();
            json.WriteStartObject("identity");
            json.WriteStartArray("merge");
            foreach (var list in identity.Merge)
            {
                json.WriteStartArray();
                foreach (var kind in list) json.WriteStringValue(kind);
                json.WriteEndArray();
            }

            json.WriteEndArray();
            json.WriteEndObject();
            WriteRules(json, rules);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    private static void WriteTerms(Utf8JsonWriter json, TermCalendar terms)
    {
        json.WriteStartArray("terms");
        if (terms.Named)
        {
            foreach (var term in terms.All)
            {
                json.WriteStartObject();
                json.WriteString("key", term.Key);
                json.WriteString("name", term.Name);
                json.WriteString("season", term.Season);
                json.WriteBoolean("main", term.Main);
                json.WriteBoolean("youth", term.Youth);
                json.WriteString("registrationOpens", Date(term.Opens));
                json.WriteString("registrationCloses", Date(term.Closes));
                json.WriteString("starts", Date(term.Starts));
                json.WriteString("ends", Date(term.Ends));
                json.WriteEndObject();
            }
        }

        json.WriteEndArray();
    }

    private static void WriteRules(Utf8JsonWriter json, RuleSettings[] rules)
    {
        json.WriteStartObject("rules");
        foreach (var rule in Rules.All)
        {
            var settings = rules[(int)rule.Id];
            json.WriteStartObject(rule.Key);
            json.WriteBoolean("enabled", settings.Enabled);
            json.WriteString("words", settings.Words);
            for (var i = 0; i < rule.Parameters.Count; i++) json.WriteNumber(rule.Parameters[i].Name, settings[i]);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static string Clock(long micros) => new TimeOnly(micros * TimeSpan.TicksPerMicrosecond).ToString("HH:mm", CultureInfo.InvariantCulture);

    private static string Date(int day) => DateOnly.FromDateTime(DateTime.UnixEpoch.AddDays(day)).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
