using Experience.Domain.Assessments;
using Experience.Domain.Models.Learning;
using Experience.Domain.Programs;
using Experience.Domain.Voice;
using Experience.Grains.Contracts;
using Experience.Grains.Kin;

namespace Experience.Grains.Roster;

/// <summary>
/// Rows of people of several streams. Each stream keeps its row with the fold of its own facts; one of them, the home, shows the fold of all, and the others count
/// nowhere. So whoever is taken apart again is what the row always was.
/// </summary>
internal sealed partial class ShardRows
{
    private readonly Dictionary<int, KinRole> _roles = [];
    private readonly List<int> _voices = [];
    private int _elsewhere;

    /// <summary>People: rows less those that count nowhere.</summary>
    public int People => _rows.Count - _elsewhere;

    /// <summary>Grows with each change.</summary>
    public long Turn { get; private set; }

    /// <summary>Null for a person of one stream.</summary>
    public KinRole? RoleOf(int row) => _roles.Count != 0 && _roles.TryGetValue(row, out var role) ? role : null;

    /// <summary>The person whose home the row is; null for all others.</summary>
    public Union? UnionOf(int row) => RoleOf(row)?.Union;

    /// <summary>Whether the row counts nowhere, because another one shows its person.</summary>
    public bool IsElsewhere(int row) => RoleOf(row) is { Union: null };

    /// <summary>Rows of voices, whether they are somebody's by now or nobody's.</summary>
    public IReadOnlyList<int> VoiceRows => _voices;

    /// <summary>Rows of people of several streams.</summary>
    public IReadOnlyCollection<int> United => _roles.Keys;

    /// <summary>The moment that a row's person is judged as of.</summary>
    public AsOf AsOf(int row, long now)
    {
        if (UnionOf(row) is not { } union) return Clocks.AsOf(Source(row), _rows[row].LiveSince, now);
        return Clocks.Latest(union.Streams.Select(s => Clocks.AsOf(s.Source, s.LiveSince, now)));
    }

    /// <summary>What an append changes where another row, or a later fold, shows it.</summary>
    public Change RecordOnly(AppendCommand command, int row)
    {
        _state.Read(command.State);
        return row < 0
            ? new Change(row, command.Stream, command, default, null, false, long.MaxValue, [], _state.ErasedAt != 0, ValueMeasures.None, default, 0, Only: true)
            : new Change(row, command.Stream, command, _measures[row], null, false, _rows[row].Deadline, [], _state.ErasedAt != 0, _values[row], _rows[row].Shown, 0, Only: true);
    }

    /// <summary>What a row would be in another role.</summary>
    /// <param name="shown">What people were shown of the person by other rows: a cause that was told of is not told of again.</param>
    /// <param name="standing">It stands here too, until the assessment says otherwise.</param>
    public Change Become(int row, KinRole? role, IEnumerable<OpenEntry> shown, bool standing, ProgramSnapshot program, long now, bool observe)
    {
        var stream = _rows[row].Stream;
        if (role is { Union: null }) return new Change(row, stream, null, default, null, false, long.MaxValue, [], false, ValueMeasures.None, _rows[row].Shown, 0, Turns: true, Role: role);
        var stood = Open(row).ToArray().ToList();
        var before = stood.Count;
        foreach (var entry in shown)
        {
            if (entry.Recorded == 0 || stood.Count == OpenEntry.MaxKept || stood.Exists(s => s.Rule == entry.Rule && s.Cause == entry.Cause)) continue;
            stood.Add(standing ? entry : entry with { Standing = 0 });
        }

        var asOf = role?.Union is { } union ? Clocks.Latest(union.Streams.Select(s => Clocks.AsOf(s.Source, s.LiveSince, now))) : Clocks.AsOf(Source(row), _rows[row].LiveSince, now);
        var state = role?.Union is { } folded ? folded.State : OwnState(row);
        return Assess(row, stream, null, state, asOf, [.. stood], merged: stood.Count > before, program, observe) with { Turns = true, Role = role };
    }

    /// <summary>A row's role when the shard is loaded, before anybody is assessed.</summary>
    public void Begin(int row, KinRole role, IEnumerable<OpenEntry> shown)
    {
        SetRole(row, role);
        Index(row);
        var stood = Open(row).ToArray().ToList();
        stood.AddRange(shown.Where(e => e.Recorded != 0 && !stood.Exists(s => s.Rule == e.Rule && s.Cause == e.Cause)).ToArray());
        if (role.Union is not null && stood.Count <= OpenEntry.MaxKept) SetOpen(ref _rows[row], [.. stood]);
    }

    private void SetRole(int row, KinRole? role)
    {
        if (IsElsewhere(row)) _elsewhere--;
        if (role is null) _roles.Remove(row);
        else _roles[row] = role;
        if (IsElsewhere(row)) _elsewhere++;
    }

    // Who is found by every key: a line holds words between line feeds.
    private string SearchKeys(int row) => UnionOf(row) is { } union ? string.Join('\n', union.Streams.Select(static s => s.Key).Where(static k => k.Length > 0 && !Voices.IsKey(k))) : Key(row);
}
