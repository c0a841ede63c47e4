using System.Globalization;
using System.Reflection;
using Experience.Grains.Contracts;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;

namespace Experience.Cluster.Tests;

/// <summary>
/// The wire forms of the messages between silos: frozen, so that silos of two versions understand each other while one replaces the other. A new message or
/// field adds a line or bytes; what stands in the file still has to be read, and to be written as it was.
/// </summary>
public sealed class GoldenTests
{
    private static readonly Assembly Grains = typeof(IParticipantGrain).Assembly;

    [Fact]
    public void Messages_are_written_as_they_were_and_read_again()
    {
        using var services = new ServiceCollection().AddSerializer(s => s.AddAssembly(Grains)).BuildServiceProvider();
        var serializer = services.GetRequiredService<Serializer>();
        var written = Messages().ToDictionary(AliasOf, type => Convert.ToHexStringLower(serializer.SerializeToArray<object>(Sample(type))));
        Compare(written, "messages.txt");
        foreach (var (alias, hex) in written) Assert.Equal(hex, Convert.ToHexStringLower(serializer.SerializeToArray(serializer.Deserialize<object>(Convert.FromHexString(hex)))));
    }

    [Fact]
    public void Calls_keep_their_names()
    {
        var calls = Grains.GetExportedTypes().Where(t => t.IsInterface && t.GetCustomAttribute<AliasAttribute>() is not null)
            .SelectMany(t => t.GetMethods().Select(m => (Name: $"{AliasOf(t)}.{m.GetCustomAttribute<AliasAttribute>()!.Alias}", Of: string.Join(", ", m.GetParameters().Select(p => p.ParameterType.Name)))))
            .ToDictionary(c => c.Name, c => c.Of);
        Compare(calls, "calls.txt");
    }

    [Fact]
    public void Every_message_has_a_name_of_its_own_and_frozen_ids()
    {
        foreach (var type in Messages())
        {
            Assert.NotEmpty(AliasOf(type));
            var ids = type.GetProperties(BindingFlags.Instance | BindingFlags.Public).Where(p => p.GetMethod is { IsStatic: false } && p.CanWrite).Select(p => p.GetCustomAttribute<IdAttribute>()?.Id).ToArray();
            Assert.DoesNotContain(null, ids);
            Assert.Equal(ids.Length, ids.Distinct().Count());
        }
    }

    private static IEnumerable<Type> Messages() => Grains.GetExportedTypes().Where(t => t.GetCustomAttribute<GenerateSerializerAttribute>() is not null);

    private static string AliasOf(Type type) => type.GetCustomAttribute<AliasAttribute>()!.Alias;

    // EXPERIENCE_WRITE_GOLDEN=FOLDER writes what is now there, to be looked at and added.
    private static void Compare(Dictionary<string, string> written, string name)
    {
        if (Environment.GetEnvironmentVariable("EXPERIENCE_WRITE_GOLDEN") is { } folder)
            File.WriteAllLines(Path.Combine(folder, name), written.OrderBy(w => w.Key, StringComparer.Ordinal).Select(w => $"{w.Key} {w.Value}"));
        var golden = File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Golden", name)).Select(l => l.Split(' ', 2)).ToDictionary(l => l[0], l => l[1]);
        Assert.Equal(golden.OrderBy(g => g.Key, StringComparer.Ordinal), written.OrderBy(w => w.Key, StringComparer.Ordinal));
    }

    /// <summary>A message with a value in every field, the same ones each time.</summary>
    private static object Sample(Type type)
    {
        var constructor = type.GetConstructors().Single(c => c.GetParameters().Length > 0);
        var next = 1;
        return constructor.Invoke([.. constructor.GetParameters().Select(p => Value(p.ParameterType))]);

        object Value(Type of)
        {
            of = Nullable.GetUnderlyingType(of) ?? of;
            var n = next++;
            if (of == typeof(string)) return $"text {n}";
            if (of == typeof(byte[])) return new byte[] { (byte)n, 7 };
            if (of == typeof(bool)) return true;
            if (of == typeof(UInt128)) return ((UInt128)(ulong)n << 64) + 5;
            if (of.IsPrimitive) return Convert.ChangeType(n, of, CultureInfo.InvariantCulture);
            if (!of.IsArray) return Sample(of);
            var one = Array.CreateInstance(of.GetElementType()!, 1);
            one.SetValue(Value(of.GetElementType()!), 0);
            return one;
        }
    }
}
