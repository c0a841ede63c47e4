using Experience.Domain.Events;
using Experience.Domain.Port;
using Experience.Embedded;
using Microsoft.Extensions.Logging.Abstractions;

namespace Experience.Sample.Tests;

/// <summary>What a stranger finds at once: the sample comes through the edge, where what is at most two days old counts as live.</summary>
public sealed class FirstLookTests
{
    [Fact]
    public async Task The_list_of_flags_has_the_last_days_and_nothing_of_the_years_before()
    {
        var folder = Directory.CreateTempSubdirectory("experience-look-").FullName;
        var options = new EmbeddedOptions { DataFolder = Path.Combine(folder, "data"), ProgramName = "Riverbend College", TimeZone = "America/Chicago", Sample = true };
        var live = Riverbend.NowMicros - (long)EventLimits.LiveWithin.TotalMicroseconds;
        var look = Access.System("board");
        await using (var engine = await EmbeddedEngine.OpenAsync(options, new JumpingTime(Riverbend.Now), NullLoggerFactory.Instance, CancellationToken.None))
        {
            foreach (var chunk in new Riverbend().Facts.Chunk(2_000)) await engine.RecordAsync([.. chunk.Select(f => AtEdge(f, live))], look, CancellationToken.None);
            var board = (await engine.BoardAsync("everyone", look, CancellationToken.None))!;
            var flags = await engine.FlagsAsync(look, CancellationToken.None);
            Assert.False(board.History);
            Assert.InRange(flags.Total, 30, 120);
            Assert.InRange(flags.High, 15, 60);
            Assert.Contains(flags.Flags, f => f.Rule == "past-clock");
            Assert.Contains(flags.Flags, f => f.Rule == "low-rating");

            // Many more are at risk: their causes are history, so they are in lists and on cards, and were raised to nobody.
            Assert.True(board.Tiles.Single(t => t.Id == "risk").Value > flags.Flags.Select(f => f.Person).Distinct().Count());
            Assert.DoesNotContain(flags.Flags, f => f.Rule == "silence");
        }

        Directory.Delete(folder, recursive: true);
    }

    private static Fact AtEdge(Fact f, long live) =>
        new() { Type = f.Type, Source = f.Source, Subject = f.Subject, Time = f.Time, Id = f.Id, Clear = f.Clear, Personal = f.Personal, Live = f.Time >= live };
}
