namespace Vdi.TestSupport;

/// <summary>A computer's clock that somebody sets; what is measured by it goes on undisturbed, as on a computer.</summary>
public sealed class SetClock : TimeProvider
{
    private long _ticks;

    /// <summary>How far it is ahead of the right time.</summary>
    public TimeSpan Ahead
    {
        get => TimeSpan.FromTicks(Volatile.Read(ref _ticks));
        set => Volatile.Write(ref _ticks, value.Ticks);
    }

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Ahead;
}
