using Experience.Domain.People;

namespace Experience.Domain.Identity;

/// <summary>Who somebody says to be, as two people are compared.</summary>
public sealed record Look(
    string GivenName, string PreferredName, string FamilyName, string Email, string Phone, string Student, string PostalCode, int BirthDay)
{
    public static Look Of(Profile profile)
    {
        ArgumentNullException.ThrowIfNull(profile);
        return new Look(profile.GivenName, profile.PreferredName, profile.FamilyName, profile.Email, profile.Phone, profile.StudentId, profile.PostalCode, profile.BirthDay);
    }
}

/// <summary>One thing that speaks for, or against, two people being one.</summary>
/// <param name="Points">Above zero speaks for it.</param>
public sealed record Evidence(string Kind, int Points, string Text);

/// <summary>
/// Whether two people look like one, and why. A suggestion only: what merges is a fact that somebody stated. A household shares e-mail, phone, address and
/// family name, and is several people: so different given names, or different birth dates, rule it out, whatever else is shared.
/// </summary>
public static class Likeness
{
    /// <summary>Points from which a pair is worth somebody's look: a shared way of contact and a shared name, or a name and a birth date.</summary>
    public const int Enough = 45;

    private const int SameStudent = 60;
    private const int SameEmail = 30;
    private const int SamePhone = 25;
    private const int SameBirth = 25;
    private const int SameGiven = 15;
    private const int AlikeGiven = 8;
    private const int SameFamily = 10;
    private const int SamePlace = 5;
    private const int OtherFamily = -10;
    private const int OtherGiven = -30;

    /// <summary>The evidence, the weightiest first; null when the two are not worth a look.</summary>
    public static IReadOnlyList<Evidence>? Compare(Look a, Look b)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        var born = a.BirthDay != int.MinValue && b.BirthDay != int.MinValue;
        if (born && a.BirthDay != b.BirthDay) return null;
        var found = new List<Evidence>();
        var student = Same(IdentityText.Student(a.Student), IdentityText.Student(b.Student));
        if (student) Add("student", SameStudent, "Same student number");
        if (Same(IdentityText.Email(a.Email), IdentityText.Email(b.Email))) Add("email", SameEmail, "Same e-mail address");
        if (Same(IdentityText.Phone(a.Phone), IdentityText.Phone(b.Phone))) Add("phone", SamePhone, "Same phone number");
        if (born) Add("birth", SameBirth, "Same birth date");
        if (Same(IdentityText.Name(a.PostalCode), IdentityText.Name(b.PostalCode))) Add("place", SamePlace, "Same postal code");
        switch (Given(a, b))
        {
            case Fit.Same: Add("given", SameGiven, "Same given name"); break;
            case Fit.Alike: Add("given-alike", AlikeGiven, $"Given names alike: {a.GivenName} and {b.GivenName}"); break;

            // Brothers, sisters, twins: everything but the given name.
            case Fit.Other when !student: return null;
            case Fit.Other: Add("given", OtherGiven, $"Different given names: {a.GivenName} and {b.GivenName}"); break;
        }

        var (family, otherFamily) = (IdentityText.Name(a.FamilyName), IdentityText.Name(b.FamilyName));
        if (Same(family, otherFamily)) Add("family", SameFamily, "Same family name");
        else if (family.Length > 0 && otherFamily.Length > 0) Add("family", OtherFamily, $"Different family names: {a.FamilyName} and {b.FamilyName}");
        if (found.Sum(static e => e.Points) < Enough) return null;
        return [.. found.OrderByDescending(static e => Math.Abs(e.Points)).ThenBy(static e => e.Kind, StringComparer.Ordinal)];

        void Add(string kind, int points, string text) => found.Add(new Evidence(kind, points, text));
    }

    private enum Fit
    {
        Unknown,
        Same,
        Alike,
        Other,
    }

    private static bool Same(string a, string b) => a.Length > 0 && a == b;

    // A preferred name is as good as a given one.
    private static Fit Given(Look a, Look b)
    {
        var best = Fit.Unknown;
        foreach (var first in Names(a))
        {
            foreach (var second in Names(b))
            {
                var fit = first == second ? Fit.Same : Alike(first, second) ? Fit.Alike : Fit.Other;
                if (best == Fit.Unknown || fit < best) best = fit;
            }
        }

        return best;

        static IEnumerable<string> Names(Look look) => new[] { look.GivenName, look.PreferredName }.Select(IdentityText.Name).Where(static n => n.Length > 0).Distinct();
    }

    // An initial, a short form (Kate, Katherine; Maria, Maria Elena), or one slip of the keys.
    private static bool Alike(string a, string b)
    {
        var shorter = Math.Min(a.Length, b.Length);
        var common = 0;
        while (common < shorter && a[common] == b[common]) common++;
        return common == shorter || common >= 3 || (shorter >= 4 && Slip(a, b, common));
    }

    private static bool Slip(string a, string b, int at)
    {
        var x = a.AsSpan(at);
        var y = b.AsSpan(at);
        if (x.Length > 0 && y.Length > 0 && x[1..].SequenceEqual(y[1..])) return true;
        if (x.Length > 0 && x[1..].SequenceEqual(y)) return true;
        if (y.Length > 0 && x.SequenceEqual(y[1..])) return true;
        return x.Length > 1 && y.Length > 1 && x[0] == y[1] && x[1] == y[0] && x[2..].SequenceEqual(y[2..]);
    }
}
