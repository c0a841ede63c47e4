using Experience.Web.Api;
using Experience.Web.Hooks;
using Experience.Web.Hosting;
using Experience.Web.Imports;
using Experience.Web.Pull;

namespace Experience.Web.Sources;

internal static class SourceServices
{
    /// <summary>What every way in shares: refused events, counters, and how letters are read again. A way of its own registers its <see cref="ILetterReader"/> beside these.</summary>
    public static void AddSources(this IServiceCollection services)
    {
        services.AddSingleton(p => new WaysKeys(p.GetRequiredService<ServeOptions>().DataFolder));
        services.AddSingleton<WaysFile>();
        services.AddSingleton<IKeptOfPeople, KeptInWaysFile>();
        services.AddSingleton<IKeptOfPeople>(p => p.GetRequiredService<ImportFolder>());
        services.AddSingleton<IKeptOfPeople>(p => p.GetRequiredService<PullStore>());
        services.AddSingleton<Func<bool>>(p => () => p.GetRequiredService<EngineHost>().IsSample);
        services.AddSingleton<DeadLetters>();
        services.AddSingleton<IDeadLetters>(p => p.GetRequiredService<DeadLetters>());
        services.AddSingleton<SourceMeters>();
        services.AddSingleton(p => new GonePeople(() => p.GetRequiredService<EngineHost>().Engine, p.GetRequiredService<SourceMeters>()));
        services.AddSingleton<SourceDesk>();
        services.AddSingleton<LetterSender>();
        services.AddSingleton<WaysErasure>();
        services.AddSingleton<SourceAlerts>();
        services.AddSingleton<SourceReader>();
        services.AddSingleton<SourceWatch>();
        services.AddHostedService(p => p.GetRequiredService<SourceWatch>());
        services.AddSingleton<ILetterReader>(_ => new EventLetters(WayNames.Events));
        services.AddSingleton<ILetterReader>(_ => new EventLetters(WayNames.Stream));
        services.AddSingleton<ILetterReader, SegmentLetters>();
        services.AddSingleton<ILetterReader, XapiLetters>();
        services.AddSingleton<ILetterReader, CaliperLetters>();
        services.AddSingleton<ILetterReader, HookLetters>();
        services.AddSingleton<ILetterReader, ImportLetters>();
        services.AddSingleton<ILetterReader, PullLetters>();
        services.AddSingleton<HookStore>();
        services.AddSingleton<HookCalls>();
    }
}
