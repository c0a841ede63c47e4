using System.Globalization;
using System.Text;
using Experience.Domain.People;

namespace Experience.Domain.Identity;

/// <summary>What two streams of one person may have in common.</summary>
public enum IdentityKind : byte
{
    Student = 1,
    Email = 2,
    Phone = 3,

    /// <summary>Family name and birth date.</summary>
    NameAndBirth = 4,

    /// <summary>Given and family name and postal code.</summary>
    NameAndPlace = 5,
}

/// <summary>How identities are compared: as they mean, not as they were typed.</summary>
public static class IdentityText
{
    /// <summary>A phone number is compared by its last digits, because country and trunk prefixes come and go.</summary>
    private const int PhoneDigits = 10;

    private const int FewestPhoneDigits = 7;

    private const int FewestStudentCharacters = 3;

    /// <summary>What somebody may be looked up by, as it is compared; empty for what names nobody, and for names.</summary>
    public static string Of(IdentityKind kind, string text) => kind switch
    {
        IdentityKind.Student => Student(text),
        IdentityKind.Email => Email(text),
        IdentityKind.Phone => Phone(text),
        _ => "",
    };

    public static string Email(string text) => text.Contains('@', StringComparison.Ordinal) ? text.Trim().ToLowerInvariant() : "";

    public static string Phone(string text)
    {
        var digits = new string([.. text.Where(char.IsAsciiDigit)]);
        return digits.Length < FewestPhoneDigits ? "" : digits[Math.Max(0, digits.Length - PhoneDigits)..];
    }

    public static string Student(string text)
    {
        var plain = new string([.. text.Where(char.IsLetterOrDigit)]).ToUpperInvariant();
        return plain.Length < FewestStudentCharacters ? "" : plain;
    }

    /// <summary>Letters and digits without case and accents.</summary>
    public static string Name(string text)
    {
        var folded = new StringBuilder(text.Length);
        foreach (var c in text.Normalize(NormalizationForm.FormD))
        {
            if (CharUnicodeInfo.GetUnicodeCategory(c) != UnicodeCategory.NonSpacingMark && char.IsLetterOrDigit(c)) folded.Append(char.ToLowerInvariant(c));
        }

        return folded.ToString();
    }

    /// <summary>Everything that a person may be found to be the same by.</summary>
    public static IEnumerable<(IdentityKind Kind, string Text)> Of(Profile profile)
    {
        ArgumentNullException.ThrowIfNull(profile);
        if (Student(profile.StudentId) is { Length: > 0 } student) yield return (IdentityKind.Student, student);
        if (Email(profile.Email) is { Length: > 0 } email) yield return (IdentityKind.Email, email);
        if (Phone(profile.Phone) is { Length: > 0 } phone) yield return (IdentityKind.Phone, phone);
        var family = Name(profile.FamilyName);
        if (family.Length == 0) yield break;
        if (profile.BirthDay != int.MinValue) yield return (IdentityKind.NameAndBirth, $"{family} {profile.BirthDay}");
        if (Name(profile.GivenName) is { Length: > 0 } given && Name(profile.PostalCode) is { Length: > 0 } place) yield return (IdentityKind.NameAndPlace, $"{given} {family} {place}");
    }
}
