using Experience.Domain.Port;
using Experience.Embedded;

namespace Experience.Web.Hosting;

/// <summary>Opens the embedded engine on a folder: the one place that knows which engine runs.</summary>
internal static class EngineOpener
{
    public static async Task<IExperienceEngine> OpenAsync(EngineFolder folder, ServeOptions options, ILoggerFactory logging, CancellationToken cancellation)
    {
        var root = Path.GetFullPath(options.DataFolder).TrimEnd(Path.DirectorySeparatorChar);
        var embedded = new EmbeddedOptions
        {
            DataFolder = folder.Folder,
            Sample = folder.Sample,
            FitModels = options.FitModels,
            // Keys lie beside the data folder, never in it: a copy of the folder says nothing about people. The sample's folder lies inside.
            MasterKeyFile = folder.Sample ? root + ".sample.key" : root + ".key",
            ProgramName = folder.Sample ? "Riverbend College" : "Our program",
            TimeZone = folder.Sample ? "America/Chicago" : options.TimeZone ?? TimeZoneInfo.Local.Id,
        };
        if (options.Currency is not null && !folder.Sample) embedded = embedded with { Currency = options.Currency };
        return await EmbeddedEngine.OpenAsync(embedded, options.Time, logging, cancellation);
    }
}
