using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Experience.Web.Contracts;

namespace Experience.Web.Pull;

/// <param name="Pages">The bodies in order; empty when nothing changed.</param>
internal sealed record Fetched(IReadOnlyList<byte[]> Pages, string? ETag, string? LastModified, bool Unchanged)
{
    public long Bytes => Pages.Sum(p => (long)p.Length);
}

/// <summary>Asks a system for its table over HTTP: page after page, with a limit on everything that it may answer.</summary>
internal sealed class HttpPull(HttpMessageInvoker http, TimeProvider time)
{
    public const int MaxBytes = 64 << 20;
    public const int MaxPages = 200;
    public const int MaxRedirects = 5;
    public static readonly TimeSpan MaxTime = TimeSpan.FromMinutes(2);

    public async Task<Fetched> GetAsync(PullSettings settings, string? secret, string? etag, string? lastModified, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(MaxTime, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        try
        {
            return await GetAllAsync(settings, secret, etag, lastModified, both.Token);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            throw new PullException($"The system did not answer within {MaxTime.TotalSeconds:0} seconds.");
        }
        catch (HttpRequestException e)
        {
            throw e.InnerException as PullException ?? new PullException($"The system could not be reached: {e.HttpRequestError}.");
        }
        catch (IOException)
        {
            throw new PullException("The connection broke while the system answered.");
        }
    }

    private async Task<Fetched> GetAllAsync(PullSettings settings, string? secret, string? etag, string? lastModified, CancellationToken cancellation)
    {
        var pages = new List<byte[]>();
        var first = new Uri(settings.Address);
        var at = first;
        string? newTag = null;
        string? newDate = null;
        var left = MaxBytes;
        for (var page = 0; ; page++)
        {
            if (page == MaxPages) throw new PullException($"There are more than {MaxPages} pages.");
            using var answer = await FollowAsync(settings, at, secret, page == 0 ? etag : null, page == 0 ? lastModified : null, cancellation);
            if (answer.StatusCode == HttpStatusCode.NotModified) return new Fetched([], etag, lastModified, true);
            if (!answer.IsSuccessStatusCode) throw Refused(answer);
            if (page == 0)
            {
                newTag = answer.Headers.ETag?.ToString();
                newDate = answer.Content.Headers.LastModified?.ToString("R");
            }

            var body = await ReadAsync(answer.Content, left, cancellation);
            left -= body.Length;
            pages.Add(body);
            if (Next(settings, answer, body, at) is not { } next) return new Fetched(pages, newTag, newDate, false);
            if (next.Authority != first.Authority || next.Scheme != first.Scheme) throw new PullException("The next page is at another system.");
            at = next;
        }
    }

    private async Task<HttpResponseMessage> FollowAsync(PullSettings settings, Uri at, string? secret, string? etag, string? lastModified, CancellationToken cancellation)
    {
        var origin = at;
        for (var hop = 0; ; hop++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, at);
            request.Headers.Accept.ParseAdd(settings.Kind == "json" ? "application/json" : "text/csv, text/plain;q=0.9, */*;q=0.5");
            request.Headers.UserAgent.ParseAdd("Experience");
            if (etag is not null) request.Headers.TryAddWithoutValidation("If-None-Match", etag);
            else if (lastModified is not null) request.Headers.TryAddWithoutValidation("If-Modified-Since", lastModified);
            // Another system must not be told the secret of the first.
            if (secret is not null && at.Authority == origin.Authority && at.Scheme == origin.Scheme) Authorize(request, settings.Auth, secret);
            var answer = await http.SendAsync(request, cancellation);
            if ((int)answer.StatusCode is not (301 or 302 or 303 or 307 or 308) || answer.Headers.Location is not { } to) return answer;
            answer.Dispose();
            if (hop == MaxRedirects) throw new PullException($"There are more than {MaxRedirects} redirects.");
            to = new Uri(at, to);
            if (to.Scheme != "https" && (to.Scheme != "http" || at.Scheme == "https")) throw new PullException("It is redirected to something that is not HTTPS.");
            at = to;
        }
    }

    private static void Authorize(HttpRequestMessage request, string? auth, string secret)
    {
        if (auth == "bearer") request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", secret);
        else if (auth == "basic") request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(secret)));
        else if (auth is not null && auth.StartsWith("header:", StringComparison.Ordinal)) request.Headers.TryAddWithoutValidation(auth["header:".Length..], secret);
    }

    private PullException Refused(HttpResponseMessage answer)
    {
        var after = answer.Headers.RetryAfter is { } retry ? retry.Delta ?? (retry.Date is { } date ? date - time.GetUtcNow() : null) : null;
        return new PullException((int)answer.StatusCode switch
        {
            401 or 403 => $"The system refuses the secret ({(int)answer.StatusCode}).",
            404 or 410 => $"There is nothing at the address ({(int)answer.StatusCode}).",
            429 => "The system asks to come back later (429).",
            >= 500 => $"The system has trouble ({(int)answer.StatusCode}).",
            var status => $"The system answered {status}.",
        }, after);
    }

    /// <summary>Counted as it comes, after decompression: a small answer may unfold to a large one.</summary>
    private static async Task<byte[]> ReadAsync(HttpContent content, int max, CancellationToken cancellation)
    {
        await using var body = await content.ReadAsStreamAsync(cancellation);
        using var kept = new MemoryStream();
        var buffer = new byte[1 << 16];
        int n;
        while ((n = await body.ReadAsync(buffer, cancellation)) > 0)
        {
            if (kept.Length + n > max) throw new PullException($"The answer is larger than {MaxBytes >> 20} MiB.");
            kept.Write(buffer, 0, n);
        }

        return kept.ToArray();
    }

    private static Uri? Next(PullSettings settings, HttpResponseMessage answer, byte[] body, Uri at)
    {
        string? next = null;
        if (settings is { Kind: "json", Next: { } pointer })
        {
            using var json = JsonRows.Parse(body);
            next = JsonRows.At(json.RootElement, pointer) is { ValueKind: JsonValueKind.String } found ? found.GetString() : null;
        }
        else if (answer.Headers.TryGetValues("Link", out var links))
        {
            foreach (var link in links.SelectMany(l => l.Split(',')))
            {
                var parts = link.Split(';', StringSplitOptions.TrimEntries);
                if (parts.Skip(1).Any(p => p is "rel=\"next\"" or "rel=next") && parts[0] is ['<', .. var inner, '>']) next = inner;
            }
        }

        if (string.IsNullOrEmpty(next)) return null;
        return Uri.TryCreate(at, next, out var address) ? address : throw new PullException("The address of the next page is none.");
    }
}
