using Experience.Domain.Port;
namespace Experience.Embedded;
public sealed partial class EmbeddedEngine {
public ValueTask<CardView?> CardAsync(string person, Access access, CancellationToken cancellation) => throw new NotSupportedException();
public ValueTask<JourneyPage?> JourneyAsync(string person, string? after, int limit, Access access, CancellationToken cancellation) => throw new NotSupportedException();
public ValueTask<BoardView?> BoardAsync(string segment, Access access, CancellationToken cancellation) => throw new NotSupportedException();
public ValueTask<PeoplePage> PeopleAsync(PeopleQuery query, Access access, CancellationToken cancellation) => throw new NotSupportedException();
public ValueTask<SearchResult> SearchAsync(string text, int limit, Access access, CancellationToken cancellation) => throw new NotSupportedException();
public ValueTask<OpenFlagsView> FlagsAsync(Access access, CancellationToken cancellation) => throw new NotSupportedException();
public ValueTask<ProgramView> ProgramAsync(CancellationToken cancellation) => throw new NotSupportedException();
public ValueTask<(string Json, int Version)> PolicyAsync(CancellationToken cancellation) => throw new NotSupportedException();
public IAsyncEnumerable<CardView> WatchCardAsync(string person, Access access, CancellationToken cancellation) => throw new NotSupportedException();
public IAsyncEnumerable<BoardView> WatchBoardAsync(string segment, Access access, CancellationToken cancellation) => throw new NotSupportedException();
public IAsyncEnumerable<OpenFlagsView> WatchFlagsAsync(Access access, CancellationToken cancellation) => throw new NotSupportedException();
public ValueTask<VerifyReport> VerifyAsync(VerifyOptions options, IProgress<double>? progress, CancellationToken cancellation) => throw new NotSupportedException();
}
