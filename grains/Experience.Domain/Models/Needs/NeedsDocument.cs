using System.Globalization;
using System.Text.Json;
using Experience.Domain.Programs;

namespace Experience.Domain.Models.Needs;

/// <summary>
/// The stored form of <see cref="NeedsModel"/>: JSON, the tables in it as base64 of little-endian numbers, since a catalogue's statistics must fit
/// in one record of the journal. Logarithms and shares are halves (three digits).
/// </summary>
public static class NeedsDocument
{
    private const int Format = 1;

    /// <summary>Entries of all rows of pairs together; each row gets an equal part.</summary>
    private const int MaxEntries = 1_200;

    /// <summary>Entries of a row of pairs for so many courses.</summary>
    public static int EntriesFor(int courses) => Math.Clamp(MaxEntries / Math.Max(1, courses), 2, 40);

    public static JsonElement Write(NeedsModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteNumber("format", Format);
            Weights(json, "warm", model.Offerings.Warm);
            Weights(json, "cold", model.Offerings.Cold);
            json.WriteBase64String("courses", Bytes(w =>
            {
                foreach (var course in model.Courses) w.Write(course);
            }));
            json.WriteNumber("seasons", model.Offerings.Tables.Season.Length);
            json.WriteBase64String("tables", Bytes(w => Tables(w, model.Offerings.Tables)));
            json.WriteBase64String("first", Bytes(w =>
            {
                foreach (var row in model.Offerings.Tables.First) Halves(w, row);
            }));
            json.WriteBase64String("benefits", Bytes(w => Benefits(w, model.Benefits)));
            json.WriteBase64String("modes", Bytes(w => Benefits(w, model.Modes)));
            json.WriteStartArray("answers");
            foreach (var ((rule, segment, timing), answers) in model.Answers.Rules)
            {
                json.WriteStartArray();
                json.WriteStringValue(Programs.Rules.Of(rule).Key);
                foreach (var number in (int[])[segment, (int)timing, answers.Asked, answers.Accepted]) json.WriteNumberValue(number);
                json.WriteEndArray();
            }

            json.WriteEndArray();
            json.WriteStartArray("courseAnswers");
            foreach (var ((course, segment), answers) in model.Answers.Courses)
            {
                json.WriteStartArray();
                json.WriteStringValue(course.ToString("x16", CultureInfo.InvariantCulture));
                foreach (var number in (int[])[segment, answers.Asked, answers.Accepted]) json.WriteNumberValue(number);
                json.WriteEndArray();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return JsonDocument.Parse(stream.ToArray()).RootElement.Clone();
    }

    /// <exception cref="FormatException">The document does not hold.</exception>
    public static NeedsModel Read(JsonElement parameters)
    {
        if (parameters.GetProperty("format").GetInt32() != Format) throw new FormatException("The needs are of a later format.");
        try
        {
            using var courseBytes = Reader(parameters, "courses");
            var courses = new ulong[courseBytes.BaseStream.Length / sizeof(ulong)];
            for (var i = 0; i < courses.Length; i++) courses[i] = courseBytes.ReadUInt64();
            using var tableBytes = Reader(parameters, "tables");
            var tables = Tables(tableBytes, courses.Length, parameters.GetProperty("seasons").GetInt32());
            if (parameters.TryGetProperty("first", out _))
            {
                using var firstBytes = Reader(parameters, "first");
                tables = tables.With([.. tables.Segment.Select(_ => Halves(firstBytes, courses.Length))]);
            }

            using var benefitBytes = Reader(parameters, "benefits");
            using var modeBytes = Reader(parameters, "modes");
            var answers = new NeedAnswers();
            foreach (var entry in parameters.GetProperty("answers").EnumerateArray())
            {
                // A rule that this version does not know has nothing to say to it.
                if (Programs.Rules.Find(entry[0].GetString() ?? "") is not { } rule) continue;
                answers.Add(rule.Id, Segment(entry[1]), (AskTiming)entry[2].GetByte(), new Answered(entry[3].GetInt32(), entry[4].GetInt32()));
            }

            foreach (var entry in parameters.GetProperty("courseAnswers").EnumerateArray())
                answers.AddCourse(ulong.Parse(entry[0].GetString()!, NumberStyles.HexNumber, CultureInfo.InvariantCulture), Segment(entry[1]), new Answered(entry[2].GetInt32(), entry[3].GetInt32()));
            return new NeedsModel(
                courses, new OfferingModel(tables, Weights(parameters, "warm"), Weights(parameters, "cold")), Benefits(benefitBytes, courses.Length), Benefits(modeBytes, 2), answers);
        }
        catch (EndOfStreamException)
        {
            throw new FormatException("The tables of the needs are cut short.");
        }
    }

    private static int Segment(JsonElement element) =>
        element.GetInt32() is var segment and >= 0 and < NeedsModel.Segments ? segment : throw new FormatException("A segment is out of range.");

    private static void Weights(Utf8JsonWriter json, string name, IReadOnlyList<double> weights)
    {
        json.WriteStartArray(name);
        foreach (var weight in weights) json.WriteNumberValue(weight);
        json.WriteEndArray();
    }

    private static double[] Weights(JsonElement parameters, string name)
    {
        double[] weights = [.. parameters.GetProperty(name).EnumerateArray().Select(static w => w.GetDouble())];
        // Before what people begin with was a part of its own there was one less.
        if (weights.Length == OfferingModel.Parts - 1) return [.. weights, 0];
        return weights.Length == OfferingModel.Parts ? weights : throw new FormatException($"There are {weights.Length} {name} weights; {OfferingModel.Parts} are needed.");
    }

    private static byte[] Bytes(Action<BinaryWriter> write)
    {
        using var stream = new MemoryStream();
        using (var writer = new BinaryWriter(stream)) write(writer);
        return stream.ToArray();
    }

    private static BinaryReader Reader(JsonElement parameters, string name) => new(new MemoryStream(parameters.GetProperty(name).GetBytesFromBase64()));

    private static void Benefits(BinaryWriter w, Benefit[][] rows)
    {
        foreach (var benefit in rows.SelectMany(static row => row))
        {
            w.Write7BitEncodedInt(benefit.Ended);
            w.Write7BitEncodedInt(benefit.Good);
        }
    }

    private static Benefit[][] Benefits(BinaryReader r, int rows) =>
        [.. Enumerable.Range(0, rows).Select(_ => Enumerable.Range(0, NeedsModel.Segments).Select(_ => new Benefit(r.Read7BitEncodedInt(), r.Read7BitEncodedInt())).ToArray())];

    private static void Tables(BinaryWriter w, OfferingTables t)
    {
        foreach (var takers in t.Takers) w.Write7BitEncodedInt(takers);
        Halves(w, t.Popular);
        // What counts from here on is the newest state of what was popular of late.
        Halves(w, t.Lately[^1]);
        foreach (var row in t.Season) Halves(w, row);
        foreach (var row in t.Segment) Halves(w, row);
        Pairs(w, t.Together);
        Pairs(w, t.Ridge ?? [.. t.Takers.Select(static _ => Array.Empty<ItemWeight>())]);
        for (var i = 0; i < t.Items; i++)
        {
            for (var bucket = 0; bucket < 4; bucket++) w.Write(t.Left[i].From(bucket));
            w.Write((byte)t.Followed[i].Length);
            foreach (var f in t.Followed[i])
            {
                w.Write((ushort)f.Item);
                w.Write7BitEncodedInt(f.People);
                for (var bucket = 0; bucket < 4; bucket++) w.Write((Half)(t.Left[i].From(bucket) > 0 ? f.From(bucket) / t.Left[i].From(bucket) : 0));
            }
        }

        foreach (var certificate in t.Certificates) w.Write((short)certificate);
    }

    private static OfferingTables Tables(BinaryReader r, int items, int seasons)
    {
        if (seasons is < 1 or > TermCalendar.MaxSeasons) throw new FormatException("There are too many seasons.");
        var takers = new int[items];
        for (var i = 0; i < items; i++) takers[i] = r.Read7BitEncodedInt();
        var popular = Halves(r, items);
        var lately = Halves(r, items);
        float[][] season = [.. Enumerable.Range(0, seasons).Select(_ => Halves(r, items))];
        float[][] segment = [.. Enumerable.Range(0, NeedsModel.Segments).Select(_ => Halves(r, items))];
        var together = Pairs(r, items);
        var ridge = Pairs(r, items);
        var left = new ItemFollowing[items];
        var followed = new ItemFollowing[items][];
        for (var i = 0; i < items; i++)
        {
            left[i] = new ItemFollowing(i, 0, r.ReadSingle(), r.ReadSingle(), r.ReadSingle(), r.ReadSingle());
            followed[i] = new ItemFollowing[r.ReadByte()];
            for (var n = 0; n < followed[i].Length; n++)
            {
                followed[i][n] = new ItemFollowing(
                    Item(r, items), r.Read7BitEncodedInt(), (float)r.ReadHalf() * left[i].From(0), (float)r.ReadHalf() * left[i].From(1), (float)r.ReadHalf() * left[i].From(2), (float)r.ReadHalf() * left[i].From(3));
            }
        }

        var certificates = new int[items];
        for (var i = 0; i < items; i++) certificates[i] = r.ReadInt16();
        return new OfferingTables
        {
            Takers = takers,
            Popular = popular,
            Lately = [lately],
            PeriodScale = (0, 1),
            Season = season,
            Segment = segment,
            First = segment,
            Together = together,
            Ridge = ridge,
            Followed = followed,
            Left = left,
            Certificates = certificates,
        };
    }

    private static void Halves(BinaryWriter w, float[] row)
    {
        foreach (var number in row) w.Write((Half)number);
    }

    private static float[] Halves(BinaryReader r, int items)
    {
        var row = new float[items];
        for (var i = 0; i < items; i++) row[i] = (float)r.ReadHalf();
        return row;
    }

    private static void Pairs(BinaryWriter w, ItemWeight[][] rows)
    {
        foreach (var row in rows)
        {
            w.Write((byte)row.Length);
            foreach (var (item, weight) in row)
            {
                w.Write((ushort)item);
                w.Write((Half)weight);
            }
        }
    }

    private static ItemWeight[][] Pairs(BinaryReader r, int items) =>
        [.. Enumerable.Range(0, items).Select(_ => Enumerable.Range(0, r.ReadByte()).Select(_ => new ItemWeight(Item(r, items), (float)r.ReadHalf())).ToArray())];

    private static int Item(BinaryReader r, int items) => r.ReadUInt16() is var item && item < items ? item : throw new FormatException("A pair names no course.");
}
