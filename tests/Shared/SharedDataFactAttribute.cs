namespace Experience.Testing;

/// <summary>A test that needs a file of the shared data, and is skipped with a plain line where it is absent.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class SharedDataFactAttribute : FactAttribute
{
    public SharedDataFactAttribute(string path)
    {
        Path = path;
        if (!File.Exists(Repository.Shared(path))) Skip = $"{Repository.Shared(path)} is absent.";
    }

    public string Path { get; }
}
