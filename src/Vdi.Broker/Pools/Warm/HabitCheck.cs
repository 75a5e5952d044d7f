namespace Vdi.Broker.Pools.Warm;

/// <summary>How today compares with the days it should be like.</summary>
/// <param name="Holds">How likely it is that people come as they used to, 0 to 1: a holiday shows itself when one burst after the other stays away.</param>
/// <param name="Surge">How many times more than usual come, 1 to 4.</param>
internal readonly record struct HabitCheck(double Holds, double Surge)
{
    private const double OddsOfAnOddDay = 0.05;

    /// <summary>On a usual day one burst in ten stays away.</summary>
    private const double OddsForEachMissed = 10;

    /// <summary>Minutes by which people may be early or late before it means anything.</summary>
    private const int Slack = 6;

    private const int SurgeMinutes = 180;
    private const double SurgeSoftness = 10;
    private const double MostSurge = 4;

    /// <summary>Where there are no habits to compare with.</summary>
    public static HabitCheck Unknown { get; } = new(1, 1);

    /// <param name="seen">Today's launches by minute.</param>
    /// <param name="expected">What was expected of today, by minute.</param>
    /// <param name="now">The minute that runs.</param>
    public static HabitCheck Of(ReadOnlySpan<int> seen, double[] expected, int now)
    {
        var (come, awaited, missed) = (0.0, 0.0, 0.0);
        for (var minute = now - 1; minute >= 0; minute--)
        {
            come += seen[minute];
            awaited += minute < now - Slack ? expected[minute] : 0;
            missed = come <= awaited / 10 ? awaited : missed;
        }

        var odds = OddsOfAnOddDay * Math.Pow(OddsForEachMissed, missed / Math.Max(Burst(expected), 3));
        return new HabitCheck(1 / (1 + odds), SurgeOf(seen, expected, now));
    }

    private static double SurgeOf(ReadOnlySpan<int> seen, double[] expected, int now)
    {
        var (come, awaited) = (SurgeSoftness, SurgeSoftness);
        for (var minute = Math.Max(0, now - SurgeMinutes); minute < Math.Min(seen.Length, now + Slack); minute++)
        {
            come += minute < now ? seen[minute] : 0;
            awaited += expected[minute];
        }

        return Math.Clamp(come / awaited, 1, MostSurge);
    }

    /// <summary>The most who are expected in half an hour of the day.</summary>
    private static double Burst(double[] expected) =>
        Enumerable.Range(0, expected.Length / 5).Max(five => expected.AsSpan(five * 5, Math.Min(30, expected.Length - (five * 5))).ToArray().Sum());
}
