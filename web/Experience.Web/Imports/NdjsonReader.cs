using System.Text;
using Experience.Domain.Events;
using Experience.Domain.Wire;

namespace Experience.Web.Imports;

/// <summary>CloudEvents, one a line: a backfill, so nothing of it is live.</summary>
internal sealed class NdjsonReader(TimeZoneInfo zone, TimeProvider time) : IImportReader
{
    public IEnumerable<ImportItem> Read(Stream file)
    {
        var events = new EventReader(new SenderRules(null, zone, History: true, MayErase: true));
        using var reader = new StreamReader(file, Encoding.UTF8, true, 1 << 16, leaveOpen: true);
        long line = 0;
        while (reader.ReadLine() is { } text)
        {
            line++;
            if (string.IsNullOrWhiteSpace(text)) continue;
            var json = Encoding.UTF8.GetBytes(text);
            var facts = new List<Fact>(1);
            var now = (time.GetUtcNow().Ticks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;
            var refusal = events.Read(json, now, facts);
            yield return refusal is null ? new ImportItem(line, file.Position, [facts], null, json) { Cells = [text] } : new ImportItem(line, file.Position, [], refusal) { Cells = [text] };
        }
    }
}
