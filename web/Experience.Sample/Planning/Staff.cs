namespace Experience.Sample.Planning;

/// <summary>The 24 members of staff and their desks.</summary>
internal static class Staff
{
    public const string Main = "Main";
    public const string West = "West";
    public const string Online = "Online";
    public const string Youth = "Youth";
    public const string Phone = "Phone";
    public const string RosaLin = "Rosa Lin";
    public const string TomReed = "Tom Reed";
    public const string InesOkoro = "Ines Okoro";

    public static readonly IReadOnlyList<(string Name, string Desk)> All =
    [
        (RosaLin, Main), ("Marcus Tate", Main), ("Joan Vogel", Main), ("Deepa Menon", Main), ("Luis Salazar", Main), ("Karen Dunn", Main), ("Henry Owusu", Main),
        (TomReed, West), ("Gail Novak", West), ("Pete Lindqvist", West), ("Yvonne Booker", West), ("Lena Ortiz", West),
        ("Sanjay Rao", Online), ("Mei Chen", Online), ("Caleb Foster", Online), ("Oksana Bondarenko", Online), ("Tiana Brooks", Online),
        ("Abena Mensah", Youth), ("Ryan Keller", Youth),
        ("Carol Simmons", Phone), ("Hadi Barakat", Phone), ("Ruth Hansen", Phone),
        (InesOkoro, Main), ("Paul Whitaker", Main),
    ];

    private static readonly Dictionary<string, string[]> ByDesk = All.Where(s => s.Name != InesOkoro).GroupBy(s => s.Desk).ToDictionary(g => g.Key, g => g.Select(s => s.Name).ToArray());

    public static string At(string desk, SeededRandom random) => random.Pick(ByDesk[desk]);

    /// <summary>The department that owns what goes wrong in a course.</summary>
    public static string DepartmentOf(string program) => program;
}
