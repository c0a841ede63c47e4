using System.Globalization;
using System.Text;
using System.Text.Json;
using Experience.Domain.Events;
using Experience.Domain.People;

namespace Experience.Domain.Tests.People;

/// <summary>
/// Stored forms are for ever: a folder written today opens in every later version. When a test here fails, either the change is a mistake, or
/// it needs a new stored version that still reads the old one. New lines are appended from the file that the failure names.
/// </summary>
public sealed class GoldenTests
{
    // 2026-11-22T14:30:00Z
    private const long Now = 1_795_357_800_000_000;

    [Fact]
    public void The_stored_form_of_every_event_type_stays() =>
        Compare("events.txt", EventTypes.All.Append(EventTypes.Unknown).Select(t => (t.Name, Stored(Example(t, 1, Now)))));

    [Fact]
    public void The_stored_state_after_every_event_type_stays() => Compare("states.txt", States());

    [Fact]
    public void Every_stored_state_reads_and_writes_as_it_was()
    {
        var state = new PersonState();
        foreach (var line in File.ReadLines(Path("states.txt")))
        {
            var bytes = Convert.FromHexString(line[(line.LastIndexOf(' ') + 1)..]);
            state.Read(bytes);
            // Reading the texts must not change them either.
            Assert.NotNull(state.Profile.Children);
            Assert.Equal(bytes, ReferenceFolder.Write(state));
        }
    }

    [Fact]
    public void Hashes_of_names_and_ids_stay()
    {
        Assert.Equal(0UL, SipHash.Name(""));
        Assert.Equal("9d2b0fe68f0d39d7", SipHash.Name("excel-03").ToString("x16", CultureInfo.InvariantCulture));
        Assert.Equal("1a73d70e3a1611c93ac9eba62f7f4383", $"{Fact.IdOf("/registration", "r-1001"):x32}");
    }

    private static IEnumerable<(string Name, string Hex)> States()
    {
        foreach (var type in EventTypes.All.Where(t => t.Target == EventTarget.Person && PersonFold.Folds(t)))
        {
            // What most types need to mean something: somebody known, waiting, registered, with a complaint and a promise open.
            EventType[] before = [EventTypes.ParticipantIdentified, EventTypes.WaitlistJoined, EventTypes.RegistrationConfirmed, EventTypes.ComplaintOpened, EventTypes.PromiseMade];
            var state = new PersonState();
            var n = 0;
            foreach (var step in before.Append(type))
            {
                PersonFold.Apply(state, Example(step, n, Now + n * 86_400_000_000, skip: [Fields.Payer, Fields.Beneficiary, Fields.PayerOrganisation]).View(), CivilZone.Utc);
                n++;
            }

            yield return (type.Name, Convert.ToHexStringLower(ReferenceFolder.Write(state)));
        }
    }

    private static Fact Example(EventType type, int id, long time, params Field[] skip)
    {
        var builder = new FactBuilder(type, "/registration", $"e-{id}", "p-17", time);
        foreach (var (field, _) in type.Fields)
        {
            if (skip.Contains(field)) continue;
            using var json = JsonDocument.Parse(field.Example);
            var value = json.RootElement;
            switch (field.Kind)
            {
                case FieldKind.Money or FieldKind.Int:
                    builder.Set(field, value.GetInt64());
                    break;
                case FieldKind.Hundredths:
                    builder.Set(field, (long)(value.GetDecimal() * 100));
                    break;
                case FieldKind.Instant:
                    builder.Set(field, Micros(value));
                    break;
                case FieldKind.Instants:
                    builder.Set(field, value.EnumerateArray().Select(Micros).ToArray());
                    break;
                case FieldKind.Date:
                    builder.Set(field, (long)DateOnly.Parse(value.GetString()!).DayNumber - DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber);
                    break;
                case FieldKind.Bool:
                    builder.Set(field, value.GetBoolean());
                    break;
                case FieldKind.Json:
                    builder.Set(field, field.Example);
                    break;
                default:
                    builder.Set(field, value.GetString() is { Length: > 0 } text ? text : field.Name);
                    break;
            }
        }

        return builder.Build();
    }

    private static long Micros(JsonElement value) =>
        (DateTimeOffset.Parse(value.GetString()!) - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    private static string Stored(Fact fact) => $"{fact.Id:x32} {Hex(fact.Clear)} {Hex(fact.Personal)}";

    private static string Hex(ReadOnlyMemory<byte> bytes) => bytes.IsEmpty ? "-" : Convert.ToHexStringLower(bytes.Span);

    private static string Path(string file) => System.IO.Path.Combine(AppContext.BaseDirectory, "Golden", file);

    private static void Compare(string file, IEnumerable<(string Name, string Hex)> lines)
    {
        var actual = lines.Select(l => $"{l.Name} {l.Hex}").ToArray();
        var expected = File.Exists(Path(file)) ? File.ReadAllLines(Path(file)) : [];
        if (actual.SequenceEqual(expected)) return;
        var written = Path(file + ".actual");
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(written)!);
        File.WriteAllLines(written, actual, new UTF8Encoding(false));
        var changed = expected.Except(actual).Select(l => l.Split(' ')[0]).ToArray();
        Assert.Fail($"{file}: {changed.Length} stored forms changed or left ({string.Join(", ", changed.Take(5))}), {actual.Except(expected).Count()} are new. The present ones: {written}");
    }
}
