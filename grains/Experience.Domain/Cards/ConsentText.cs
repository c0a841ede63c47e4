using Experience.Domain.Events;
using Experience.Domain.People;
using Experience.Domain.Port;
using Experience.Domain.Programs;

namespace Experience.Domain.Cards;

/// <summary>What we may do, for which purpose and by which channel, in words.</summary>
internal static class ConsentText
{
    private static readonly string[] Titles = ["Service", "Offers", "Research", "Sharing"];
    private static readonly string[] ChannelNames = ["at the counter", "by phone", "online", "by e-mail", "by text", "by chat", "by post"];

    public static IReadOnlyList<ConsentView> Views(Profile profile, ConsentRules rules) => [.. Enum.GetValues<ConsentPurpose>().Select(purpose =>
    {
        var channels = Fields.Channel.Codes.Select((code, i) => new ContactView(code, rules.May(profile, purpose, i), (profile.ContactStated & Profile.ContactBit((int)purpose, i)) != 0)).ToList();
        return new ConsentView(Fields.Purpose.Codes[(int)purpose], Titles[(int)purpose], channels.Exists(static c => c.May), Text(profile, purpose, channels), channels);
    })];

    /// <summary>The channels that are allowed: "at the counter, by phone"; null when there is none.</summary>
    public static string? Channels(Profile profile, ConsentRules rules, ConsentPurpose purpose)
    {
        var names = ChannelNames.Where((_, i) => rules.May(profile, purpose, i)).ToList();
        return names.Count == 0 ? null : names.Count == ChannelNames.Length ? "any channel" : string.Join(", ", names);
    }

    private static string Text(Profile profile, ConsentPurpose purpose, List<ContactView> channels)
    {
        var stated = (profile.ConsentStated >> (int)purpose & 1) != 0;
        var granted = (profile.ConsentGranted >> (int)purpose & 1) != 0;
        var ground = stated ? granted ? "consent given" : "consent taken back" : "nothing said, by policy";
        if (!channels.Exists(static c => c.May)) return $"No: {ground}";
        var not = channels.Select(static (c, i) => (c, i)).Where(static x => !x.c.May).Select(static x => ChannelNames[x.i]).ToList();
        if (not.Count == 0) return $"Yes: {ground}";
        return not.Count <= channels.Count / 2
            ? $"Yes, not {string.Join(", ", not)}: {ground}"
            : $"Only {string.Join(", ", channels.Select(static (c, i) => (c, i)).Where(static x => x.c.May).Select(static x => ChannelNames[x.i]))}: {ground}";
    }
}
