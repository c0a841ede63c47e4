using Experience.Web.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Experience.Web.Tests;

/// <summary>What a log may say of what went wrong.</summary>
public sealed class PlainLinesTests
{
    [Fact]
    public void A_log_says_what_failed_and_where_but_not_what_was_being_read()
    {
        var line = Line(Thrown(() => int.Parse("Maria Delgado", System.Globalization.CultureInfo.InvariantCulture)));
        Assert.StartsWith("fail: Experience.Test[7] Polling /registrar failed. InvalidOperationException ---> AggregateException", line, StringComparison.Ordinal);
        Assert.Contains("FormatException", line, StringComparison.Ordinal);
        Assert.Contains(nameof(Thrown), line, StringComparison.Ordinal);
        Assert.DoesNotContain("Delgado", line, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', line);
    }

    [Fact]
    public void What_a_file_says_is_kept_for_it_names_a_path()
    {
        Assert.Contains("journal.db is full", Line(new IOException("journal.db is full")), StringComparison.Ordinal);
    }

    private static InvalidOperationException Thrown(Action wrong)
    {
        try
        {
            wrong();
            throw new InvalidOperationException("Nothing failed.");
        }
        catch (FormatException e)
        {
            return new InvalidOperationException("of Maria Delgado", new AggregateException("of Delgado", e));
        }
    }

    private static string Line(Exception exception)
    {
        using var text = new StringWriter();
        var entry = new LogEntry<string>(LogLevel.Error, "Experience.Test", 7, "Polling /registrar failed.", exception, static (state, _) => state);
        new PlainLines().Write(entry, null, text);
        return text.ToString().TrimEnd();
    }
}
