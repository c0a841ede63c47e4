using Microsoft.Extensions.Options;

namespace Experience.Silo.Hosting;

/// <summary>The section "Cluster" of the settings. All processes of a cluster have the same, ports and addresses apart.</summary>
public sealed class ClusterSettings
{
    public const string Section = "Cluster";

    /// <summary>StackExchange.Redis connection string of journal, membership and grain directory.</summary>
    public string Redis { get; set; } = "127.0.0.1:6379";

    /// <summary>Connection string of people's keys; empty takes <see cref="Redis"/>. A server of its own keeps keys out of the journal's backup.</summary>
    public string KeysRedis { get; set; } = "";

    /// <summary>Names the cluster: the beginning of every key, 1–40 letters, digits or hyphens.</summary>
    public string Name { get; set; } = "experience";

    /// <summary>File with the master key, 64 hexadecimal digits: the same on every host, never in Redis. Made where it is missing and the store is new.</summary>
    public string MasterKeyFile { get; set; } = "experience.key";

    /// <summary>True to run on a Redis that may lose what was acknowledged: shown wherever the status is.</summary>
    public bool MayLose { get; set; }

    /// <summary>
    /// Replicas that must have on disk what is acknowledged, 0–5, where Redis has any (7.2 or later). With 0, or an older Redis, a failover can lose what a replica had not received,
    /// and the status says so.
    /// </summary>
    public int Replicas { get; set; } = 1;

    /// <summary>Counts when the store is new; then it stands there.</summary>
    public string ProgramName { get; set; } = "Our program";

    /// <summary>IANA time zone of a new store's program.</summary>
    public string TimeZone { get; set; } = "UTC";

    /// <summary>ISO 4217 currency of a new store.</summary>
    public string Currency { get; set; } = "USD";

    /// <summary>all: a silo and the web in one process; silo: a silo with its health only; web: pages and API, which ask the cluster's silos.</summary>
    public string Role { get; set; } = "all";

    /// <summary>Who knows it sees Orleans' own dashboard at /dashboard; at least 24 characters. Empty: there is none.</summary>
    public string DashboardKey { get; set; } = "";

    /// <summary>One silo of the cluster fits models in the background; false leaves it to commands.</summary>
    public bool FitModels { get; set; } = true;

    /// <summary>Address that other silos reach this one at.</summary>
    public string Address { get; set; } = "127.0.0.1";

    public int SiloPort { get; set; } = 11111;

    public int GatewayPort { get; set; } = 30000;

    /// <summary>Seconds between probes of a neighbour, 1–60. A silo is declared dead after <see cref="MissedProbes"/> of them were missed.</summary>
    public int ProbeSeconds { get; set; } = 5;

    public int MissedProbes { get; set; } = 3;
}

/// <summary>Fails at the start with a message that names the setting.</summary>
internal sealed class ClusterSettingsValidator : IValidateOptions<ClusterSettings>
{
    public ValidateOptionsResult Validate(string? name, ClusterSettings options)
    {
        var wrong = new List<string>();
        if (string.IsNullOrWhiteSpace(options.Redis)) wrong.Add("Cluster:Redis must name a Redis server, such as 127.0.0.1:6379.");
        if (options.Name.Length is 0 or > 40 || !options.Name.All(c => char.IsAsciiLetterOrDigit(c) || c == '-'))
            wrong.Add($"Cluster:Name must be 1–40 letters, digits or hyphens; it is '{options.Name}'.");
        if (string.IsNullOrWhiteSpace(options.MasterKeyFile)) wrong.Add("Cluster:MasterKeyFile must name a file.");
        if (options.Replicas is < 0 or > 5) wrong.Add($"Cluster:Replicas must be 0–5; it is {options.Replicas}.");
        if (!TimeZoneInfo.TryFindSystemTimeZoneById(options.TimeZone, out _)) wrong.Add($"Cluster:TimeZone '{options.TimeZone}' is not known to this system.");
        if (options.Currency.Length != 3) wrong.Add($"Cluster:Currency must be three letters; it is '{options.Currency}'.");
        if (options.Role is not ("all" or "silo" or "web")) wrong.Add($"Cluster:Role must be all, silo or web; it is '{options.Role}'.");
        if (options.DashboardKey.Length is > 0 and < DashboardGate.MinKey) wrong.Add($"Cluster:DashboardKey must have at least {DashboardGate.MinKey} characters, or be empty.");
        if (!System.Net.IPAddress.TryParse(options.Address, out _)) wrong.Add($"Cluster:Address must be an IP address; it is '{options.Address}'.");
        if (options.SiloPort is < 1 or > 65_535) wrong.Add($"Cluster:SiloPort must be 1–65535; it is {options.SiloPort}.");
        if (options.GatewayPort is < 1 or > 65_535) wrong.Add($"Cluster:GatewayPort must be 1–65535; it is {options.GatewayPort}.");
        if (options.ProbeSeconds is < 1 or > 60) wrong.Add($"Cluster:ProbeSeconds must be 1–60; it is {options.ProbeSeconds}.");
        if (options.MissedProbes is < 1 or > 20) wrong.Add($"Cluster:MissedProbes must be 1–20; it is {options.MissedProbes}.");
        return wrong.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(wrong);
    }
}
