using System.CommandLine;
using System.Text.Json;
using Experience.Web.Contracts;
using Experience.Web.Imports;

namespace Experience.Web.Cli;

/// <summary>mappings list, show, save, delete: the same saved mappings that the page has, also beside a running server.</summary>
internal static class MappingsCommand
{
    private static readonly JsonSerializerOptions Indented = new(Json.Options) { WriteIndented = true };

    public static Command Create(Option<string> data, Option<bool> json)
    {
        var command = new Command("mappings", "Saved mappings: how the columns of a table become events.");
        var list = new Command("list", "List them.");
        list.SetAction((parsed, _) => CommandLine.GuardAsync(() => Task.FromResult(List(Store(parsed.GetValue(data)!), parsed.GetValue(json)))));

        var name = new Argument<string>("name") { Description = MappingStore.AcceptedName };
        var version = new Option<int?>("--version") { Description = "An older version." };
        var show = new Command("show", "Print one as JSON, to be edited and saved again.") { name, version };
        show.SetAction((parsed, _) => CommandLine.GuardAsync(() => Task.FromResult(Show(Store(parsed.GetValue(data)!), parsed.GetValue(name)!, parsed.GetValue(version)))));

        var file = new Argument<FileInfo>("file") { Description = "The mapping (JSON)." };
        var save = new Command("save", "Save a mapping; what is not new makes no version.") { name, file };
        save.SetAction((parsed, cancellation) => CommandLine.GuardAsync(() => SaveAsync(Store(parsed.GetValue(data)!), parsed.GetValue(name)!, parsed.GetValue(file)!, parsed.GetValue(json), cancellation)));

        var delete = new Command("delete", "Delete one with its versions.") { name };
        delete.SetAction((parsed, _) => CommandLine.GuardAsync(() => Task.FromResult(
            Store(parsed.GetValue(data)!).Delete(parsed.GetValue(name)!) ? ExitCode.Done : NotThere(parsed.GetValue(name)!))));
        foreach (var sub in (Command[])[list, show, save, delete]) command.Subcommands.Add(sub);
        return command;
    }

    private static MappingStore Store(string data) => new(data, TimeProvider.System);

    private static int List(MappingStore store, bool json)
    {
        var all = store.List();
        if (json) Console.WriteLine(JsonSerializer.Serialize(all, Json.Options));
        else
        {
            foreach (var saved in all) Console.WriteLine($"{saved.Name}  version {saved.Version}  {saved.Mapping.Type}  {saved.Mapping.Source}");
        }

        return ExitCode.Done;
    }

    private static int Show(MappingStore store, string name, int? version)
    {
        if (store.Find(name, version) is not { } saved) return NotThere(name);
        Console.WriteLine(JsonSerializer.Serialize(saved.Mapping, Indented));
        return ExitCode.Done;
    }

    private static async Task<int> SaveAsync(MappingStore store, string name, FileInfo file, bool json, CancellationToken cancellation)
    {
        if (!file.Exists) return CommandLine.WrongUse($"There is no file {file.FullName}.");
        var mapping = JsonSerializer.Deserialize<ImportMapping>(await File.ReadAllTextAsync(file.FullName, cancellation), Json.Options);
        if (mapping is null) return CommandLine.WrongUse("The file holds no mapping.");
        var (saved, refusal) = store.Save(name, mapping, null);
        if (refusal is not null) throw new InvalidDataException($"{refusal.Field} {refusal.Reason}; accepted: {refusal.Accepted}");
        Console.WriteLine(json ? JsonSerializer.Serialize(saved, Json.Options) : $"{saved!.Name} is saved, version {saved.Version}.");
        return ExitCode.Done;
    }

    private static int NotThere(string name)
    {
        Console.Error.WriteLine($"There is no saved mapping {name}.");
        return ExitCode.Failed;
    }
}
