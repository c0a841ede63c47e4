using System.Text;
using Experience.Domain.Programs;
using Experience.Domain.Wire;

namespace Experience.Web.Api;

/// <summary>Checks of documents before they are published: one that does not hold never enters the journal.</summary>
internal static class ProgramDocuments
{
    public static Refusal? CheckPolicy(string json)
    {
        Policy.Parse(Encoding.UTF8.GetBytes(json), out var error);
        return Of(error);
    }

    public static Refusal? CheckSegment(string json)
    {
        SegmentRule.Parse(Encoding.UTF8.GetBytes(json), out var error);
        return Of(error);
    }

    private static Refusal? Of(DocumentError? error) => error is null ? null : new Refusal(error.Field, error.Reason, error.Accepted);
}
