using Experience.Domain.Assessments;
using Experience.Domain.Events;
using Experience.Domain.Port;
using Experience.Domain.Programs;

namespace Experience.Domain.Boards;

/// <summary>One section as the catalogue shows it.</summary>
internal static class OfferingBuilder
{
    public static OfferingView Build(SectionInfo section, ProgramSnapshot program, in SectionTally tally, in SectionContribution sums, long now)
    {
        var today = program.Zone.Day(now);
        var costs = program.SectionCosts.GetValueOrDefault(section.Hash);
        var undecided = !section.Cancelled && section.Starts != SectionInfo.NoDay && section.Starts > today && section.Starts - today <= CatalogueBuilder.DecideDays && sums.Seats < section.Minimum;
        return new OfferingView(
            section.Key,
            section.Title,
            program.Terms.Of(section)?.Key,
            Status(section, program, sums, now, today),
            undecided,
            section.Starts == SectionInfo.NoDay ? null : CatalogueBuilder.Date(section.Starts),
            section.Ends == SectionInfo.NoDay ? null : CatalogueBuilder.Date(section.Ends),
            section.Meets,
            [.. section.Meetings.Select(static m => m / 1000)],
            section.Instructor == 0 ? null : program.NameOf(section.Instructor),
            section.Room,
            section.Mode < 0 ? null : Fields.Mode.Codes[section.Mode],
            section.Fee > 0 ? section.Fee : null,
            section.Cancelled ? section.CancelledAt / 1000 : null,
            sums.Seats,
            section.Capacity > 0 ? section.Capacity : null,
            section.Minimum > 0 ? section.Minimum : null,
            sums.Waiting,
            tally.Kept,
            tally.Contract,
            tally.Dropped,
            tally.Income,
            costs is null ? null : CatalogueBuilder.View(costs),
            costs is null ? null : tally.Income - costs.Total,
            sums.Ratings > 0 ? Math.Round(sums.RatingSum / 100.0 / sums.Ratings, 2) : null,
            sums.Ratings);
    }

    private static string Status(SectionInfo section, ProgramSnapshot program, in SectionContribution sums, long now, int today)
    {
        if (section.Cancelled) return "cancelled";
        var begins = section.BeginsAt(program.Zone);
        if (begins == long.MaxValue) return "undated";
        if (section.OverAt(program.Zone) <= now) return "over";
        if (begins <= now) return "on";
        if (program.Terms.Of(section) is { } term && program.Terms.Named)
        {
            if (term.Opens > today) return "not open yet";
            if (term.Closes < today) return "closed";
        }

        return section.Capacity > 0 && sums.Seats >= section.Capacity ? "full" : "open";
    }
}
