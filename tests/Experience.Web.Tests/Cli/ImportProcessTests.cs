using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Experience.Testing;

namespace Experience.Web.Tests.Cli;

/// <summary>The real program in real processes: what it imports it keeps, once, however it is interrupted.</summary>
public sealed partial class ImportProcessTests : IDisposable
{
    private const int Kills = 20;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>The whole file where it is, else its tenth.</summary>
    [Fact]
    public Task Real_purchases_survive_twenty_kills() =>
        File.Exists(Repository.CdnowMaster) ? SurvivesAsync(Repository.CdnowMaster, 69_659, 23_570) : SurvivesAsync(Repository.CdnowSample, 6_919, 2_357);

    [SharedDataFact("cdnow/CDNOW_master.txt")]
    public async Task All_real_purchases_import_once_in_any_order()
    {
        var first = await ImportAsync("first", Repository.CdnowMaster);
        Assert.Equal((69_659, 23_570, 0, 0), first);
        var report = await VerifyAsync("first");
        Assert.Equal((69_659, 0), (report.Events, report.Differences));

        Assert.Equal((0, 23_570, 69_659, 0), await ImportAsync("first", Repository.CdnowMaster));
        Assert.Equal(report, await VerifyAsync("first"));

        var lines = await File.ReadAllLinesAsync(Repository.CdnowMaster);
        new Random(1998).Shuffle(lines.AsSpan(1));
        var shuffled = _folder["shuffled.txt"];
        await File.WriteAllLinesAsync(shuffled, lines);
        Assert.Equal(first, await ImportAsync("second", shuffled));
        Assert.Equal(report.StateHash, (await VerifyAsync("second")).StateHash);
    }

    private async Task SurvivesAsync(string file, int events, int participants)
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        var durable = 0L;
        for (var kill = 0; kill < Kills; kill++)
        {
            var at = random.NextInt64(1, events);
            var acknowledged = await KillAtAsync(file, at);
            durable = Math.Max(durable, acknowledged);
            var report = await VerifyAsync("killed");
            Assert.True(report.Differences == 0, $"seed {seed}: {report.Differences} differences after the kill at {acknowledged}");
            Assert.True(report.Events >= durable, $"seed {seed}: {durable} were acknowledged, {report.Events} are there");
        }

        var (rest, people, duplicates, refused) = await ImportAsync("killed", file);
        Assert.Equal((events, participants, 0), (rest + duplicates, people, refused));
        var after = await VerifyAsync("killed");
        Assert.Equal(events, after.Events);
        await ImportAsync("whole", file);
        Assert.Equal(await VerifyAsync("whole"), after);
    }

    /// <summary>Imports until so many rows are acknowledged, then kills. Answers the last count that was printed.</summary>
    private async Task<long> KillAtAsync(string file, long at)
    {
        using var process = ServerProcess.Run(["import", file, "--format", "cdnow", "--data", _folder["killed"], "--acks"]);
        var errors = process.StandardError.ReadToEndAsync();
        var acknowledged = 0L;
        while (acknowledged < at && await process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (Progress().Match(line) is { Success: true } match) acknowledged = long.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture);
        }

        process.Kill();
        await process.WaitForExitAsync();
        Assert.True(acknowledged > 0, $"The import said nothing of its progress: {await errors}");
        return acknowledged;
    }

    private async Task<(int Events, int Participants, int Duplicates, int Refused)> ImportAsync(string store, string file)
    {
        var json = await CommandAsync("import", file, "--format", "cdnow", "--data", _folder[store], "--json");
        return (json.GetProperty("events").GetInt32(), json.GetProperty("participants").GetInt32(), json.GetProperty("duplicates").GetInt32(), json.GetProperty("refused").GetInt32());
    }

    private async Task<(long Events, long Differences, string StateHash)> VerifyAsync(string store)
    {
        var json = await CommandAsync("verify", "--data", _folder[store], "--json");
        return (json.GetProperty("events").GetInt64(), json.GetProperty("differences").GetInt64(), json.GetProperty("stateHash").GetString()!);
    }

    private static async Task<JsonElement> CommandAsync(params string[] arguments)
    {
        var (exitCode, output) = await ServerProcess.CommandAsync(arguments);
        Assert.True(exitCode == 0, $"{string.Join(' ', arguments)} ended with {exitCode}:\n{output}");
        return JsonDocument.Parse(output.TrimEnd().Split('\n')[^1]).RootElement;
    }

    [GeneratedRegex("\"acknowledged\":([0-9]+)")]
    private static partial Regex Progress();
}
