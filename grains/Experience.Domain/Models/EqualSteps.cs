namespace Experience.Domain.Models;

internal static class EqualSteps
{
    /// <summary>At most so many of a list, taken at equal steps: a stratified sample without chance, where the list is in an order that means something.</summary>
    public static IReadOnlyList<T> Of<T>(IReadOnlyList<T> all, int most) =>
        all.Count <= most ? all : [.. Enumerable.Range(0, most).Select(i => all[(int)((long)i * all.Count / most)])];
}
