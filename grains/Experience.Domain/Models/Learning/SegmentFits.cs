namespace Experience.Domain.Models.Learning;

/// <summary>
/// The parameters of each segment, with the whole program's fit as their prior: a segment with little history is the program, one with much is itself, and
/// every one between leans on the program by as much as its own history leaves open.
/// </summary>
internal static class SegmentFits
{
    /// <param name="segments">The people of each segment; null where there are none.</param>
    public static CountModel[] Of(Fitted<CountModel> program, IReadOnlyList<PurchaseData?> segments)
    {
        var prior = ParameterPrior.From(program.Parameters);
        return [.. segments.Select(data => data is not null && Fit(program.Model, data, prior) is Fitted<CountModel> { Model: var own } ? own : program.Model)];
    }

    /// <summary>By segment; null for those without people.</summary>
    public static PurchaseData?[] Split(IEnumerable<(PurchaseHistory History, int Segment)> people)
    {
        var lists = new List<PurchaseHistory>?[Needs.NeedsModel.Segments];
        foreach (var (history, segment) in people) (lists[segment] ??= []).Add(history);
        return Array.ConvertAll(lists, static list => list is null ? null : PurchaseData.From(list));
    }

    // Of the same family, and as regular: k is the program's, as its scale of time is.
    private static FitOutcome<CountModel> Fit(CountModel program, PurchaseData data, ParameterPrior prior) => program switch
    {
        BetaGeometricModel model => CountModels.BetaGeometric(data, model.LostAtFirst, model.K, prior),
        ParetoNbdModel => CountModels.ParetoNbd(data, prior),
        TermModel model => TermModel.Fit(data, model.Weeks, prior),
        _ => new NotEnoughHistory<CountModel>($"{program.Name} is not fitted by segment."),
    };
}
