using System.Globalization;
using Experience.Domain.People;
using Experience.Domain.Programs;

namespace Experience.Domain.Models.Needs;

/// <summary>Says in words why a course was named: the statistic that raised it most above the other courses, with its n.</summary>
internal static class OfferingReason
{
    public static string Of(OfferedCourse offered, PersonState s, ProgramSnapshot p, Assessments.Assessed a, NeedsModel model)
    {
        var courses = new List<CourseTaking>();
        var segment = CourseHistory.Read(s, p, a.AsOf.Instant, courses);
        var question = NextOfferings.Question(courses, model, p.Zone.Day(a.AsOf.Instant), segment, offered.Term.SeasonIndex);
        var tables = model.Offerings.Tables;
        var features = OfferingModel.NewFeatures(model.Offerings.Items);
        model.Offerings.Features(question, features);
        var weights = model.Offerings.WeightsOf(question);
        OfferingPart? best = null;
        double most = 0;
        foreach (var part in Enum.GetValues<OfferingPart>())
        {
            var lift = weights[(int)part] * (features[(int)part][offered.Item] - features[(int)part].Average());
            if (lift > most) (best, most) = (part, lift);
        }

        return best switch
        {
            OfferingPart.Certificate => $"counts for {p.NameOf(offered.Section.Certificate)}, which was begun",
            OfferingPart.Together or OfferingPart.Ridge or OfferingPart.Sequence when Predecessor(offered.Item, courses, model) is { } before => before.Following.People >= MinPeople
                ? $"{before.Following.People} of {tables.Takers[before.Item]} people who took {TitleOf(before.Course, p)} went on to it{Gap(before.Following)}"
                : $"often taken by people who took {TitleOf(before.Course, p)}",
            OfferingPart.Segment when tables.Segment[segment][offered.Item] >= LeastShare => $"{Percent(tables.Segment[segment][offered.Item])} of what {p.Segments.All[SegmentSet.MarketFirst + segment].Title} take",
            OfferingPart.Season when tables.Season[question.Season][offered.Item] >= LeastShare => $"{Percent(tables.Season[question.Season][offered.Item])} of what is taken in the season",
            _ => $"taken by {tables.Takers[offered.Item]} people",
        };
    }

    /// <summary>Logarithm of a hundredth: a smaller share may be what sets a course apart, and convinces nobody.</summary>
    private static readonly double LeastShare = Math.Log(0.01);

    /// <summary>Fewer are told without a number: a handful is no statistic.</summary>
    private const int MinPeople = 5;

    private static (int Item, ulong Course, ItemFollowing Following)? Predecessor(int item, List<CourseTaking> courses, NeedsModel model)
    {
        (int, ulong, ItemFollowing)? best = null;
        double most = 0;
        foreach (var course in courses)
        {
            var before = model.IndexOf(course.Course);
            if (before < 0) continue;
            foreach (var following in model.Offerings.Tables.Followed[before])
            {
                if (following.Item != item) continue;
                var share = following.People / (double)(model.Offerings.Tables.Takers[before] + OfferingTables.PriorPeople);
                if (share > most) (best, most) = ((before, course.Course, following), share);
            }
        }

        return best;
    }

    private static string Gap(ItemFollowing f) =>
        f.All <= 0 ? ""
        : f.AfterFirst < f.All / 2 ? ", most within a month"
        : f.AfterSecond < f.All / 2 ? $", most within {OfferingCounts.GapDays[1]} days"
        : f.AfterThird < f.All / 2 ? ", most within a year"
        : ", most after more than a year";

    /// <summary>The title of the course's template; where it has none, that of its newest section without the section's number.</summary>
    public static string TitleOf(ulong course, ProgramSnapshot p)
    {
        if (p.Details.Courses.GetValueOrDefault(course)?.Title is { } stated) return stated;
        var sections = p.SectionsOfCourse(course);
        if (sections.Count == 0) return p.NameOf(course);
        var title = sections[^1].Title;
        var space = title.LastIndexOf(' ');
        return space > 0 && space < title.Length - 1 && title.AsSpan(space + 1).IndexOfAnyExceptInRange('0', '9') < 0 && title[space + 1] == '0' ? title[..space] : title;
    }

    private static string Percent(float logarithm) => (100 * Math.Exp(logarithm)).ToString("0", CultureInfo.InvariantCulture) + " %";
}
