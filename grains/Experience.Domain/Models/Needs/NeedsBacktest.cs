namespace Experience.Domain.Models.Needs;

/// <summary>Figures of one ranking, each a mean over people.</summary>
/// <param name="Hr">Share of people of whom at least one of the first k was taken.</param>
/// <param name="Ndcg">Discounted gain of the first k ÷ the best that was possible.</param>
/// <param name="Map">Average precision at k ÷ min(k, items taken).</param>
/// <param name="Weight">The part's weight in the blend; null for the blend itself.</param>
public sealed record NeedsModelResult(string Name, double Hr, double Ndcg, double Map, double Precision, double Recall, double? Weight);

/// <param name="People">With something new in the test, at most 20,000 of them; each counts once.</param>
/// <param name="Cold">Of these, without any history.</param>
/// <param name="Judged">People of the training history whose later takings weighed the parts; 0 where the defaults stand.</param>
/// <param name="Models">The blend first, popularity second.</param>
public sealed record NeedsReport(int K, int Items, int People, int Cold, int Judged, IReadOnlyList<NeedsModelResult> Models);

/// <summary>
/// Learns on what was taken before and is judged on what was taken after: a full ranking over all items, those already taken left
/// out. Pure and deterministic.
/// </summary>
public static class NeedsBacktest
{
    /// <summary>People who are judged at most, taken at equal steps: a share of so many is known to a third of a percent.</summary>
    private const int MostJudged = 20_000;

    public const string Blend = "blend";
    public const string Popularity = "popularity";

    public static string NameOf(OfferingPart part) => part switch
    {
        OfferingPart.Popular => Popularity,
        OfferingPart.Lately => "popular lately",
        OfferingPart.Season => "popular in the season",
        OfferingPart.Segment => "popular in the segment",
        OfferingPart.Together => "item-to-item",
        OfferingPart.Ridge => "item-to-item, ridge",
        OfferingPart.Sequence => "sequence",
        OfferingPart.Certificate => "certificate gap",
        _ => "first course of the segment",
    };

    /// <param name="train">People by number.</param>
    /// <param name="test">The same people, of the same numbers, and what they took later.</param>
    /// <exception cref="ArgumentException">The two do not fit, or there is nothing to learn from or to judge.</exception>
    /// <param name="entries">Entries of a row of pairs (<see cref="OfferingTables"/>).</param>
    public static NeedsReport Run(TakingData train, IReadOnlyList<IReadOnlyList<Taking>> test, int k, int entries = int.MaxValue)
    {
        ArgumentNullException.ThrowIfNull(train);
        ArgumentNullException.ThrowIfNull(test);
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        if (test.Count != train.People.Count) throw new ArgumentException("Test and training must number the same people.", nameof(test));
        var fit = OfferingTrainer.Fit(train, Alike(train, test), entries) ?? throw new ArgumentException("The training history holds nothing.", nameof(train));
        return Judge(fit, train, test, k);
    }

    /// <summary>
    /// Parts are weighed on a split of the training history that is like the one between training and test: by date when the test comes after
    /// the training, else by each person's own last takings, and of the same share.
    /// </summary>
    private static HoldOut Alike(TakingData train, IReadOnlyList<IReadOnlyList<Taking>> test)
    {
        var before = train.People.SelectMany(static p => p.Select(static t => t.Day)).Order().ToArray();
        var after = test.SelectMany(static t => t.Select(static taking => taking.Day)).Order().ToArray();
        if (before.Length == 0 || after.Length == 0) return HoldOut.Usual;
        // A few stragglers on either side do not make it another kind of split.
        var byDate = after[after.Length / 100] >= before[^(before.Length / 100 + 1)];
        return new HoldOut(byDate, Math.Min(0.5, after.Length / (double)(before.Length + after.Length)));
    }

    private static NeedsReport Judge(OfferingFit fit, TakingData train, IReadOnlyList<IReadOnlyList<Taking>> test, int k)
    {
        var all = new List<BlendQuestion>();
        for (var i = 0; i < test.Count; i++)
        {
            var past = train.People[i];
            var seen = past.Select(static t => t.Item).ToHashSet();
            var news = test[i].Where(t => seen.Add(t.Item)).ToList();
            if (news.Count > 0) all.Add(new BlendQuestion(new OfferingQuestion(past, news[0].Day, news[0].Group, news[0].Season), [.. news.Select(static t => t.Item)]));
        }

        if (all.Count == 0) throw new ArgumentException("Nobody takes anything new in the test.", nameof(test));
        var cases = EqualSteps.Of(all, MostJudged);
        // Row 0 is the blend, then one a part.
        var figures = new double[cases.Count][,];
        Parallel.For(0, cases.Count, i => figures[i] = Figures(fit.Model, cases[i], k));
        var used = Enum.GetValues<OfferingPart>().Where(part => part switch
        {
            OfferingPart.Segment => train.Groups > 1,
            OfferingPart.Season => train.Seasons > 1,
            OfferingPart.Ridge => fit.Model.Tables.Ridge is not null,
            OfferingPart.Certificate => train.Certificates.Count > 0,
            _ => true,
        });
        var models = new List<NeedsModelResult> { Result(Blend, 0, null) };
        models.AddRange(used.Select(part => Result(NameOf(part), (int)part + 1, part == OfferingPart.First ? fit.Model.Cold[(int)part] : fit.Model.Warm[(int)part])));
        return new NeedsReport(k, train.Items, cases.Count, cases.Count(static c => c.Question.Takings.Count == 0), fit.Judged, models);

        NeedsModelResult Result(string name, int row, double? weight)
        {
            double Mean(int column) => figures.Sum(f => f[row, column]) / figures.Length;
            return new NeedsModelResult(name, Mean(0), Mean(1), Mean(2), Mean(3), Mean(4), weight);
        }
    }

    private static double[,] Figures(OfferingModel model, BlendQuestion c, int k)
    {
        var features = OfferingModel.NewFeatures(model.Items);
        model.Features(c.Question, features);
        var open = new bool[model.Items];
        Array.Fill(open, true);
        foreach (var taking in c.Question.Takings) open[taking.Item] = false;
        var figures = new double[OfferingModel.Parts + 1, 5];
        Set(0, OfferingModel.Blend(features, model.WeightsOf(c.Question)));
        for (var part = 0; part < OfferingModel.Parts; part++) Set(part + 1, Array.ConvertAll(features[part], static f => (double)f));
        return figures;

        void Set(int row, double[] scores)
        {
            double hits = 0, gain = 0, ideal = 0, precision = 0;
            var rank = 0;
            foreach (var item in Top(scores, open, k))
            {
                rank++;
                if (!c.Targets.Contains(item)) continue;
                hits++;
                gain += 1 / Math.Log2(rank + 1);
                precision += hits / rank;
            }

            var possible = Math.Min(k, c.Targets.Count);
            for (var r = 1; r <= possible; r++) ideal += 1 / Math.Log2(r + 1);
            figures[row, 0] = hits > 0 ? 1 : 0;
            figures[row, 1] = gain / ideal;
            figures[row, 2] = precision / possible;
            figures[row, 3] = hits / k;
            figures[row, 4] = hits / c.Targets.Count;
        }
    }

    /// <summary>The k best items that are open, best first; of equal ones, the one with the smaller number.</summary>
    internal static List<int> Top(double[] scores, bool[] open, int k)
    {
        var queue = new PriorityQueue<int, (double, int)>(k + 1);
        for (var j = 0; j < scores.Length; j++)
        {
            if (!open[j]) continue;
            if (queue.Count < k) queue.Enqueue(j, (scores[j], -j));
            else if (queue.TryPeek(out _, out var worst) && (scores[j], -j).CompareTo(worst) > 0) queue.EnqueueDequeue(j, (scores[j], -j));
        }

        var top = new List<int>(queue.Count);
        while (queue.TryDequeue(out var item, out _)) top.Add(item);
        top.Reverse();
        return top;
    }
}
