using System.Net.Sockets;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Experience.Web.Hosting;

/// <summary>The lines of the console, one an entry. An exception is told by what it is and where it was, and mostly without its message.</summary>
/// <remarks>
/// A message says what was being read ("the input string 'Maria' was not in a correct format"), in code of ours and of others alike, and a log holds
/// no personal data. Only what a file, the database or the network says is kept: it names a path, a column or an address.
/// </remarks>
internal sealed class PlainLines() : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "plain";

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        var level = logEntry.LogLevel switch
        {
            LogLevel.Critical => "crit",
            LogLevel.Error => "fail",
            LogLevel.Warning => "warn",
            LogLevel.Information => "info",
            LogLevel.Debug => "dbug",
            _ => "trce",
        };
        var line = $"{level}: {logEntry.Category}[{logEntry.EventId.Id}] {logEntry.Formatter(logEntry.State, null)}";
        if (logEntry.Exception is { } exception) line += $" {Whole(exception)}";
        textWriter.WriteLine(line.ReplaceLineEndings(" "));
    }

    /// <summary>What an exception is, in a few words that may stand in a log.</summary>
    public static string Brief(Exception exception) =>
        exception is IOException or UnauthorizedAccessException or SqliteException or SocketException ? $"{exception.GetType().Name}: {exception.Message}" : exception.GetType().Name;

    private static string Whole(Exception exception)
    {
        var inner = exception is AggregateException many ? many.InnerExceptions : exception.InnerException is { } one ? [one] : (IReadOnlyList<Exception>)[];
        return string.Concat([Brief(exception), .. inner.Select(static e => $" ---> {Whole(e)}"), exception.StackTrace is { } places ? $" {places.Trim()}" : ""]);
    }
}
