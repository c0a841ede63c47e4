using System.Net;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Experience.Web.Hosting;

/// <summary>Where this computer reaches the server that runs here: an address that listens on every interface is reached on the loopback one.</summary>
internal static class OwnAddress
{
    /// <exception cref="InvalidOperationException">The server does not listen yet, or on nothing that an address can name.</exception>
    public static Uri Of(IServer server)
    {
        var addresses = server.Features.Get<IServerAddressesFeature>()?.Addresses ?? [];
        return addresses.Select(Reached).OfType<Uri>().OrderBy(a => a.Scheme, StringComparer.Ordinal).FirstOrDefault()
            ?? throw new InvalidOperationException("The server listens on no address that this computer can call.");
    }

    private static Uri? Reached(string address)
    {
        // Kestrel's own forms of "every interface" are no host names.
        if (!Uri.TryCreate(address.Replace("://*", "://0.0.0.0", StringComparison.Ordinal).Replace("://+", "://0.0.0.0", StringComparison.Ordinal), UriKind.Absolute, out var uri)) return null;
        var every = IPAddress.TryParse(uri.Host.Trim('[', ']'), out var ip) && (ip.Equals(IPAddress.Any) || ip.Equals(IPAddress.IPv6Any));
        return every ? new UriBuilder(uri) { Host = "localhost" }.Uri : uri;
    }
}
