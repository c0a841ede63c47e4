#pragma warning disable CA1822
using Experience.Domain.People;

namespace Experience.Embedded.Search;

internal sealed class SearchIndex
{
    public bool Ready => true;

    public void Changed(UInt128 stream, Profile profile)
    {
    }
}
