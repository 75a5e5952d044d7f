namespace Vdi.Server;

/// <summary>The time of day, which neither jumps nor goes back while the process runs: sessions, tickets and deadlines are reckoned by it, and somebody who
/// sets the computer's clock must end none of them. It follows the computer's clock at once by a little, and otherwise so that an hour
/// passes in no less than nine tenths and no more than eleven tenths of one.</summary>
/// <param name="clock">The computer's.</param>
public sealed class SteadyClock(TimeProvider clock) : TimeProvider
{
    /// <summary>As far as a clock that is kept right may be off.</summary>
    private static readonly TimeSpan Little = TimeSpan.FromSeconds(2);

    /// <summary>What a second is longer or shorter by, at most, while the clocks differ by more.</summary>
    private const double Rate = 0.1;
    private readonly Lock _lock = new();
    private DateTimeOffset _now = clock.GetUtcNow();
    private long _at = clock.GetTimestamp();

    public override TimeZoneInfo LocalTimeZone => clock.LocalTimeZone;

    public override long TimestampFrequency => clock.TimestampFrequency;

    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock)
        {
            var at = clock.GetTimestamp();
            var passed = clock.GetElapsedTime(_at, at);
            var off = clock.GetUtcNow() - (_now + passed);
            var most = passed * Rate;
            _now += passed + (off >= TimeSpan.Zero && off <= Little ? off : off > most ? most : off < -most ? -most : off);
            _at = at;
            return _now;
        }
    }

    public override long GetTimestamp() => clock.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => clock.CreateTimer(callback, state, dueTime, period);
}
