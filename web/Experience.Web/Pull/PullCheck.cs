using Experience.Domain.Wire;
using Experience.Web.Contracts;
using Experience.Web.Imports;
using Experience.Web.Imports.Mapping;

namespace Experience.Web.Pull;

/// <summary>What is wrong with the settings of a poll, by the name of its part.</summary>
internal static class PullCheck
{
    public const int MaxMinutes = 10_080;
    public const int MaxKey = 8;
    public const int MaxSecret = 4_000;

    /// <param name="whole">Whether it must say what its rows become; a first look need not.</param>
    public static Refusal? Of(PullSettings settings, MappingStore saved, bool whole)
    {
        if (settings.Kind is not ("json" or "csv" or "folder")) return new Refusal("kind", $"is \"{settings.Kind}\"", "json, csv or folder");
        if (settings.Kind == "folder" ? !IsFolder(settings.Address) : !IsAddress(settings.Address))
        {
            return settings.Kind == "folder"
                ? new Refusal("address", "is not a folder's name", "the name of a folder in the inbox: letters, digits, dashes, dots, no slashes")
                : new Refusal("address", "is not an address", "an absolute http or https URL without user and password in it");
        }

        if (settings.Rows is { } rows && !IsPointer(rows)) return new Refusal("rows", "is not a JSON Pointer", "such as /data/items, or null");
        if (settings.Next is { } next && !IsPointer(next)) return new Refusal("next", "is not a JSON Pointer", "such as /links/next, or null");
        if (settings.EveryMinutes is < 1 or > MaxMinutes) return new Refusal("everyMinutes", "is out of range", $"1 to {MaxMinutes}");
        if (settings.Changed is not (null or "correct" or "add" or "ignore")) return new Refusal("changed", $"is \"{settings.Changed}\"", "correct, add or ignore");
        if (settings.Auth is not (null or "none" or "bearer" or "basic") && !IsHeader(settings.Auth)) return new Refusal("auth", $"is \"{settings.Auth}\"", "none, bearer, basic, or header:NAME");
        if (!whole) return null;
        if (settings.Key is null || settings.Key.Count is 0 or > MaxKey || settings.Key.Any(string.IsNullOrEmpty)) return new Refusal("key", "is missing", $"1 to {MaxKey} columns that say which row it is");
        if (Mapping(settings, saved) is not { } mapping) return new Refusal(settings.Saved is null ? "mapping" : "saved", "is missing", "a mapping, or the name of a saved one");
        if (MappingCheck.Of(mapping) is { } wrong) return wrong with { Field = "mapping." + wrong.Field };
        if (settings.Vanished is not { } vanished) return null;
        if (MappingCheck.TypeOf(vanished.Type) is null || vanished.Columns is null) return new Refusal("vanished.type", "is not a type that may be sent", "a type of /v1/schemas, such as registration.dropped, and its columns");
        return MappingCheck.Of(PullDiff.VanishMapping(settings, mapping)!) is { } gone ? gone with { Field = "vanished." + gone.Field } : null;
    }

    public static ImportMapping? Mapping(PullSettings settings, MappingStore saved) => settings.Saved is { Length: > 0 } name ? saved.Find(name)?.Mapping : settings.Mapping;

    private static bool IsAddress(string? text) =>
        text is { Length: <= 2_000 } && Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri.UserInfo.Length == 0 && uri.Host.Length > 0;

    private static bool IsFolder(string? text) => text is { Length: > 0 and <= 80 } && text[0] != '.' && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');

    private static bool IsPointer(string text) => text.Length is > 0 and <= 200 && text[0] == '/';

    private static bool IsHeader(string auth) => auth.StartsWith("header:", StringComparison.Ordinal) && auth.Length is > 7 and <= 80 && auth.AsSpan(7).IndexOfAnyExceptInRange('!', '~') < 0 && !auth[7..].Contains(':', StringComparison.Ordinal);
}
