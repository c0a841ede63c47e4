using Experience.Domain.Assessments;
using Experience.Domain.Boards;
using Experience.Domain.People;
using Experience.Domain.Port;
using Experience.Domain.Programs;
using Experience.Embedded.Search;
using Experience.Grains.Contracts;
using Experience.Grains.People;

namespace Experience.Silo.Engine;

/// <summary>How somebody who was found is shown: the name, and what of what was typed fits, masked.</summary>
internal static class Hits
{
    public static SearchHit Of(PersonCopy copy, AsOf asOf, ProgramSnapshot program, string typed)
    {
        var state = new PersonState();
        state.Read(copy.State);
        var profile = state.Profile;
        var assessed = new Assessed();
        Assessor.Assess(state, program, asOf, assessed);
        var folded = SearchText.Fold(typed.Trim());
        var digits = SearchText.Digits(typed);
        string? match = null;
        if (profile.Email.Length > 0 && SearchText.Fold(profile.Email).StartsWith(folded, StringComparison.Ordinal)) match = Mask(profile.Email);
        else if (digits.Length >= 3 && SearchText.Digits(profile.Phone) is var phone && phone.Contains(digits, StringComparison.Ordinal)) match = $"phone ends {phone[^Math.Min(4, phone.Length)..]}";
        else if (Array.Find(copy.All(), s => SearchText.Fold(s.Key).StartsWith(folded, StringComparison.Ordinal)) is { } one) match = one.Key;
        else if (profile.Email.Length > 0) match = Mask(profile.Email);
        int? born = profile.BirthDay == int.MinValue ? null : CivilZone.Civil(profile.BirthDay).Year;
        var detail = PeopleLists.StandsAs(state, assessed, program);
        var name = PeopleLists.NameOf(profile);
        return new SearchHit(Streams.IdOf(copy.Stream), name.Length > 0 ? name : copy.Key, born, match, detail);
    }

    private static string Mask(string email)
    {
        var at = email.IndexOf('@', StringComparison.Ordinal);
        return at <= 1 ? email : $"{email[0]}…{email[at..]}";
    }
}
