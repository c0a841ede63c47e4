using Experience.Domain.Events;
using Experience.Web.Contracts;

namespace Experience.Web.Imports.Mapping;

/// <summary>What a column may hold beside the fields of the type.</summary>
internal static class ImportTargets
{
    public const string Subject = "subject";
    public const string Id = "id";
    public const string Time = "time";
    public const string FullName = "fullName";

    /// <summary>Money that came in with a registration: a payment beside it.</summary>
    public const string Paid = "paid";

    private static readonly HashSet<string> People = [Subject, .. EventTypes.All.SelectMany(t => t.Fields).Where(f => f.Field.Kind == FieldKind.Person).Select(f => f.Field.Name)];

    /// <summary>Whether cells of it are keys of people.</summary>
    public static bool IsPerson(string? target) => target is not null && People.Contains(target);

    public static bool MayBeMapped(Field field) => field.Kind is not (FieldKind.Json or FieldKind.Instants);

    /// <param name="also">A further event of a row: who the person is, and what was paid, are events of their own there.</param>
    public static IReadOnlyList<ImportField> For(EventType type, bool also = false)
    {
        var fields = new List<ImportField>();
        if (type.Target == EventTarget.Person) fields.Add(new(Subject, "The participant's key: what tells people apart.", false));
        fields.Add(new(Time, "When it happened.", false));
        fields.Add(new(Id, "The event's own id, when the file has one.", false));
        var person = type.Target == EventTarget.Person && (!also || type == EventTypes.ParticipantIdentified);
        if (person) fields.Add(new(FullName, "Given and family name in one column.", false));
        if (type == EventTypes.RegistrationConfirmed && !also) fields.Add(new(Paid, "Money that came in with it: recorded as a payment.", false));
        fields.AddRange(type.Fields.Where(f => MayBeMapped(f.Field)).Select(f => new ImportField(f.Field.Name, f.Field.Description, f.Required)));
        if (!person) return fields;
        foreach (var use in EventTypes.ParticipantIdentified.Fields)
        {
            if (fields.All(f => f.Name != use.Field.Name)) fields.Add(new(use.Field.Name, use.Field.Description, false));
        }

        return fields;
    }
}
