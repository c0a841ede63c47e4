using System.Net;
using System.Text;
using Experience.Domain.Events;
using Experience.Domain.Wire;
using Microsoft.AspNetCore.Http.Metadata;

namespace Experience.Web.Pages;

/// <summary>The readable page of the API at /docs: endpoints from the route table, event types from the vocabulary. No script, nothing from elsewhere.</summary>
internal static class DocsPage
{
    public static string Write(IEnumerable<EndpointDataSource> sources)
    {
        var html = new StringBuilder(64 * 1024);
        html.Append("""
            <!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>API · Experience</title>
            <link rel="stylesheet" href="/docs.css"></head><body><main>
            <h1>Experience API</h1>
            <p>Machine-readable: <a href="/openapi/v1.json">OpenAPI 3.1</a>. Every error is a problem document (RFC 9457) that names the field, what is wrong and what is accepted.
            Instants in answers are milliseconds since 1970 UTC, money is minor units (cents). <a href="/">Back to the pages</a>.</p>
            <nav aria-label="Contents"><a href="#events">Sending events</a> <a href="#endpoints">Endpoints</a> <a href="#types">Event types</a> <a href="#problems">Problems</a></nav>
            <h2 id="events">Sending events</h2>
            <p><code>POST /v1/events</code> with <code>Authorization: Bearer exp_…</code>. The content type says the form:</p>
            <table><thead><tr><th scope="col">Content type</th><th scope="col">Form</th></tr></thead><tbody>
            <tr><td><code>application/cloudevents+json</code></td><td>one event</td></tr>
            <tr><td><code>application/cloudevents-batch+json</code></td><td>a JSON array of at most 10,000 events, an answer for each</td></tr>
            <tr><td><code>application/x-ndjson</code></td><td>an event a line, any number of lines; the last line of the answer holds the totals</td></tr>
            <tr><td>any, with <code>ce-</code> headers</td><td>one event, binary mode</td></tr>
            </tbody></table>
            <p><code>?dryRun=true</code> checks and records nothing. <code>?history=true</code> marks a backfill, which raises no alerts. The same (source, id) again is a duplicate and changes nothing, so everything may be sent again.</p>
            <h2 id="endpoints">Endpoints</h2>
            """);
        var endpoints = sources.SelectMany(s => s.Endpoints).OfType<RouteEndpoint>()
            .Select(e => (Route: "/" + e.RoutePattern.RawText!.Trim('/'), Methods: e.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? [], Summary: e.Metadata.GetMetadata<IEndpointSummaryMetadata>()?.Summary, Tag: e.Metadata.GetMetadata<ITagsMetadata>()?.Tags[0]))
            .Where(e => e.Summary is not null && e.Methods.Count > 0);
        foreach (var group in endpoints.GroupBy(e => e.Tag ?? "Other").OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            html.Append("<h3>").Append(Text(group.Key)).Append("</h3><table><thead><tr><th scope=\"col\">Method</th><th scope=\"col\">Path</th><th scope=\"col\">What it does</th></tr></thead><tbody>");
            foreach (var endpoint in group.OrderBy(e => e.Route, StringComparer.Ordinal))
            {
                html.Append("<tr><td>").Append(Text(string.Join(", ", endpoint.Methods))).Append("</td><td><code>").Append(Text(endpoint.Route)).Append("</code></td><td>").Append(Text(endpoint.Summary!)).Append("</td></tr>");
            }

            html.Append("</tbody></table>");
        }

        html.Append("<h2 id=\"types\">Event types</h2><p>Unknown types and fields are taken and kept. Known fields are checked.</p>");
        foreach (var family in EventSchemas.FromOutside.GroupBy(t => t.Family))
        {
            html.Append("<h3>").Append(Text(family.Key.ToString())).Append("</h3>");
            foreach (var type in family) WriteType(html, type);
        }

        html.Append("""
            <h2 id="problems">Problems</h2><dl>
            <dt id="problem-400">400</dt><dd>The event or request was refused: <code>field</code>, <code>detail</code> and <code>accepted</code> say why.</dd>
            <dt id="problem-401">401</dt><dd>A key is needed, is wrong, or was revoked.</dd>
            <dt id="problem-403">403</dt><dd>Only the computer that it runs on may ask this, until sign-in exists.</dd>
            <dt id="problem-404">404</dt><dd>There is nothing of that name.</dd>
            <dt id="problem-409">409</dt><dd>The person's data were erased.</dd>
            <dt id="problem-413">413</dt><dd>The body is too large: send NDJSON.</dd>
            <dt id="problem-415">415</dt><dd>The content type is not a form of CloudEvents.</dd>
            <dt id="problem-429">429</dt><dd>The queue is full: send the same again after <code>Retry-After</code> seconds.</dd>
            <dt id="problem-500">500</dt><dd>A mistake of ours.</dd>
            <dt id="problem-503">503</dt><dd>The engine is not ready: see <code>/health/ready</code>.</dd>
            </dl></main></body></html>
            """);
        return html.ToString();
    }

    public const string Css = """
        :root{color-scheme:light dark;--ink:#12161b;--ink-2:#4a5460;--line:#d8dde3;--canvas:#fff;--sunken:#f2f4f6;--accent:#0b57a4}
        @media (prefers-color-scheme:dark){:root{--ink:#eef1f4;--ink-2:#aeb7c2;--line:#333b45;--canvas:#12161b;--sunken:#1b2128;--accent:#7db5f0}}
        body{margin:0;background:var(--canvas);color:var(--ink);font:16px/1.5 "Segoe UI",-apple-system,"Helvetica Neue",Roboto,Arial,"Liberation Sans",system-ui,sans-serif}
        main{max-width:60rem;margin:0 auto;padding:1.5rem 1rem 4rem}
        h1{font-size:2rem;line-height:1.15;margin:.5rem 0 1rem}h2{margin:2.5rem 0 .5rem}h3{margin:1.5rem 0 .5rem}
        a{color:var(--accent)}nav{display:flex;flex-wrap:wrap;gap:1rem}
        table{width:100%;border-collapse:collapse;font-size:.9375rem}th,td{text-align:start;vertical-align:top;padding:.4rem .75rem .4rem 0;border-bottom:1px solid var(--line)}td:last-child{overflow-wrap:anywhere}
        code,pre{font-family:ui-monospace,monospace;font-size:.875rem;overflow-wrap:anywhere}pre{background:var(--sunken);padding:.75rem;border-radius:.375rem;white-space:pre-wrap}
        summary{cursor:pointer;padding:.35rem 0}summary span{color:var(--ink-2)}dt{font-weight:600}dd{margin:0 0 .5rem;color:var(--ink-2)}
        """;

    private static void WriteType(StringBuilder html, EventType type)
    {
        html.Append("<details id=\"").Append(Text(type.Name)).Append("\"><summary><code>").Append(Text(type.Name)).Append("</code> <span>").Append(Text(type.Description)).Append("</span></summary>");
        html.Append("<table><thead><tr><th scope=\"col\">Field</th><th scope=\"col\">What it is</th><th scope=\"col\">Accepted</th></tr></thead><tbody>");
        foreach (var use in type.Fields)
        {
            html.Append("<tr><td><code>").Append(Text(use.Field.Name)).Append("</code>").Append(use.Required ? " (required)" : "").Append("</td><td>").Append(Text(use.Field.Description)).Append("</td><td>").Append(Text(Accepts.Of(use.Field))).Append("</td></tr>");
        }

        html.Append("</tbody></table><pre>").Append(Text(Encoding.UTF8.GetString(EventSchemas.Example(type)))).Append("</pre><p><a href=\"").Append(EventSchemas.PathOf(type)).Append("\">JSON Schema</a></p></details>");
    }

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
