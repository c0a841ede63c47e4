using Experience.Web.Api;
using Experience.Web.Contracts;
using Experience.Web.Samples;

namespace Experience.Web.Hosting;

/// <summary>How the server stands, for pages, health checks and the hub.</summary>
internal sealed class StatusReader(EngineHost host, SampleRunner sample, SourceReader sources)
{
    public static string Version { get; } = typeof(StatusReader).Assembly.GetName().Version!.ToString(3);

    public StatusView Read()
    {
        var status = host.Status;
        return new StatusView(status.Ready, status.SearchReady, status.Reason, status.Events, status.People,
            status.FirstEventAt, status.LastEventAt, status.Sample, sample.View, Version, sources.Notice());
    }
}
