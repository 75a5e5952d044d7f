namespace Vdi.Emulator;

/// <summary>Progress that arrives in order, on the caller's thread, so that an old step never overtakes a new state (the framework's Progress posts it elsewhere).</summary>
public sealed class Relay<T>(Action<T> report) : IProgress<T>
{
    public void Report(T value) => report(value);
}
