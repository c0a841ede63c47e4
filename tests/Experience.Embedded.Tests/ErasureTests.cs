using System.Buffers.Binary;
using System.Text;
using Experience.Contract;
using Experience.Domain.Events;
using Experience.Embedded.Keys;
using Experience.Embedded.Memory;
using Experience.Embedded.Shards;

namespace Experience.Embedded.Tests;

/// <summary>What files hold of somebody who was erased: nothing, whoever has the keys, and however the process ended.</summary>
public sealed class ErasureTests
{
    private const string Name = "Quibblewick";

    private static readonly string[] Planted = ["Zerlina", Name, "zerlina@planted.example", "+1 555 0199 8877", "p-planted", "the planted words"];

    private static Fact[] Known() =>
    [
        Given.Person("p-planted", Folder.Start.AddDays(-300), "Zerlina", Name, "zerlina@planted.example", "+1 555 0199 8877"),
        Given.Registration("p-planted", "r-1", Folder.Start.AddDays(-40), "s-1"),
        Given.Of(EventTypes.FeedbackSubmitted, "p-planted", "f-1", Folder.Start.AddDays(-2)).Set(Fields.Survey, "annual").Set(Fields.Service, 200L).Set(Fields.Words, "the planted words").Build(),
    ];

    private static Fact Erased() => Given.Of(EventTypes.ParticipantErased, "p-planted", "gone", Folder.Start, live: true).Build();

    [Xunit.Fact]
    public async Task No_file_holds_anything_of_an_erased_person_whoever_has_the_keys()
    {
        await using var folder = new Folder();
        var engine = await folder.OpenAsync();
        await Folder.RecordAsync(engine, Known());
        await Folder.RecordAsync(engine, Histories.Make(3, 60, 2_000, Folder.Start));

        // The person grows, so that old places of the state are left behind in memory.
        for (var i = 0; i < 60; i++) await Folder.RecordAsync(engine, [Given.Payment("p-planted", $"pay-{i}", Folder.Start.AddDays(-200 + i), 100)]);
        engine.WriteCheckpoints();
        var person = (await engine.FindAsync(Given.Source, "p-planted", CancellationToken.None))!;
        await engine.DisposeAsync();
        var (images, secret) = OpenWithKeys(folder, engine, person);
        Assert.Contains(Planted, text => Holds(images, text));
        Assert.True(Holds(await File.ReadAllBytesAsync(Path.Combine(folder.Data, "keys.db")), secret));
        var oldImages = Directory.GetFiles(Path.Combine(folder.Data, "checkpoints")).ToDictionary(f => f, File.ReadAllBytes);

        engine = await folder.OpenAsync();
        await Folder.RecordAsync(engine, [Erased()]);
        Assert.True((await engine.ErasureAsync(person, Folder.Access, CancellationToken.None))!.Complete);
        foreach (var text in Planted) Assert.False(Holds(ReadAll(folder.Data), text), $"A file holds {text} while the engine runs.");
        Assert.False(Holds(ReadAll(folder.Data), secret), "The secret is still in a file.");
        await Folder.VerifyAsync(engine);
        await engine.DisposeAsync();

        foreach (var text in Planted) Assert.False(Holds(ReadAll(folder.Data), text), $"A file holds {text}.");
        Assert.False(Holds(ReadAll(folder.Data), secret), "The secret is still in a file.");
        (images, _) = OpenWithKeys(folder, engine, person);
        Assert.NotEmpty(images);
        foreach (var text in Planted) Assert.False(Holds(images, text), $"An image holds {text}.");

        // Whoever kept a copy of the image from before cannot open it with today's keys.
        var shard = ShardOf(person);
        var old = oldImages.Single(f => Path.GetFileName(f.Key).StartsWith($"{shard:00}.", StringComparison.Ordinal));
        Assert.False(File.Exists(old.Key));
        await File.WriteAllBytesAsync(Directory.GetFiles(Path.Combine(folder.Data, "checkpoints"), $"{shard:00}.*").Single(), old.Value);
        var again = await folder.OpenAsync();
        await Folder.VerifyAsync(again);
        Assert.True((await again.ErasureAsync(person, Folder.Access, CancellationToken.None))!.Complete);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_process_that_ends_between_the_fact_and_the_secret_finishes_the_erasure_when_it_starts_again(bool checkpoints)
    {
        await using var folder = new Folder();
        var engine = await folder.OpenAsync();
        await Folder.RecordAsync(engine, Known());
        if (checkpoints) engine.WriteCheckpoints();
        var person = (await engine.FindAsync(Given.Source, "p-planted", CancellationToken.None))!;
        await engine.DisposeAsync();
        var (_, secret) = OpenWithKeys(folder, engine, person);
        var keys = await File.ReadAllBytesAsync(Path.Combine(folder.Data, "keys.db"));
        var images = Directory.GetFiles(Path.Combine(folder.Data, "checkpoints")).ToDictionary(f => f, File.ReadAllBytes);

        engine = await folder.OpenAsync();
        await Folder.RecordAsync(engine, [Erased()]);
        var hash = (await Folder.VerifyAsync(engine)).StateHash;
        await engine.DisposeAsync();

        // The journal has the fact; keys and images are those of before.
        foreach (var file in Directory.GetFiles(Path.Combine(folder.Data, "checkpoints"))) File.Delete(file);
        foreach (var (file, bytes) in images) await File.WriteAllBytesAsync(file, bytes);
        await File.WriteAllBytesAsync(Path.Combine(folder.Data, "keys.db"), keys);
        Assert.True(Holds(ReadAll(folder.Data), secret));

        engine = await folder.OpenAsync();
        Assert.True((await engine.ErasureAsync(person, Folder.Access, CancellationToken.None))!.Complete);
        Assert.Empty((await engine.SearchAsync(Name, 5, Folder.Access, CancellationToken.None)).Hits);
        Assert.Equal(hash, (await Folder.VerifyAsync(engine)).StateHash);
        Assert.False(Holds(ReadAll(folder.Data), secret));
        await engine.DisposeAsync();
        var (opened, _) = OpenWithKeys(folder, engine, person);
        foreach (var text in Planted) Assert.False(Holds(opened, text), $"An image holds {text}.");
    }

    [Xunit.Fact]
    public async Task An_erasure_whose_commit_fails_erases_nothing()
    {
        await using var folder = new Folder();
        var store = new PowerStore();
        var engine = await folder.OpenAsync(2, store.Open);
        await Folder.RecordAsync(engine, Known());
        var person = (await engine.FindAsync(Given.Source, "p-planted", CancellationToken.None))!;
        store.RefuseCommits(1);
        await Assert.ThrowsAsync<Domain.Port.EngineUnavailableException>(async () => await engine.RecordAsync([Erased()], Folder.Access, CancellationToken.None));
        Assert.Equal(Name, (await OnceReloadedAsync(async () => await engine.CardAsync(person, Folder.Access, CancellationToken.None)))!.Person.FamilyName);
        Assert.Single((await OnceReloadedAsync(async () => await engine.SearchAsync(Name, 5, Folder.Access, CancellationToken.None))).Hits);
        await OnceReloadedAsync(async () => await engine.RecordAsync([Erased()], Folder.Access, CancellationToken.None));
        Assert.True((await engine.ErasureAsync(person, Folder.Access, CancellationToken.None))!.Complete);
    }

    /// <summary>After a failed commit the loops reload their shards, one after the other; who asks meanwhile is told to ask again.</summary>
    private static async Task<T> OnceReloadedAsync<T>(Func<Task<T>> ask)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            try
            {
                return await ask();
            }
            catch (Domain.Port.EngineUnavailableException) when (!deadline.IsCancellationRequested)
            {
                await Task.Yield();
            }
        }
    }

    private static int ShardOf(string person) => Shard.Of(UInt128.Parse(person, System.Globalization.NumberStyles.AllowHexSpecifier));

    // What somebody with the folder and the master key can open of the images, and the person's secret.
    private static (byte[] Images, byte[] Secret) OpenWithKeys(Folder folder, EmbeddedEngine closed, string person)
    {
        Assert.NotNull(closed);
        using var data = DataFolder.Open(folder.Options());
        using var keys = new KeyStore(data.KeysFile, data.OpenMasterKey());
        var checkpoints = new Checkpoints(data, keys);
        var buffer = new FixedBuffer(1024);
        using var images = new MemoryStream();
        for (var shard = 0; shard < Shard.Count; shard++)
        {
            if (checkpoints.Read(shard, buffer)) images.Write(buffer.Written);
        }

        // Slots are given out in order: the first is the first person's or the program's.
        var secret = new byte[16];
        BinaryPrimitives.WriteUInt128LittleEndian(secret, keys.Secret(1));
        Assert.Equal(32, person.Length);
        return (images.ToArray(), secret);
    }

    private static byte[] ReadAll(string folder)
    {
        using var all = new MemoryStream();
        foreach (var path in Directory.GetFiles(folder, "*", SearchOption.AllDirectories))
        {
            if (Path.GetFileName(path) == "lock") continue;
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            file.CopyTo(all);
        }

        return all.ToArray();
    }

    private static bool Holds(byte[] bytes, string text) => Holds(bytes, Encoding.UTF8.GetBytes(text));

    private static bool Holds(byte[] bytes, byte[] part) => bytes.AsSpan().IndexOf(part) >= 0;
}
