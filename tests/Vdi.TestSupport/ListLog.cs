using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Vdi.TestSupport;

/// <summary>Keeps what was logged, to be read by a test.</summary>
public sealed class ListLog<T> : ILogger<T>
{
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly ConcurrentQueue<Exception> _causes = new();

    public IReadOnlyCollection<string> Lines => _lines;

    /// <summary>What was logged beside lines.</summary>
    public IReadOnlyCollection<Exception> Causes => _causes;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        _lines.Enqueue(formatter(state, exception));
        if (exception is not null)
        {
            _causes.Enqueue(exception);
        }
    }
}
