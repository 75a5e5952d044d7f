namespace Vdi.Broker.Pools.Warm;

/// <summary>Keeping <paramref name="Machines"/> instead of the step before brings so many more launches in time, for each machine and minute.</summary>
internal readonly record struct ReserveStep(int Machines, double Gain);

/// <summary>What more machines would bring in one minute, the most worthwhile steps first: the upper hull of launches in time over machines
/// kept, so that each step is worth less than the one before and a price per machine chooses how far to go.</summary>
internal static class ReserveSteps
{
    /// <param name="launches">At each index, the launches expected in the minute that need so many machines.</param>
    public static List<ReserveStep> Of(ReadOnlySpan<float> launches, int minimum, int maximum)
    {
        var corners = new List<(int Machines, double InTime)> { (minimum, 0) };
        var inTime = 0.0;
        for (var machines = minimum + 1; machines < launches.Length && machines <= maximum; machines++)
        {
            if (launches[machines] > 0)
            {
                inTime += launches[machines];
                while (corners.Count > 1 && Slope(corners[^2], corners[^1]) <= Slope(corners[^2], (machines, inTime)))
                {
                    corners.RemoveAt(corners.Count - 1);
                }

                corners.Add((machines, inTime));
            }
        }

        return [.. corners.Skip(1).Select((corner, before) => new ReserveStep(corner.Machines, Slope(corners[before], corner)))];
    }

    /// <summary>How many are worth the price; none where no step is.</summary>
    public static int Worth(this List<ReserveStep> steps, double price)
    {
        var machines = 0;
        foreach (var step in steps)
        {
            if (step.Gain < price)
            {
                break;
            }

            machines = step.Machines;
        }

        return machines;
    }

    private static double Slope((int Machines, double InTime) from, (int Machines, double InTime) to) => (to.InTime - from.InTime) / (to.Machines - from.Machines);
}
