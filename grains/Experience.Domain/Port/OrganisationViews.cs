namespace Experience.Domain.Port;

/// <param name="Search">Part of a name, or null; case, marks and legal forms do not count.</param>
/// <param name="After">The last page's next.</param>
public sealed record OrganisationQuery(string? Search, string? After, int Limit);

/// <summary>Organisations, those of most value first.</summary>
public sealed record OrganisationsPage(long AsOf, string Currency, long Total, IReadOnlyList<OrganisationRow> Rows, string? Next);

/// <param name="Id">Key of the organisation: the normal form of its name.</param>
/// <param name="People">Linked to it, speaking for it, or in a place that it pays; each once, erased ones too.</param>
/// <param name="Seats">Places kept that it pays.</param>
/// <param name="Value">Paid − refunded by it: contract value belongs to the organisation.</param>
/// <param name="Open">Open engagements.</param>
public sealed record OrganisationRow(string Id, string Name, string? Industry, long People, long Seats, long SelfPayers, long Value, int Open, long Complaints, long Past, long Promises);

/// <summary>One organisation as a group of people.</summary>
/// <param name="Names">Other names that its facts use, or that it was said to have.</param>
/// <param name="Erased">Of its people, those whose data were erased: counted, and nameless.</param>
/// <param name="SelfPayers">People linked to it who paid for themselves within 12 months.</param>
public sealed record OrganisationView(
    long AsOf,
    string Currency,
    string Id,
    string Name,
    string? Industry,
    IReadOnlyList<string> Names,
    long People,
    long Erased,
    long SelfPayers,
    OrganisationValue Value,
    OrganisationRepeat Repeat,
    long Complaints,
    long Past,
    long Promises,
    IReadOnlyList<EngagementView> Engagements,
    IReadOnlyList<SeatsView> Seats,
    IReadOnlyList<OrganisationMember> Members);

/// <summary>What the organisation brought. Minor units.</summary>
/// <param name="Paid">Paid − refunded, for places and engagements.</param>
/// <param name="ForPlaces">Of that, for its people's places.</param>
/// <param name="Agreed">What its engagements were agreed for; null when none says.</param>
/// <param name="Outstanding">Agreed and not paid yet, over the engagements that say what was agreed.</param>
public sealed record OrganisationValue(long Paid, long ForPlaces, long? Agreed, long? Outstanding, Formula Formula);

/// <param name="Rate">Percent; null while no term can tell yet.</param>
/// <param name="Bought">Main terms in which it bought and whose next main term's registration is closed.</param>
/// <param name="Again">Of those, the ones after which it bought in the next main term too.</param>
public sealed record OrganisationRepeat(double? Rate, int Bought, int Again, Formula Formula);

/// <param name="Kind">training, consulting, mentoring, research, or null.</param>
/// <param name="Seats">Seats agreed, and <paramref name="Taken"/> of them taken in its section.</param>
/// <param name="Status">open, ended, or how it was closed.</param>
public sealed record EngagementView(
    string Engagement, string Title, string? Kind, string Status, string? PurchaseOrder, long? Amount, long Paid, string? Section, int? Seats, long Taken, string? Starts, string? Ends, long OpenedAt);

/// <summary>Places of one section that the organisation pays.</summary>
public sealed record SeatsView(string Section, string Title, string? Term, long Seats, long Income, string? PurchaseOrder);

/// <param name="Id">Null for somebody who was erased.</param>
public sealed record OrganisationMember(string? Id, string Name, bool Contact, int Seats, Standing Standing, string StandingText);
