namespace Experience.Testing;

/// <summary>Where things lie, seen from a test that runs in its own bin folder.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    public static string Configuration { get; } = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;

    /// <summary>The program as it was built beside the tests, with its pages.</summary>
    public static string WebProgram { get; } = Path.Combine(Root, "web", "Experience.Web", "bin", Configuration, "net10.0", "Experience.Web.dll");

    /// <summary>The cluster's program as it was built beside the tests, with its pages; only where its packages are.</summary>
    public static string SiloProgram { get; } = Path.Combine(Root, "silo", "Experience.Silo", "bin", Configuration, "net10.0", "Experience.Silo.dll");

    /// <summary>The CDNOW purchases of all customers; only where the shared data lie beside the repository.</summary>
    public static string CdnowMaster { get; } = Shared("cdnow/CDNOW_master.txt");

    public static string CdnowSample { get; } = Path.Combine(Root, "tests", "data", "cdnow", "CDNOW_sample.txt");

    public static string Donations { get; } = Path.Combine(Root, "tests", "data", "donations", "donations.csv");

    public static string Shared(string path) => Path.GetFullPath(Path.Combine(Root, "..", "shared", "data", path));

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Experience.sln"))) return folder.FullName;
        }

        throw new InvalidOperationException("The tests do not run inside the repository.");
    }
}
