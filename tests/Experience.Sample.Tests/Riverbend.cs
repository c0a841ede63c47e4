using Experience.Domain.Events;

namespace Experience.Sample.Tests;

/// <summary>One sample of the usual size, made once for all tests that read it.</summary>
public sealed class Riverbend
{
    public static readonly DateTimeOffset Now = new(2026, 11, 19, 16, 42, 0, TimeSpan.Zero);

    public Riverbend()
    {
        Program = new SampleProgram(new SampleOptions { Now = Now });
        Facts = [.. Program.History()];
    }

    public SampleProgram Program { get; }

    public IReadOnlyList<Fact> Facts { get; }

    public SampleTruth Truth => Program.Truth;

    public static long NowMicros => Now.ToUnixTimeMilliseconds() * 1000;

    public IEnumerable<Fact> Of(EventType type) => Facts.Where(f => f.Type == type);
}

internal static class FactReading
{
    public static string? Text(this Fact fact, Field field)
    {
        var reader = field.Personal ? fact.PersonalFields() : fact.Fields();
        while (reader.Next())
        {
            if (reader.Number == field.Number) return reader.Text;
        }

        return null;
    }

    public static long? Number(this Fact fact, Field field)
    {
        var reader = field.Personal ? fact.PersonalFields() : fact.Fields();
        while (reader.Next())
        {
            if (reader.Number == field.Number) return reader.Value;
        }

        return null;
    }

    public static long[] Instants(this Fact fact, Field field)
    {
        var reader = fact.Fields();
        while (reader.Next())
        {
            if (reader.Number == field.Number) return InstantList.Read(reader.Bytes);
        }

        return [];
    }

    public static string? Code(this Fact fact, Field field) => fact.Number(field) is { } code ? field.Codes[(int)code] : null;
}
