using Experience.Web.Api;
using Experience.Web.Contracts;
using Experience.Web.Hosting;
using Microsoft.AspNetCore.SignalR;

namespace Experience.Web.Live;

/// <summary>The hub of docs/live.md: it validates and delegates.</summary>
internal sealed class LiveHub(LiveTopics topics, LiveConnections connections, EngineHost host, IHubContext<LiveHub> context) : Hub
{
    public override Task OnConnectedAsync()
    {
        // The proxy of the hub context outlives this call; the caller's own does not.
        var connection = new LiveConnection(Context.ConnectionId, context.Clients.Client(Context.ConnectionId), Context.ConnectionAborted);
        connections.Add(connection);
        connection.Start();
        return Task.CompletedTask;
    }

    public override async Task OnDisconnectedAsync(Exception? exception)
    {
        if (connections.Remove(Context.ConnectionId) is not { } connection) return;
        foreach (var topic in connection.UnwatchAll()) topics.Leave(topic, connection);
        await connection.DisposeAsync();
    }

    /// <summary>Watches a topic from a place: what is newer is sent as frames.</summary>
    public async Task<WatchAnswer> Watch(string topic, long epoch, long sequence)
    {
        if (topic is null || !LiveTopics.IsTopic(topic)) throw new HubException("Topics are card:{person}, board:{segment}, organisation:{key}, flags, status and arrivals.");
        var connection = connections.Find(Context.ConnectionId) ?? throw new HubException("The connection is closing.");
        if (!await ExistsAsync(topic)) throw new HubException("There is nothing of that name.");
        var joined = topics.Join(topic, connection) ?? throw new HubException($"More than {LiveTopics.MaxTopics} topics are watched: try again later.");
        if (!connection.Watch(joined, new LivePlace(epoch, sequence), out var replaced))
        {
            topics.Leave(joined, connection);
            throw new HubException($"A connection watches at most {LiveConnection.MaxTopics} topics: unwatch one first.");
        }

        if (replaced is not null) topics.Leave(replaced, connection);
        return new WatchAnswer(topic, joined.Epoch, sequence);
    }

    public void Unwatch(string topic)
    {
        if (topic is null || connections.Find(Context.ConnectionId) is not { } connection) return;
        if (connection.Unwatch(topic) is { } left) topics.Leave(left, connection);
    }

    /// <summary>Looking at a card is a look at a person: it is asked for in the viewer's own name, which the engine records.</summary>
    private async Task<bool> ExistsAsync(string topic)
    {
        var http = Context.GetHttpContext()!;
        if (!host.Status.Ready) return true;
        if (topic.StartsWith("card:", StringComparison.Ordinal)) return await host.Engine.CardAsync(topic[5..], http.AccessFor("counter"), Context.ConnectionAborted) is not null;
        if (topic.StartsWith("board:", StringComparison.Ordinal)) return await host.Engine.BoardAsync(topic[6..], http.AccessFor("board"), Context.ConnectionAborted) is not null;
        if (topic.StartsWith(LiveTopics.Organisation, StringComparison.Ordinal))
            return await host.Engine.OrganisationAsync(topic[LiveTopics.Organisation.Length..], http.AccessFor("organisation"), Context.ConnectionAborted) is not null;
        return true;
    }
}
