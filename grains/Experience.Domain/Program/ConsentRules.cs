using Experience.Domain.Events;
using Experience.Domain.People;

namespace Experience.Domain.Programs;

/// <summary>What is asked of somebody's consent; the codes of <see cref="Fields.Purpose"/>.</summary>
public enum ConsentPurpose
{
    /// <summary>What the person needs of us: seats, hours, log-ins, reminders.</summary>
    Service,

    /// <summary>What we would like to sell.</summary>
    Offers,
    Research,
    Sharing,
}

/// <summary>
/// What holds for a purpose while a person has said nothing: true waits until consent is granted, false goes on until it is refused. What a person has said always comes first.
/// </summary>
/// <param name="WrittenOffers">Offers by e-mail, text, chat and post: what reaches somebody who did not come to us.</param>
public sealed record ConsentRules(bool Service, bool Offers, bool WrittenOffers, bool Research, bool Sharing)
{
    /// <summary>Services go on until refused; offers may be spoken until refused and written when granted; research and sharing only when granted.</summary>
    public static ConsentRules Default { get; } = new(false, false, true, true, true);

    public const string WhenGranted = "when-granted";
    public const string UntilRefused = "until-refused";

    private static readonly int[] Written = [.. ((string[])["email", "text", "chat", "post"]).Select(c => Code(c))];

    private static readonly int Channels = Fields.Channel.Codes.Count;

    public static int Counter { get; } = Code("counter");

    public static int Phone { get; } = Code("phone");

    /// <summary>
    /// Whether a person may be spoken to for a purpose by a channel: by the newest word on the channel, else on the purpose, else by the policy.
    /// </summary>
    public bool May(Profile profile, ConsentPurpose purpose, int channel)
    {
        ArgumentNullException.ThrowIfNull(profile);
        var bit = Profile.ContactBit((int)purpose, channel);
        if ((profile.ContactStated & bit) != 0) return (profile.ContactAllowed & bit) != 0;
        if ((profile.ConsentStated >> (int)purpose & 1) != 0) return (profile.ConsentGranted >> (int)purpose & 1) != 0;
        return !NeedsGrant(purpose, channel);
    }

    /// <summary>Whether there is any channel for a purpose: without one, nothing is offered, counted or listed for it.</summary>
    public bool May(Profile profile, ConsentPurpose purpose)
    {
        for (var channel = 0; channel < Channels; channel++)
        {
            if (May(profile, purpose, channel)) return true;
        }

        return false;
    }

    private bool NeedsGrant(ConsentPurpose purpose, int channel) => purpose switch
    {
        ConsentPurpose.Service => Service,
        ConsentPurpose.Offers => Offers || WrittenOffers && Array.IndexOf(Written, channel) >= 0,
        ConsentPurpose.Research => Research,
        _ => Sharing,
    };

    private static int Code(string channel) => Fields.Channel.Codes.ToList().IndexOf(channel);
}
