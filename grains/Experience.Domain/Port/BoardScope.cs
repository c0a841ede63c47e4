using System.Text;

namespace Experience.Domain.Port;

/// <summary>
/// What a board or a list is narrowed to: a segment, and within it the people of a program area, of a desk, or both. Written as the segment's key, then
/// <c>;program=</c> and <c>;desk=</c> with percent-encoded names: <c>everyone</c>, <c>best;desk=West</c>. Wherever the port takes
/// a segment of a board or a list it takes this text, so a plain key is a scope too.
/// </summary>
/// <param name="Program">Name of a program area, as <see cref="ProgramView.Programs"/> lists it; null for all.</param>
/// <param name="Desk">Name of a desk, as <see cref="ProgramView.Desks"/> lists it; null for all.</param>
public sealed record BoardScope(string Segment, string? Program = null, string? Desk = null)
{
    private const string ProgramPart = "program=";
    private const string DeskPart = "desk=";

    /// <summary>Nothing but a segment: its sums are kept, not counted anew.</summary>
    public bool IsSegment => Program is null && Desk is null;

    /// <summary>The scope that a text stands for, or null when it has no such form.</summary>
    public static BoardScope? Parse(string? text)
    {
        if (string.IsNullOrEmpty(text)) return null;
        string? program = null, desk = null;
        var parts = text.Split(';');
        foreach (var part in parts.AsSpan(1))
        {
            if (part.StartsWith(ProgramPart, StringComparison.Ordinal) && program is null) program = Name(part[ProgramPart.Length..]);
            else if (part.StartsWith(DeskPart, StringComparison.Ordinal) && desk is null) desk = Name(part[DeskPart.Length..]);
            else return null;
        }

        return parts[0].Length == 0 ? null : new BoardScope(Uri.UnescapeDataString(parts[0]), program, desk);

        // "program=" without a name is "all programs": what a form sends when nothing is chosen.
        static string? Name(string part) => part.Length == 0 ? null : Uri.UnescapeDataString(part);
    }

    public override string ToString()
    {
        var text = new StringBuilder(Segment.Contains(';', StringComparison.Ordinal) || Segment.Contains('%', StringComparison.Ordinal) ? Uri.EscapeDataString(Segment) : Segment);
        if (Program is not null) text.Append(';').Append(ProgramPart).Append(Uri.EscapeDataString(Program));
        if (Desk is not null) text.Append(';').Append(DeskPart).Append(Uri.EscapeDataString(Desk));
        return text.ToString();
    }
}
