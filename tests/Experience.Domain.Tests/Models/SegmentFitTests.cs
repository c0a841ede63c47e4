using Experience.Domain.Models;
using Experience.Domain.Models.Learning;

namespace Experience.Domain.Tests.Models;

/// <summary>Each segment leans on the program by as much as its own history leaves open.</summary>
public class SegmentFitTests
{
    private const double Weeks = 104;

    [Fact]
    public void A_segment_with_little_history_is_the_program_and_one_with_much_is_itself()
    {
        var often = new BetaGeometricModel(6, 18, .9, 4, lostAtFirst: true);
        var seldom = new BetaGeometricModel(6, 90, .9, 4, lostAtFirst: true);
        var random = new Simulated(5);
        var many = random.BetaGeometric(often, 3_000, Weeks);
        var rare = random.BetaGeometric(seldom, 800, Weeks);
        var few = random.BetaGeometric(seldom, 6, Weeks);
        var program = Assert.IsType<Fitted<CountModel>>(CountModels.MbgNbd(PurchaseData.From([.. many, .. rare, .. few])));
        var fits = SegmentFits.Of(program, SegmentFits.Split([.. many.Select(static h => (h, 0)), .. rare.Select(static h => (h, 1)), .. few.Select(static h => (h, 2))]));

        // Purchases a week of somebody who is active: r ÷ α.
        static double Rate(CountModel model) => model.Parameters[0] / model.Parameters[1];
        Assert.Equal(Rate(often), Rate(fits[0]), Rate(often) * .1);
        Assert.Equal(Rate(seldom), Rate(fits[1]), Rate(seldom) * .2);
        Assert.InRange(Rate(fits[2]), Rate(seldom), Rate(program.Model));
        Assert.True(Math.Abs(Rate(fits[2]) - Rate(program.Model)) < Math.Abs(Rate(fits[1]) - Rate(program.Model)), "six people say less than eight hundred");

        // Nobody at all: the program itself.
        Assert.Same(program.Model, fits[3]);
    }
}
