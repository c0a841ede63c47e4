using System.Reflection;
using System.Text;
using System.Text.Json;
using Experience.Domain.Port;

namespace Experience.Web.Contracts;

/// <summary>
/// Writes the TypeScript types of everything that the server sends or reads as JSON, from the records themselves, so that
/// the client cannot drift: a test compares the committed file with what this writes.
/// </summary>
internal static class ContractWriter
{
    private static readonly Type[] Roots =
    [
        typeof(CardView), typeof(JourneyPage), typeof(BoardView), typeof(PeoplePage), typeof(SearchResult), typeof(OpenFlagsView), typeof(ProgramView), typeof(ModelsView), typeof(ModelReportView),
        typeof(CatalogueView), typeof(CourseView), typeof(OrganisationsPage), typeof(OrganisationView), typeof(AliasRequest), typeof(PlanView), typeof(PlanRequest), typeof(OccupationImport),
        typeof(LiveFrame), typeof(WatchAnswer), typeof(ProblemView), typeof(BatchAnswer), typeof(StatusView), typeof(SampleRequest), typeof(StartView),
        typeof(StartSettings), typeof(ArrivalsView), typeof(PersonRef), typeof(ActionRequest), typeof(ActionReceipt), typeof(PolicyAnswer),
        typeof(SegmentAnswer), typeof(SegmentPut), typeof(KeyRequest), typeof(KeyCreated), typeof(KeyInfo), typeof(ImportView), typeof(SavedMapping), typeof(SaveMapping), typeof(PullView), typeof(PullPut), typeof(PullLook), typeof(SchemaSummary), typeof(EraseRequest), typeof(ErasureView),
        typeof(SuggestionsView), typeof(MergePreview), typeof(SameAnswer), typeof(SameReceipt), typeof(IdentityAnswer), typeof(VoicePage), typeof(VoiceAnswer), typeof(VoiceReceipt),
        typeof(LettersPage), typeof(LetterView), typeof(LetterSend), typeof(LetterAnswer), typeof(LettersRequest), typeof(LettersAnswer), typeof(LettersDismissed), typeof(SourcesView), typeof(QuietRequest), typeof(SourceRequest),
        typeof(HookView), typeof(HookRequest), typeof(HookPut), typeof(HookVersion), typeof(HookPayload), typeof(HookTest), typeof(HookTested),
    ];

    /// <summary>Records that the client sends: what may be null there may be left out.</summary>
    private static readonly HashSet<Type> Sent =
        [typeof(SampleRequest), typeof(StartSettings), typeof(ActionRequest), typeof(SegmentPut), typeof(KeyRequest), typeof(ImportMapping), typeof(ImportAlso), typeof(SaveMapping), typeof(PullSettings), typeof(PullPut), typeof(EraseRequest), typeof(SameAnswer), typeof(VoiceAnswer), typeof(LetterSend), typeof(LettersRequest), typeof(QuietRequest), typeof(HookRequest), typeof(HookTest)];

    public static string Write()
    {
        var output = new StringBuilder();
        output.Append("// Generated from the server's records by `dotnet run --project web/Experience.Web -- contracts`. Do not edit.\n\n");
        foreach (var type in Reachable().OrderBy(t => t.Name, StringComparer.Ordinal))
        {
            if (type.IsEnum) WriteEnum(output, type);
            else WriteRecord(output, type);
        }

        output.Append("/** What the hub says of each topic: a delta holds the changed top-level properties, and of tiles the changed ones. */\n");
        output.Append("export type CardDelta = Partial<CardView>;\nexport type BoardDelta = Partial<BoardView>;\nexport type FlagsDelta = Partial<OpenFlagsView>;\n");
        return output.ToString();
    }

    private static HashSet<Type> Reachable()
    {
        var seen = new HashSet<Type>();
        var open = new Stack<Type>(Roots);
        while (open.TryPop(out var type))
        {
            if (!seen.Add(type) || type.IsEnum) continue;
            foreach (var property in Properties(type))
            {
                foreach (var part in Parts(property.PropertyType)) open.Push(part);
            }
        }

        return seen;
    }

    private static IEnumerable<Type> Parts(Type type)
    {
        if (Nullable.GetUnderlyingType(type) is { } inner) type = inner;
        if (type.IsGenericType) return type.GetGenericArguments().SelectMany(Parts);
        return type.Assembly == typeof(CardView).Assembly || type.Assembly == typeof(LiveFrame).Assembly ? [type] : [];
    }

    private static IEnumerable<PropertyInfo> Properties(Type type) =>
        type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.Name != "EqualityContract").OrderBy(p => p.MetadataToken);

    private static void WriteEnum(StringBuilder output, Type type) =>
        output.Append($"export type {type.Name} = {string.Join(" | ", Enum.GetNames(type).Select(n => $"\"{Camel(n)}\""))};\n\n");

    private static void WriteRecord(StringBuilder output, Type type)
    {
        var context = new NullabilityInfoContext();
        output.Append($"export interface {type.Name} {{\n");
        foreach (var property in Properties(type))
        {
            var nullable = Nullable.GetUnderlyingType(property.PropertyType) is not null
                || context.Create(property).ReadState == NullabilityState.Nullable;
            var optional = nullable && Sent.Contains(type) ? "?" : "";
            output.Append($"  readonly {Camel(property.Name)}{optional}: {Name(property.PropertyType, context.Create(property))}{(nullable ? " | null" : "")};\n");
        }

        output.Append("}\n\n");
    }

    private static string Name(Type type, NullabilityInfo? info)
    {
        if (Nullable.GetUnderlyingType(type) is { } inner) type = inner;
        if (type == typeof(string)) return "string";
        if (type == typeof(bool)) return "boolean";
        if (type == typeof(int) || type == typeof(long) || type == typeof(double)) return "number";
        if (type == typeof(JsonElement)) return "unknown";
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>))
        {
            var element = type.GetGenericArguments()[0];
            var name = Name(element, null);
            var nullable = Nullable.GetUnderlyingType(element) is not null || info?.GenericTypeArguments is [{ ReadState: NullabilityState.Nullable }];
            return nullable ? $"readonly ({name} | null)[]" : $"readonly {name}[]";
        }

        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyDictionary<,>))
        {
            return $"Readonly<Record<string, {Name(type.GetGenericArguments()[1], null)}>>";
        }

        return type.IsGenericType ? throw new NotSupportedException($"{type} has no TypeScript form.") : type.Name;
    }

    private static string Camel(string name) => JsonNamingPolicy.CamelCase.ConvertName(name);
}
