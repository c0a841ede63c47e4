using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Experience.Domain.Events;
using Experience.Domain.Wire;
using Xunit.Abstractions;

namespace Experience.Domain.Tests.Wire;

public sealed class WireTests(ITestOutputHelper output)
{
    private static readonly long Now = At("2026-11-22T16:00:00Z");
    private static readonly SenderRules Anyone = new(null, TimeZoneInfo.FindSystemTimeZoneById("America/Chicago"), MayErase: true);

    [Theory]
    [InlineData("2026-11-22T10:00:00-06:00", "2026-11-22T16:00:00Z")]
    [InlineData("2026-11-22T10:00:00", "2026-11-22T16:00:00Z")]
    [InlineData("2026-07-22T10:00:00", "2026-07-22T15:00:00Z")]
    [InlineData("2026-11-22t16:00:00.123456789z", "2026-11-22T16:00:00.123456Z")]
    [InlineData("2026-03-08T02:30:00", "2026-03-08T08:30:00Z")] // skipped by the clocks: read with the offset before the gap
    [InlineData("2026-11-01T01:30:00", "2026-11-01T06:30:00Z")] // shown twice: the first
    [InlineData("1999-12-31T23:59:60Z", "2000-01-01T00:00:00Z")]
    public void A_time_is_read_in_its_own_zone_or_in_that_of_its_source(string text, string utc)
    {
        Assert.True(WireTime.TryParse(Encoding.UTF8.GetBytes(text), Anyone.Zone, out var microseconds));
        Assert.Equal(At(utc), microseconds);
    }

    [Theory]
    [InlineData("2026-02-29T10:00:00Z")]
    [InlineData("2026-13-01T10:00:00Z")]
    [InlineData("2026-01-01T24:00:00Z")]
    [InlineData("2026-01-01T10:00Z")]
    [InlineData("2026-01-01 10:00:00Z")]
    [InlineData("2026-01-01T10:00:00.Z")]
    [InlineData("2026-01-01T10:00:00+5:00")]
    [InlineData("2026-01-01")]
    [InlineData("")]
    public void What_is_not_a_time_is_not_read_as_one(string text) =>
        Assert.False(WireTime.TryParse(Encoding.UTF8.GetBytes(text), Anyone.Zone, out _));

    [Fact]
    public void Every_example_is_accepted_and_stored_as_the_builder_stores_it()
    {
        foreach (var type in EventSchemas.FromOutside)
        {
            var json = EventSchemas.Example(type);
            var facts = Accept(json);
            Assert.Equal(type, facts[0].Type);
            using var document = JsonDocument.Parse(json);
            var root = document.RootElement;
            var subject = root.TryGetProperty("subject", out var s) ? s.GetString()! : "";
            var builder = new FactBuilder(type, "/desk", root.GetProperty("id").GetString()!, subject, At(root.GetProperty("time").GetString()!));
            foreach (var use in type.Fields)
            {
                if (root.GetProperty("data").TryGetProperty(use.Field.Name, out var value)) Set(builder, use.Field, value);
            }

            var expected = builder.Build();
            Assert.Equal(expected.Id, facts[0].Id);
            Assert.Equal(expected.Time, facts[0].Time);
            Assert.Equal(expected.Subject, facts[0].Subject);
            Assert.Equal(Convert.ToHexString(expected.Clear.Span), Convert.ToHexString(facts[0].Clear.Span));
            Assert.Equal(Convert.ToHexString(expected.Personal.Span), Convert.ToHexString(facts[0].Personal.Span));
        }
    }

    [Fact]
    public void Every_schema_is_JSON_that_names_its_type_and_its_fields()
    {
        foreach (var type in EventTypes.All)
        {
            using var document = JsonDocument.Parse(EventSchemas.Schema(type));
            Assert.Equal(type.Name, document.RootElement.GetProperty("properties").GetProperty("type").GetProperty("const").GetString());
            var fields = document.RootElement.GetProperty("properties").GetProperty("data").GetProperty("properties");
            Assert.All(type.Fields, use => Assert.True(fields.TryGetProperty(use.Field.Name, out _)));
        }
    }

    [Theory]
    [InlineData("""{"service":6}""", "data.service", "from 1 to 5")]
    [InlineData("""{"service":"good"}""", "data.service", "from 1 to 5")]
    [InlineData("""{"survey":"monthly","service":4}""", "data.survey", "annual")]
    [InlineData("""{"service":4,"service":5}""", "data.service", "")]
    [InlineData("""{}""", "data", "service")]
    [InlineData("""[1]""", "data", "object")]
    public void A_refusal_names_the_field_and_what_is_accepted(string data, string field, string accepted)
    {
        var refusal = Refuse(Event("feedback.submitted", data));
        Assert.Equal(field, refusal.Field);
        Assert.Contains(accepted, refusal.Accepted, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("payment.received", """{"amount":190.00}""", "data.amount")]
    [InlineData("payment.received", """{"amount":"190"}""", "data.amount")]
    [InlineData("payment.received", """{"amount":1000000000001}""", "data.amount")]
    [InlineData("payment.received", """{"section":"excel-03"}""", "data.amount")]
    [InlineData("complaint.opened", """{"complaint":"c-1","category":"Log-in","due":"tomorrow"}""", "data.due")]
    [InlineData("participant.identified", """{"birthDate":"2026-02-30"}""", "data.birthDate")]
    [InlineData("complaint.opened", """{"complaint":"c-1","category":"Log-in","access":"yes"}""", "data.access")]
    [InlineData("need.raised", """{"rule":"job","cause":"1"}""", "type")]
    public void A_known_field_is_checked_for_kind_and_range(string type, string data, string field) =>
        Assert.Equal(field, Refuse(Event(type, data)).Field);

    [Fact]
    public void A_merge_across_sources_is_a_fact_of_each_stream_at_its_own_source()
    {
        var facts = Accept("""{"specversion":"1.0","id":"m-1","source":"/desk","type":"participant.merged","time":"2026-03-10T15:00:00Z","subject":"a","data":{"other":"b","otherSource":"/shop"}}""");
        Assert.Equal([("/desk", "a"), ("/shop", "b")], facts.Select(f => (f.Source, f.Subject)));
        Assert.Equal([Fact.IdOf("/desk", "m-1"), Fact.IdOf("/desk", "m-1#mirror")], facts.Select(f => f.Id));
        Assert.Equal(["/shop", "/desk"], facts.Select(f => Read(f.Fields(), Fields.OtherSource)));
        Assert.Equal(["b", "a"], facts.Select(f => Read(f.PersonalFields(), Fields.Other)));

        // A key of one source speaks for its own people only.
        var own = new EventReader(new SenderRules("/desk", TimeZoneInfo.Utc));
        var refusal = own.Read("""{"specversion":"1.0","id":"m-1","source":"/desk","type":"participant.merged","subject":"a","data":{"other":"b","otherSource":"/shop"}}"""u8, At("2026-03-10T15:00:00Z"), []);
        Assert.Equal("data.otherSource", refusal?.Field);

        static string? Read(FieldReader fields, Field field)
        {
            while (fields.Next())
            {
                if (fields.Number == field.Number) return fields.Text;
            }

            return null;
        }
    }

    [Fact]
    public void A_number_too_large_to_scale_is_refused_not_wrapped() =>
        Assert.Equal("data.grade", Refuse(Event("assessment.graded", """{"section":"a","grade":184467440737095517}""")).Field);

    [Fact]
    public void Unknown_fields_and_types_and_extensions_are_kept_as_they_came()
    {
        var facts = Accept("""{"specversion":"1.0","id":"1","source":"/desk","type":"payment.received","subject":"p","traceid":"t1","data":{"amount":5,"note":{"a":[1,2]},"x":"é\n"}}""");
        using var extra = JsonDocument.Parse(Personal(facts[0])[Fields.Extra.Number]);
        Assert.Equal("""{"a":[1,2]}""", extra.RootElement.GetProperty("note").GetRawText());
        Assert.Equal("é\n", extra.RootElement.GetProperty("x").GetString());
        Assert.Equal("t1", extra.RootElement.GetProperty("$extensions").GetProperty("traceid").GetString());

        var unknown = Accept("""{"specversion":"1.0","id":"1","source":"/desk","type":"locker.rented","subject":"p","data":{"locker":12}}""")[0];
        Assert.Same(EventTypes.Unknown, unknown.Type);
        Assert.Equal("locker.rented", Clear(unknown)[Fields.UnknownType.Number]);
        Assert.Equal("""{"locker":12}""", Personal(unknown)[Fields.Extra.Number]);
    }

    [Fact]
    public void Escaped_text_is_stored_as_what_it_means()
    {
        var fact = Accept(Event("note.added", """{"text":"caf\u00e9 \"x\"","staff":"Rosa\u0020Lin"}"""))[0];
        Assert.Equal("café \"x\"", Personal(fact)[Fields.Words.Number]);
        Assert.Equal("Rosa Lin", Clear(fact)[Fields.Staff.Number]);
    }

    [Fact]
    public void Data_may_come_before_the_type_and_in_Base64()
    {
        var direct = Accept("""{"specversion":"1.0","id":"1","source":"/desk","type":"payment.received","subject":"p","data":{"amount":5,"section":"s\u0031"}}""")[0];
        var before = Accept("""{"data":{"amount":5,"section":"s1"},"subject":"p","type":"payment.received","source":"/desk","id":"1","specversion":"1.0"}""")[0];
        var encoded = Convert.ToBase64String("""{"amount":5,"section":"s1"}"""u8);
        var base64 = Accept($$"""{"specversion":"1.0","id":"1","source":"/desk","type":"payment.received","subject":"p","datacontenttype":"application/json","data_base64":"{{encoded}}"}""")[0];
        Assert.Equal(direct.Clear.ToArray(), before.Clear.ToArray());
        Assert.Equal(direct.Clear.ToArray(), base64.Clear.ToArray());
        Assert.Equal(direct.Id, base64.Id);
    }

    [Fact]
    public void What_one_person_pays_for_another_is_a_fact_of_both()
    {
        var facts = Accept(Event("payment.received", """{"amount":19000,"payer":"p-16","section":"excel-03"}"""));
        Assert.Equal(["p-17", "p-16"], facts.Select(f => f.Subject));
        Assert.Equal(Fact.IdOf("/desk", "e-1#mirror"), facts[1].Id);
        Assert.Equal("p-16", Personal(facts[0])[Fields.Payer.Number]);
        Assert.Equal("p-17", Personal(facts[1])[Fields.Beneficiary.Number]);
        Assert.False(Personal(facts[1]).ContainsKey(Fields.Payer.Number));
        Assert.Single(Accept(Event("payment.received", """{"amount":1,"payer":"p-17"}""")));
    }

    [Fact]
    public void A_void_of_an_event_of_two_people_reaches_both()
    {
        var facts = Accept(Event("event.voided", """{"targetId":"pay-1","other":"p-16"}"""));
        Assert.Equal(["p-17", "p-16"], facts.Select(f => f.Subject));
        Assert.Equal("pay-1", Clear(facts[0])[Fields.TargetId.Number]);
        Assert.Equal("pay-1#mirror", Clear(facts[1])[Fields.TargetId.Number]);
    }

    [Fact]
    public void One_payment_for_three_children_is_split_and_must_add_up()
    {
        var facts = Accept(Event("payment.received", """{"amount":60,"payment":"x","allocations":[{"subject":"c1","amount":10},{"subject":"c2","amount":20,"section":"s"},{"subject":"c3","amount":30}]}"""));
        Assert.Equal(["c1", "p-17", "c2", "p-17", "c3", "p-17"], facts.Select(f => f.Subject));
        Assert.Equal(Fact.IdOf("/desk", "e-1#2"), facts[2].Id);
        Assert.Equal(Fact.IdOf("/desk", "e-1#2#mirror"), facts[3].Id);
        Assert.Equal("s", Clear(facts[2])[Fields.Section.Number]);
        Assert.False(Clear(facts[4]).ContainsKey(Fields.Section.Number));
        Assert.Equal("data.allocations", Refuse(Event("payment.received", """{"amount":61,"allocations":[{"subject":"c1","amount":10}]}""")).Field);
        Assert.Single(Accept(Event("payment.received", """{"amount":61}""")));
    }

    [Fact]
    public void A_split_payment_is_refunded_and_undone_as_it_was_made()
    {
        var refund = Accept(Event("refund.issued", """{"amount":30,"allocations":[{"subject":"c1","amount":10,"section":"s"},{"subject":"p-17","amount":20}]}"""));
        // The payer's own part is one fact.
        Assert.Equal(["c1", "p-17", "p-17"], refund.Select(f => f.Subject));
        var undone = Accept(Event("event.voided", """{"targetId":"pay-1","reason":"fee corrected","allocations":[{"subject":"c1"},{"subject":"p-17"}]}"""));
        Assert.Equal(["c1", "p-17", "p-17"], undone.Select(f => f.Subject));
        Assert.Equal(["pay-1#1", "pay-1#1#mirror", "pay-1#2"], undone.Select(f => Clear(f)[Fields.TargetId.Number]));
        Assert.Equal(3, undone.Select(f => f.Id).Distinct().Count());
        Assert.Equal("data.allocations", Refuse(Event("event.voided", """{"targetId":"pay-1","allocations":[]}""")).Field);
        Assert.Equal("data.allocations[0].subject", Refuse(Event("event.voided", """{"targetId":"pay-1","allocations":[{}]}""")).Field);
        Assert.Equal("data.other", Refuse(Event("event.voided", """{"targetId":"pay-1","other":"p-2","allocations":[{"subject":"c1"}]}""")).Field);
    }

    [Fact]
    public void A_key_sends_for_its_own_source_only()
    {
        var rules = new SenderRules("/desk", TimeZoneInfo.Utc);
        Assert.True(rules.Allows("/desk"));
        Assert.True(rules.Allows("/desk/west"));
        Assert.False(rules.Allows("/desktop"));
        Assert.Equal("source", new EventReader(rules with { Source = "/other" }).Read(Encoding.UTF8.GetBytes(Event("payment.received", """{"amount":1}""")), Now, [])!.Field);
    }

    [Fact]
    public void Time_decides_what_is_live_and_what_is_refused()
    {
        Assert.True(Accept(Event("payment.received", """{"amount":1}"""))[0].Live);
        Assert.Equal(Now, Accept(Event("payment.received", """{"amount":1}"""))[0].Time);
        Assert.False(Accept(Event("payment.received", """{"amount":1}""", "2026-11-20T15:59:59Z"))[0].Live);
        Assert.Equal("time", Refuse(Event("payment.received", """{"amount":1}""", "2026-11-23T16:00:01Z")).Field);
        Assert.Equal("time", Refuse(Event("payment.received", """{"amount":1}""", "1899-12-31T16:00:01Z")).Field);
        var history = new EventReader(Anyone with { History = true });
        var facts = new List<Fact>();
        Assert.Null(history.Read(Encoding.UTF8.GetBytes(Event("payment.received", """{"amount":1}""")), Now, facts));
        Assert.False(facts[0].Live);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("""{"specversion":"1.0"} {}""")]
    [InlineData("""{"specversion":"1.0","id":"\ud800","source":"a","type":"b"}""")]
    [InlineData("""{"specversion":"1.0","id":"a","source":"a","type":"unknown.to.us","data":{"kept":["\ud800"]}}""")]
    public void What_is_not_one_JSON_object_is_refused_with_a_reason(string json)
    {
        var refusal = Refuse(json);
        Assert.NotEmpty(refusal.Reason);
        Assert.NotEmpty(refusal.Accepted);
    }

    [Fact]
    public void Only_a_sender_who_may_erase_can_erase()
    {
        var json = Encoding.UTF8.GetBytes(Event("participant.erased", "{}"));
        Assert.Equal("type", new EventReader(Anyone with { MayErase = false }).Read(json, Now, [])!.Field);
        Assert.Null(new EventReader(Anyone).Read(json, Now, []));
    }

    [Fact]
    public void Mutilated_events_are_refused_or_read_but_never_throw()
    {
        const int Seed = 20261122;
        output.WriteLine($"seed {Seed}");
        var random = new Random(Seed);
        var reader = new EventReader(Anyone);
        var facts = new List<Fact>();
        foreach (var type in EventSchemas.FromOutside)
        {
            var example = EventSchemas.Example(type);
            for (var i = 0; i < 200; i++)
            {
                var bytes = example.ToArray();
                for (var n = random.Next(1, 4); n > 0; n--) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
                facts.Clear();
                var refusal = reader.Read(bytes.AsSpan(0, random.Next(8) == 0 ? random.Next(bytes.Length) : bytes.Length), Now, facts);
                Assert.Equal(refusal is null, facts.Count > 0);
            }
        }
    }

    [Fact]
    public void The_CloudEvents_conformance_set_is_accepted_and_refused_as_it_says()
    {
        Assert.Equal(10, Conformance("valid-events.json", "event", e => Assert.NotEmpty(Accept(e))));
        Assert.Equal(25, Conformance("invalid-events.json", "event", e => Assert.NotEmpty(Refuse(e).Reason)));
        Assert.Equal(5, Conformance("valid-batches.json", "batch", b => Assert.All(JsonDocument.Parse(b).RootElement.EnumerateArray(), e => Accept(e.GetRawText()))));
        Assert.Equal(3, Conformance("invalid-batches.json", "batch", b => Assert.Contains(
            JsonDocument.Parse(b).RootElement.EnumerateArray().ToList(),
            e => new EventReader(Anyone).Read(Encoding.UTF8.GetBytes(e.GetRawText()), Now, []) is not null)));
    }

    [Fact]
    public void Reading_an_event_stays_cheap()
    {
        var json = Encoding.UTF8.GetBytes(Event("registration.confirmed", """{"section":"excel-03","course":"excel","term":"2026-fall","registration":"reg-88121","amount":19000,"channel":"counter","staff":"Rosa Lin"}""", "2026-11-22T10:00:00-06:00"));
        var reader = new EventReader(Anyone);
        var facts = new List<Fact>(1000);
        var best = double.MaxValue;
        for (var round = 0; round < 60; round++)
        {
            facts.Clear();
            var start = Stopwatch.GetTimestamp();
            for (var i = 0; i < 1000; i++) reader.Read(json, Now, facts);
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalMicroseconds / 1000);
        }

        output.WriteLine($"{best:0.00} µs an event of {json.Length} bytes");
        // An order of magnitude above what is seen, so that a busy machine does not fail it and a DOM would.
        Assert.True(best < 30, $"{best:0.00} µs an event");
    }

    private static int Conformance(string file, string property, Action<string> check)
    {
        using var document = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "data", "cloudevents", file)));
        var tests = document.RootElement.GetProperty("tests").EnumerateArray().ToList();
        foreach (var test in tests) check(test.GetProperty(property).GetRawText());
        return tests.Count;
    }

    private static string Event(string type, string data, string? time = null) =>
        $$"""{"specversion":"1.0","id":"e-1","source":"/desk","type":"{{type}}",{{(time is null ? "" : $"\"time\":\"{time}\",")}}"subject":"p-17","data":{{data}}}""";

    private static List<Fact> Accept(string json) => Accept(Encoding.UTF8.GetBytes(json));

    private static List<Fact> Accept(byte[] json)
    {
        var facts = new List<Fact>();
        var refusal = new EventReader(Anyone).Read(json, Now, facts);
        Assert.True(refusal is null, $"{refusal} in {Encoding.UTF8.GetString(json)}");
        return facts;
    }

    private static Refusal Refuse(string json)
    {
        var facts = new List<Fact>();
        var refusal = new EventReader(Anyone).Read(Encoding.UTF8.GetBytes(json), Now, facts);
        Assert.NotNull(refusal);
        Assert.Empty(facts);
        return refusal;
    }

    private static Dictionary<int, string> Clear(Fact fact) => Texts(fact.Fields());

    private static Dictionary<int, string> Personal(Fact fact) => Texts(fact.PersonalFields());

    private static Dictionary<int, string> Texts(FieldReader reader)
    {
        var texts = new Dictionary<int, string>();
        while (reader.Next()) texts[reader.Number] = reader.Bytes.IsEmpty ? reader.Value.ToString() : reader.Text;
        return texts;
    }

    private static void Set(FactBuilder builder, Field field, JsonElement value)
    {
        switch (field.Kind)
        {
            case FieldKind.Money or FieldKind.Int:
                builder.Set(field, value.GetInt64());
                break;
            case FieldKind.Hundredths:
                builder.Set(field, (long)(value.GetDecimal() * 100));
                break;
            case FieldKind.Instant:
                builder.Set(field, At(value.GetString()!));
                break;
            case FieldKind.Instants:
                builder.Set(field, value.EnumerateArray().Select(v => At(v.GetString()!)).ToArray());
                break;
            case FieldKind.Date:
                builder.Set(field, DateOnly.Parse(value.GetString()!).DayNumber - new DateOnly(1970, 1, 1).DayNumber);
                break;
            case FieldKind.Bool:
                builder.Set(field, value.GetBoolean());
                break;
            case FieldKind.Json:
                builder.Set(field, value.GetRawText());
                break;
            default:
                builder.Set(field, value.GetString());
                break;
        }
    }

    private static long At(string text) => (DateTimeOffset.Parse(text).Ticks - DateTimeOffset.UnixEpoch.Ticks - DateTimeOffset.Parse(text).Offset.Ticks) / TimeSpan.TicksPerMicrosecond;
}
