using Experience.Domain.Events;

namespace Experience.Sample.Tests;

/// <summary>What the vocabulary asks of a fact, checked on its stored form.</summary>
internal static class FactRules
{
    public static void Check(Fact fact)
    {
        var seen = new HashSet<int>();
        CheckPart(fact, fact.Fields(), personal: false, seen);
        CheckPart(fact, fact.PersonalFields(), personal: true, seen);
        // The other person's copy of a two-sided fact names the first one instead.
        var mirror = fact.Type.Mirror is { } m && seen.Contains(m.As.Number) ? m.Other : null;
        foreach (var use in fact.Type.Fields.Where(u => u.Required && u.Field != mirror)) Assert.True(seen.Contains(use.Field.Number), $"{fact.Type} needs {use.Field.Name}");
        if (fact.Type.OneOf.Count > 0) Assert.True(fact.Type.OneOf.Any(f => seen.Contains(f.Number)), $"{fact.Type} needs one of its fields");
        Assert.Equal(fact.Type.Target == EventTarget.Program, fact.Subject.Length == 0);
        Assert.InRange(fact.Subject.Length, 0, EventLimits.MaxKeyLength);
        Assert.NotEqual(UInt128.Zero, fact.Id);
        Assert.NotEqual(EventFamily.Observation, fact.Type.Family);
    }

    private static void CheckPart(Fact fact, FieldReader reader, bool personal, HashSet<int> seen)
    {
        while (reader.Next())
        {
            var field = Fields.Find(reader.Number);
            Assert.NotNull(field);
            Assert.True(fact.Type.Fields.Any(u => u.Field == field), $"{fact.Type} has no field {field.Name}");
            Assert.Equal(personal, field.Personal);
            Assert.True(seen.Add(field.Number));
            switch (field.Kind)
            {
                case FieldKind.Name:
                    Assert.InRange(reader.Text.Length, 1, EventLimits.MaxNameLength);
                    break;
                case FieldKind.Key or FieldKind.Person:
                    Assert.InRange(reader.Text.Length, 1, EventLimits.MaxKeyLength);
                    break;
                case FieldKind.Text:
                    Assert.InRange(reader.Text.Length, 1, field.MaxLength);
                    break;
                case FieldKind.Code:
                    Assert.InRange(reader.Value, 0, field.Codes.Count - 1);
                    break;
                case FieldKind.Instants:
                    var instants = InstantList.Read(reader.Bytes);
                    Assert.NotEmpty(instants);
                    Assert.Equal(instants.Order(), instants);
                    break;
                case FieldKind.Json:
                    Assert.InRange(reader.Bytes.Length, 2, EventLimits.MaxDocumentBytes);
                    break;
                default:
                    Assert.InRange(reader.Value, field.Min, field.Max);
                    break;
            }
        }
    }
}
