using Experience.Domain.Events;

namespace Experience.Domain.Programs;

/// <summary>Folds what is known of organisations, and what they engaged us for.</summary>
public sealed partial class ProgramState
{
    private readonly Dictionary<string, string> _aliases = new(StringComparer.Ordinal);
    private readonly Dictionary<string, OrganisationInfo> _organisations = new(StringComparer.Ordinal);
    private readonly Dictionary<ulong, EngagementInfo> _engagements = [];
    private readonly List<(string Organisation, ulong Engagement, long Amount)> _engagementMoney = [];
    private OrganisationBook? _organisationBook;

    private void ClearOrganisations()
    {
        _aliases.Clear();
        _organisations.Clear();
        _engagements.Clear();
        _engagementMoney.Clear();
        _organisationBook = null;
    }

    private OrganisationBook Organisations()
    {
        if (_organisationBook is not null) return _organisationBook;
        if (_aliases.Count + _organisations.Count + _engagements.Count + _engagementMoney.Count == 0) return _organisationBook = OrganisationBook.None;
        // Money may come before its engagement: it is added up here, where all are known.
        var paid = new Dictionary<ulong, long>();
        var other = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var (organisation, engagement, amount) in _engagementMoney)
        {
            if (_engagements.ContainsKey(engagement)) paid[engagement] = paid.GetValueOrDefault(engagement) + amount;
            else other[organisation] = other.GetValueOrDefault(organisation) + amount;
        }

        return _organisationBook = new OrganisationBook(_aliases, _organisations, _engagements.Values.Select(e => e with { Paid = paid.GetValueOrDefault(e.Hash) }), other);
    }

    private void ApplyOrganisation(in FactView fact)
    {
        var c = new FieldCursor(fact.Clear);
        if (c.Text(Fields.Organisation) is not { } name) return;
        var industry = c.Text(Fields.Industry);
        var alias = c.Text(Fields.Alias);
        var title = c.Text(Fields.Title);
        var known = _organisations.GetValueOrDefault(name);
        _organisations[name] = new OrganisationInfo(name, title ?? known?.Title, industry ?? known?.Industry);
        _names.TryAdd(SipHash.Name(name), name);
        _organisationBook = null;
        if (alias is null) return;
        _names.TryAdd(SipHash.Name(alias), alias);
        var (from, to) = (OrganisationBook.Normal(alias), OrganisationBook.Normal(name));
        if (from == to) return;
        // The newest word on a name counts: a name that becomes the main one is no alias any more.
        if (_aliases.GetValueOrDefault(to) == from) _aliases.Remove(to);
        _aliases[from] = to;
    }

    private void ApplyEngagement(in FactView fact)
    {
        var c = new FieldCursor(fact.Clear);
        var section = c.Hash(Fields.Section);
        var organisation = c.Text(Fields.Organisation);
        var key = c.Text(Fields.Engagement);
        var order = c.Text(Fields.PurchaseOrder);
        var amount = c.Number(Fields.Amount, -1);
        var seats = (int)c.Number(Fields.Count);
        var starts = (int)c.Number(Fields.Starts, SectionInfo.NoDay);
        var ends = (int)c.Number(Fields.Ends, SectionInfo.NoDay);
        var outcome = (int)c.Number(Fields.Outcome, -1);
        var kind = (int)c.Number(Fields.EngagementKind, -1);
        var title = c.Text(Fields.Title);
        if (key is null) return;
        var hash = SipHash.Name(key);
        var known = _engagements.GetValueOrDefault(hash);
        if (fact.Type == EventTypes.EngagementClosed)
        {
            if (known is null) return;
            _engagements[hash] = known with { ClosedAt = fact.Time, Outcome = outcome };
        }
        else if (organisation is not null)
        {
            known ??= new EngagementInfo(hash, key, organisation, -1, null, -1, null, 0, 0, SectionInfo.NoDay, SectionInfo.NoDay, fact.Time, 0, -1, 0);
            _engagements[hash] = known with
            {
                Organisation = organisation,
                Kind = kind >= 0 ? kind : known.Kind,
                Title = title ?? known.Title,
                Amount = amount >= 0 ? amount : known.Amount,
                PurchaseOrder = order ?? known.PurchaseOrder,
                Section = section != 0 ? section : known.Section,
                Seats = seats > 0 ? seats : known.Seats,
                Starts = starts != SectionInfo.NoDay ? starts : known.Starts,
                Ends = ends != SectionInfo.NoDay ? ends : known.Ends,
                ClosedAt = 0,
                Outcome = -1,
            };
            _names.TryAdd(SipHash.Name(organisation), organisation);
        }

        _organisationBook = null;
    }

    private void ApplyEngagementMoney(in FactView fact)
    {
        var c = new FieldCursor(fact.Clear);
        if (c.Text(Fields.Organisation) is not { } organisation) return;
        var engagement = c.Hash(Fields.Engagement);
        _engagementMoney.Add((organisation, engagement, c.Number(Fields.Amount)));
        _names.TryAdd(SipHash.Name(organisation), organisation);
        _organisationBook = null;
    }
}
