namespace Vdi.Broker.Pools.Warm;

/// <summary>One quarter of an hour of one day in the pool's own time of day, <paramref name="Quarter"/> 0 to 95: how many launches began in
/// each of its 15 minutes, how many have been answered since, and how many of those in time. Counts of one quarter add up, whoever
/// counted them.</summary>
internal sealed record QuarterLaunches(DateOnly Day, int Quarter, IReadOnlyList<int> Minutes, int Answered = 0, int InTime = 0)
{
    public const int Length = 15;

    public const int InDay = 96;
}
