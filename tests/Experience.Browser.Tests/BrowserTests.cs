namespace Experience.Browser.Tests;

[CollectionDefinition(Name)]
public sealed class BrowserTests : ICollectionFixture<Chromium>, ICollectionFixture<SampleProgramServer>
{
    public const string Name = "browser";
}
