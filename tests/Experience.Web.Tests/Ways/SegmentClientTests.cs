using System.Diagnostics;
using Experience.Domain.Port;
using Experience.Testing;
using Experience.Web.Contracts;

namespace Experience.Web.Tests.Ways;

/// <summary>Segment's own Node library, as npm has it.</summary>
[Collection(nameof(Server))]
public sealed class SegmentClientTests(Server server)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    [Fact]
    public async Task Segments_own_library_works_as_it_is()
    {
        var folder = Path.Combine(Repository.Root, "tests", "segment-client");
        if (!Directory.Exists(Path.Combine(folder, "node_modules", "@segment"))) await RunAsync(folder, "npm", "ci", "--no-audit", "--no-fund", "--loglevel=error");
        await RunAsync(folder, "node", "send.mjs", server.Address.GetLeftPart(UriPartial.Authority), server.Key);
        using var found = await server.Client.GetAsync("/v1/participants?source=/segment&key=segment-client-1");
        var person = (await Server.ReadAsync<PersonRef>(found)).Id;
        using var response = await server.Client.GetAsync($"/v1/participants/{person}/journey");
        var types = (await Server.ReadAsync<JourneyPage>(response)).Lines.Select(l => l.Type).Order(StringComparer.Ordinal);
        Assert.Equal(["organisation.linked", "participant.identified", "payment.received", "registration.confirmed", "segment.page"], types);
        using var card = await server.Client.GetAsync($"/v1/participants/{person}");
        Assert.Equal(19000, (await Server.ReadAsync<CardView>(card)).Value!.NetPaid);
    }

    private static async Task RunAsync(string folder, string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardError = true, RedirectStandardOutput = true })!;
        using var deadline = new CancellationTokenSource(Patience);
        var output = process.StandardOutput.ReadToEndAsync(deadline.Token);
        var errors = process.StandardError.ReadToEndAsync(deadline.Token);
        await process.WaitForExitAsync(deadline.Token);
        Assert.True(process.ExitCode == 0, $"{program} ended with {process.ExitCode}: {await output}{await errors}");
    }
}
