using Experience.Web.Ingest;

namespace Experience.Web.Hosting;

/// <summary>What the server was asked to do.</summary>
public sealed record ServeOptions
{
    public const int DefaultPort = 8080;

    /// <summary>The one folder that everything is kept in.</summary>
    public required string DataFolder { get; init; }

    /// <summary>Addresses to listen on; empty listens on this computer only, at <see cref="Port"/>.</summary>
    public IReadOnlyList<string> Urls { get; init; } = [];

    /// <summary>Port on this computer; null takes the first free one from <see cref="DefaultPort"/>, 0 any.</summary>
    public int? Port { get; init; }

    /// <summary>Time zone of a new folder's program; null takes the computer's.</summary>
    public string? TimeZone { get; init; }

    public string? Currency { get; init; }

    /// <summary>Names this server to commands on the same folder.</summary>
    public string Instance { get; } = Guid.NewGuid().ToString("n");

    /// <summary>How long a sender's events wait for a full queue before the sender is told to come back.</summary>
    public TimeSpan QueueWait { get; init; } = EventRecorder.MaxWait;

    /// <summary>Polls may reach this computer and its network too: a registration system often stands there. Off, so that no setting can turn the server into a way in.</summary>
    public bool AllowPrivatePull { get; init; }

    /// <summary>Where watched folders lie; null for <c>inbox</c> of the data folder.</summary>
    public string? Inbox { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Fit models in the background. Commands that only look at a folder do not.</summary>
    public bool FitModels { get; init; } = true;

    /// <summary>How fast a sample that is shown goes on when the server starts; null takes the usual speed, 0 stands still.</summary>
    public double? SampleSpeed { get; init; }

    /// <summary>No request logging and no console output: tests and benchmarks.</summary>
    public bool Quiet { get; init; }
}
