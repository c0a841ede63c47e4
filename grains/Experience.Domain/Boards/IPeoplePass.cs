using System.Buffers;
using Experience.Domain.Assessments;
using Experience.Domain.People;
using Experience.Domain.Programs;

namespace Experience.Domain.Boards;

/// <summary>
/// One pass over everybody that answers a question: each shard adds its people to a pass of its own, and what they gathered is merged to what a pass over all
/// would find. Exact sums and sets only, so the order of people and of shards cannot show. Not thread-safe: one owner.
/// </summary>
public interface IPeoplePass
{
    /// <param name="person">Number of the person within the engine; orders what is otherwise equal, and names rows.</param>
    void Add(UInt128 person, PersonState state, in RowMeasures row);

    /// <summary>Appends what this pass gathered in the form that <see cref="Add(ReadOnlySpan{byte})"/> reads.</summary>
    void Write(IBufferWriter<byte> output);

    /// <summary>Adds what another pass for the same question and program gathered.</summary>
    /// <exception cref="InvalidDataException">It was written by another version.</exception>
    void Add(ReadOnlySpan<byte> written);
}

/// <summary>The passes by name, so that a question can be asked of another process.</summary>
public static class PeoplePasses
{
    /// <summary>A pass that has gathered nothing yet; null when there is none of that name.</summary>
    public static IPeoplePass? Create(string name, string argument, ProgramSnapshot program) => name switch
    {
        CataloguePass.Name => new CataloguePass(program, argument),
        OrganisationPass.Name => new OrganisationPass(program, argument),
        _ => null,
    };
}
