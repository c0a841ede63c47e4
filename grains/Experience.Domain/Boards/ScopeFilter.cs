using Experience.Domain.Assessments;
using Experience.Domain.Events;
using Experience.Domain.People;
using Experience.Domain.Port;
using Experience.Domain.Programs;

namespace Experience.Domain.Boards;

/// <summary>
/// A <see cref="BoardScope"/> in force: who is in it, and what of their measures counts there. A program's people kept a registration in it
/// within 24 months. A desk's people answered about it, complained at it or stand at it now; what they said of other desks is left out.
/// </summary>
public sealed class ScopeFilter
{
    private ScopeFilter(BoardScope scope, CompiledSegment segment, ulong program, ulong desk)
    {
        Scope = scope;
        Segment = segment;
        Area = program;
        Desk = desk;
        string[] parts = [segment.Bit == 0 && !scope.IsSegment ? "" : segment.Title, scope.Program ?? "", scope.Desk is null ? "" : $"{scope.Desk} desk"];
        Title = string.Join(", ", parts.Where(static p => p.Length > 0));
    }

    public BoardScope Scope { get; }

    public CompiledSegment Segment { get; }

    /// <summary>Hash of the program area's name; 0 for all.</summary>
    public ulong Area { get; }

    /// <summary>Hash of the desk's name; 0 for all.</summary>
    public ulong Desk { get; }

    /// <summary>As people read it: "Best, Computing, West desk".</summary>
    public string Title { get; }

    /// <summary>The filter of a scope as text; null when it has no such form, or names a segment, program area or desk that there is not.</summary>
    public static ScopeFilter? Of(string? text, ProgramSnapshot program)
    {
        ArgumentNullException.ThrowIfNull(program);
        if (BoardScope.Parse(text) is not { } scope || program.Segments.Find(scope.Segment) is not { } segment) return null;
        return Known(scope.Program, program, out var area) && Known(scope.Desk, program, out var desk) ? new ScopeFilter(scope, segment, area, desk) : null;
    }

    /// <summary>Whether a person is in it; narrows the copy of the row to what counts there.</summary>
    /// <param name="today">Civil day that the row was assessed for.</param>
    public bool Takes(PersonState s, ProgramSnapshot program, int today, ref RowMeasures row)
    {
        ArgumentNullException.ThrowIfNull(s);
        ArgumentNullException.ThrowIfNull(program);
        if ((row.Segments >> Segment.Bit & 1) == 0) return false;
        if (Area != 0 && !InProgram(s, program, today)) return false;
        if (Desk == 0) return true;
        if (!AtDesk(s)) return false;
        if (row.ServiceDesk != Desk) (row.ServiceDesk, row.ServiceAnswer) = (0, 0);
        if (row.TransactionalDesk != Desk) (row.TransactionalDesk, row.TransactionalAnswer) = (0, 0);
        if (row.ComplaintDesk != Desk)
        {
            (row.ComplaintDesk, row.OldestOverdue, row.ComplaintDue) = (0, 0, 0);
            row.ComplaintsOpen = row.ComplaintsPast = row.ComplaintsPastEasy = 0;
        }

        return true;
    }

    private bool InProgram(PersonState s, ProgramSnapshot program, int today)
    {
        foreach (var r in s.Registrations)
        {
            if (!r.Kept || today - program.Zone.Day(r.ConfirmedAt) >= DayContext.TwoYears) continue;
            if ((r.Program != 0 ? r.Program : program.Section(r.Section)?.Program) == Area) return true;
        }

        return false;
    }

    private bool AtDesk(PersonState s)
    {
        if (s.Transaction is { } open && open.Desk == Desk) return true;
        foreach (var answer in s.Answers)
        {
            if (answer.Desk == Desk) return true;
        }

        foreach (var complaint in s.Complaints)
        {
            if (complaint.Desk == Desk) return true;
        }

        return false;
    }

    // A name is known when events or the catalogue have used it: then its hash leads back to it.
    private static bool Known(string? name, ProgramSnapshot program, out ulong hash)
    {
        hash = name is null ? 0 : SipHash.Name(name);
        return hash == 0 || program.NameOf(hash) == name;
    }
}
