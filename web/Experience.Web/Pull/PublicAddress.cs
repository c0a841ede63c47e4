using System.Net;
using System.Net.Sockets;

namespace Experience.Web.Pull;

/// <summary>
/// Which addresses a poll may reach. A setting is a URL that somebody typed, and a name may lead anywhere: what counts is the address that is connected to, looked
/// at once it is known and connected to as it is, so that no second look-up can lead elsewhere.
/// </summary>
internal static class PublicAddress
{
    private static readonly IPNetwork[] Closed =
    [
        .. ((string[])["0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16",
            "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4", "::/96", "::1/128", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16",
            "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8"]).Select(n => IPNetwork.Parse(n)),
    ];

    /// <summary>Whether it is an address of the public internet: neither this computer, nor its network, nor a form of such an address.</summary>
    public static bool Is(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        return !Array.Exists(Closed, n => n.Contains(address));
    }

    public static SocketsHttpHandler Handler(bool allowPrivate) => new()
    {
        // Redirects are followed by hand: each is a new address, and the secret is for the first one only.
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        AutomaticDecompression = DecompressionMethods.All,
        ConnectTimeout = TimeSpan.FromSeconds(15),
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
        MaxResponseHeadersLength = 32,
        ConnectCallback = (context, cancellation) => ConnectAsync(context.DnsEndPoint, allowPrivate, cancellation),
    };

    private static async ValueTask<Stream> ConnectAsync(DnsEndPoint to, bool allowPrivate, CancellationToken cancellation)
    {
        var all = await Dns.GetHostAddressesAsync(to.Host, cancellation);
        var allowed = allowPrivate ? all : [.. all.Where(Is)];
        if (allowed.Length == 0) throw new PullException($"{to.Host} is in a private network or on this computer: polling those must be allowed when the server starts (--allow-private-pull).");
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(allowed, to.Port, cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}

/// <summary>A poll that failed for a reason that people can understand. Says nothing of rows and secrets.</summary>
internal sealed class PullException(string message, TimeSpan? retryAfter = null) : Exception(message)
{
    public TimeSpan? RetryAfter { get; } = retryAfter;
}
