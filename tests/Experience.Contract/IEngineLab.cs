using Experience.Domain.Port;

namespace Experience.Contract;

/// <summary>What an engine brings to be tested: stores that it opens, and opens again.</summary>
public interface IEngineLab : IAsyncDisposable
{
    /// <summary>
    /// Opens the engine on a store by its name: an empty one the first time, then what an engine disposed of before left
    /// there. The engine answers events and queries when this returns. Program: time zone UTC, currency USD.
    /// </summary>
    Task<IExperienceEngine> OpenAsync(string store, TimeProvider time);
}
