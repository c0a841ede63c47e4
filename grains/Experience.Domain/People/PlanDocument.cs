using System.Text.Json;
using Experience.Domain.Events;
using Experience.Domain.Programs;

namespace Experience.Domain.People;

/// <summary>The document of a planned certificate: <c>{"courses": ["bookkeeping-1", "payroll"]}</c>, in the order of the plan; without courses the plan is given up.</summary>
public static class PlanDocument
{
    public static string Write(IEnumerable<string> courses) => JsonSerializer.Serialize(new Dictionary<string, IEnumerable<string>> { ["courses"] = courses });

    /// <summary>Reads a document; false, and why, when it is none.</summary>
    public static bool TryRead(ReadOnlySpan<byte> json, out IReadOnlyList<string> courses, out DocumentError? error)
    {
        var found = new List<string>();
        courses = found;
        error = null;
        try
        {
            var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 4 });
            using var document = JsonDocument.ParseValue(ref reader);
            if (document.RootElement.ValueKind != JsonValueKind.Object) return Refuse("document", "is not an object", out error);
            if (!document.RootElement.TryGetProperty("courses", out var list)) return true;
            if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() > CertificatePlan.MaxCourses) return Refuse("courses", "is not a list that fits", out error);
            foreach (var item in list.EnumerateArray())
            {
                var course = item.ValueKind == JsonValueKind.String ? item.GetString()! : "";
                if (course.Length is 0 or > EventLimits.MaxNameLength || found.Contains(course)) return Refuse("courses", "has something that is not a course, or one twice", out error);
                found.Add(course);
            }

            return true;
        }
        catch (JsonException)
        {
            return Refuse("document", "is not JSON", out error);
        }
    }

    private static bool Refuse(string field, string reason, out DocumentError? error)
    {
        error = new DocumentError(field, reason, $"at most {CertificatePlan.MaxCourses} keys of courses, each once");
        return false;
    }
}
